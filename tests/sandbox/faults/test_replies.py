import csv
from pathlib import Path

import pytest

from litsweep.sources.replies import Endpoint as Asked
from litsweep.sources.replies import classify
from litsweep_app.sandbox.faults import Fault, FaultKind
from litsweep_app.sandbox.faults.kinds import ALTERATIONS, INTERRUPTIONS
from litsweep_app.sandbox.faults.replies import reply_instead

NO_REPLIES = {*ALTERATIONS, *INTERRUPTIONS, FaultKind.FORGET_HISTORY}


def test_every_real_error_has_its_like_judged_alike(corpus: Path) -> None:
    folder = corpus / "eutils" / "errors"
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    assert len(rows) > 25
    for row in rows:
        name = row["file"]
        name, _, ending = name.rpartition(".")
        for status in map(int, row["http_status"].split(" or ")):
            fault = Fault(kind=FaultKind(name), status=status)
            ours = reply_instead(fault, caller="192.0.2.10", wants_json=ending == "json")
            assert ours is not None, name
            kind = ours.headers["Content-Type"]
            assert kind.lower().startswith(row["content_type"].lower()), name
            for asked in _asked(row["endpoint"]):
                real = classify(asked, status, row["content_type"], _read(folder / row["file"]))
                made = classify(asked, ours.status_code, kind, bytes(ours.body))
                assert (made.action, made.error) == (real.action, real.error), (name, asked)


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _asked(endpoint: str) -> list[Asked]:
    if endpoint == "any":
        return [Asked.EINFO, Asked.ESEARCH, Asked.EFETCH]
    return [Asked(endpoint.partition(" ")[0])]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_kind_is_a_reply_or_befalls_the_right_one(kind: FaultKind) -> None:
    reply = reply_instead(Fault(kind=kind), caller="me", wants_json=False)
    assert (reply is None) == (kind in NO_REPLIES)


def test_a_status_and_a_pause_can_be_asked_for() -> None:
    fault = Fault(kind=FaultKind.EFETCH_WEBENV_EXPIRED, status=200, retry_after=7)
    reply = reply_instead(fault, caller="me", wants_json=False)
    assert reply is not None
    assert (reply.status_code, reply.headers["Retry-After"]) == (200, "7")
    without = reply_instead(Fault(kind=FaultKind.RATE_LIMIT_429), caller="me", wants_json=False)
    assert without is not None
    assert "Retry-After" not in without.headers


@pytest.mark.parametrize(
    "kind", [FaultKind.RATE_LIMIT_KEYED_429, FaultKind.API_KEY_INVALID_400, FaultKind.LB_NEG_200]
)
def test_some_replies_show_the_caller_the_key_as_ncbi_does(kind: FaultKind) -> None:
    reply = reply_instead(Fault(kind=kind), caller='a"key', wants_json=False)
    assert reply is not None
    assert rb'"api-key":"a\"key"' in bytes(reply.body)
