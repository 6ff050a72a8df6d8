"""What a record is called on the command line."""

import re
from typing import Final

from litsweep.domain.identifiers import parse_pmid

# Records from exports may have no PMID.
_RECORD_NUMBER: Final = re.compile(r"[rR]([1-9][0-9]{0,8})")


def name_record(pmid: int | None, record_id: int) -> str:
    """Return ``PMID 123``, or ``record r7`` for one that has none."""
    return f"PMID {pmid}" if pmid is not None else f"record r{record_id}"


def read_name(text: str) -> dict[str, int]:
    """Return what ``results.get_card`` is asked for: ``{"pmid": 123}``, or ``{"record_id": 7}``.

    Raises:
        InvalidIdentifier: ``text`` is neither a PMID nor a number such as r7.
    """
    if number := _RECORD_NUMBER.fullmatch(text.strip()):
        return {"record_id": int(number[1])}
    return {"pmid": parse_pmid(text)}
