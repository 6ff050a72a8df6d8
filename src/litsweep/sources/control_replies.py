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
_DOCTYPE: Final = re.compile(
    rb'<!DOCTYPE\s+(\w+)\s+PUBLIC\s+"[^"]*"\s+"https://[\w.]*nlm\.nih\.gov/[^"]*?([\w.-]+\.dtd)"\s*>'
)

# Without this, Bio.Entrez makes folders under the user's home as soon as it reads anything.
# This one it makes itself, on installation; nothing is written to it, since a reply whose DTD
# is not bundled (Bio.Entrez would download it) is refused below.
Entrez.local_cache = str(_PACKAGES)  # type: ignore[assignment]


def read_control_reply(body: bytes, root: str) -> Any:
    """Read a control reply into Bio.Entrez's dictionaries, lists and strings.

    ``root`` is the element the reply must begin with, such as ``eSearchResult``.

    Raises:
        MalformedReply: another root, no DTD or one that Biopython does not bundle, or content
            that the DTD does not allow.
    """
    doctype = _DOCTYPE.search(body[:1000])
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
