"""NCBI's small control replies (eSearch, eInfo, ePost, eLink), read by ``Bio.Entrez.read``.

Records and full texts are not read here: Bio.Entrez is ten times slower on them and loses the
difference between text and markup (ncbi.md 2.5).
"""

import io
import re
from pathlib import Path
from typing import Any, Final

from Bio import Entrez

from litsweep.errors import MalformedReply

_PACKAGES: Final = Path(Entrez.__file__).parents[2]
_BUNDLED_DTDS: Final = _PACKAGES / "Bio" / "Entrez" / "DTDs"
# From the first byte on: Bio.Entrez would follow whatever document type really stands there.
_PROLOG: Final = re.compile(
    rb"""\s*(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8|us-ascii)["'])?\s*\?>\s*)?"""
    rb'<!DOCTYPE\s+(\w+)\s+PUBLIC\s+"[^"]*"\s+'
    rb'"https://[\w.]*nlm\.nih\.gov/[^"]*?([\w.-]+\.dtd)"\s*>'
)
# 9,999 identifiers, the most there are (ncbi.md 1.6), take 200 kB.
_MOST_BYTES: Final = 1024 * 1024

# Without this, Bio.Entrez makes folders under the user's home as soon as it reads anything.
# This one it makes itself, on installation; nothing is written to it, since a reply whose DTD
# is not bundled (Bio.Entrez would download it) is refused below.
Entrez.local_cache = str(_PACKAGES)  # type: ignore[assignment]


def read_control_reply(body: bytes, root: str) -> Any:
    """Read a control reply into Bio.Entrez's dictionaries, lists and strings.

    ``root`` is the element the reply must begin with, such as ``eSearchResult``.

    Raises:
        MalformedReply: another root, no DTD or one that Biopython does not bundle, content
            that the DTD does not allow, or more of it than any such reply has.
    """
    if len(body) > _MOST_BYTES:
        raise MalformedReply(f"A reply of {len(body):,} bytes is too large to be an {root}.")
    doctype = _PROLOG.match(body, 0, 1000)
    if doctype is None or doctype[1].decode() != root:
        raise MalformedReply(f"A reply that should be an {root} does not say that it is one.")
    dtd = doctype[2].decode()
    if not (_BUNDLED_DTDS / dtd).is_file():
        raise MalformedReply(
            f"The reply names {dtd}, which this version of Biopython does not know. "
            "Update biopython and try again."
        )
    try:
        return Entrez.read(io.BytesIO(body))  # type: ignore[no-untyped-call]
    except (ValueError, RuntimeError) as error:  # Bio.Entrez's own errors are ValueErrors
        raise MalformedReply(f"The {root} cannot be read: {error}") from error
