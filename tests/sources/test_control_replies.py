import os
import subprocess
import sys
from pathlib import Path

import pytest

from litsweep.errors import MalformedReply
from litsweep.sources.control_replies import read_control_reply
from tests.sources.fakes.ncbi import ESEARCH_DOCTYPE

EMPTY = "<eSearchResult><Count>0</Count></eSearchResult>"


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("biopython_biopython__einfo2.xml", "eInfoResult"),
        ("biopython_biopython__esearch5.xml", "eSearchResult"),
        ("biopython_biopython__epost1.xml", "ePostResult"),
        ("biopython_biopython__elink8.xml", "eLinkResult"),
    ],
)
def test_real_control_replies_are_read(name: str, root: str, corpus: Path) -> None:
    assert read_control_reply((corpus / "eutils" / name).read_bytes(), root)


@pytest.mark.parametrize(
    "body",
    [
        EMPTY,
        ESEARCH_DOCTYPE.replace("esearch.dtd", "esearch_2031.dtd") + EMPTY,
        ESEARCH_DOCTYPE.replace("https://eutils.ncbi.nlm.nih.gov", "https://evil.example") + EMPTY,
        ESEARCH_DOCTYPE.replace("https:", "http:") + EMPTY,
        ESEARCH_DOCTYPE + EMPTY[:-5],
        ESEARCH_DOCTYPE + "<eSearchResult><Unknown/></eSearchResult>",
        ESEARCH_DOCTYPE + "<eSearchResult><ERROR>no</ERROR></eSearchResult>",
        ESEARCH_DOCTYPE.replace("<?xml version", "<?xm version") + EMPTY,
    ],
)
def test_anything_else_is_malformed_and_nothing_is_downloaded(body: str) -> None:
    with pytest.raises(MalformedReply):
        read_control_reply(body.encode(), "eSearchResult")


def test_another_root_than_expected_is_malformed() -> None:
    with pytest.raises(MalformedReply, match="should be an eInfoResult"):
        read_control_reply((ESEARCH_DOCTYPE + EMPTY).encode(), "eInfoResult")


def test_reading_leaves_nothing_in_the_users_home(tmp_path: Path) -> None:
    code = (
        "from litsweep.sources.control_replies import read_control_reply as read\n"
        f"read({(ESEARCH_DOCTYPE + EMPTY).encode()!r}, 'eSearchResult')"
    )
    environment = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []
