"""What a file of records is, told by its first bytes; its name is not asked."""

import re
from typing import Final

from litsweep.domain.loads import FileFormat
from litsweep.parsing.tagged_text import guess_encoding

HEAD_BYTES: Final = 1 << 16
"""How many bytes from its beginning are enough."""

_XML: Final = re.compile(
    r"\s*<(?:.*<)?(?:Pubmed(?:Book)?ArticleSet|BookDocumentSet|MedlineCitationSet|PubmedArticle"
    r"|PubmedBookArticle|MedlineCitation|BookDocument|DeleteCitation)[\s>/]",
    re.DOTALL,
)
_RIS: Final = re.compile(r"^\s*TY  ?-", re.MULTILINE)
_NBIB: Final = re.compile(r"^(?:PMID ?|OWN |STAT|DCOM|FAU |TI  |DP  |JT  )- ", re.MULTILINE)


def detect_format(head: bytes) -> FileFormat | None:
    """Return the format of a file that begins with ``head``, unpacked; None if it is no known one.

    Tags such as ``TI  - `` are common to NBIB and RIS; only RIS has ``TY  - ``.
    """
    text = head.decode(guess_encoding(head[:4]), "replace").replace("\r", "\n")
    if _XML.match(text):
        return FileFormat.PUBMED_XML
    if _RIS.search(text):
        return FileFormat.RIS
    return FileFormat.NBIB if _NBIB.search(text) else None
