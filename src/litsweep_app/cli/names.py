"""What a record is called on the command line."""


def name_record(pmid: int | None, record_id: int) -> str:
    """Return ``PMID 123``, or ``record r7`` for one that has none."""
    return f"PMID {pmid}" if pmid is not None else f"record r{record_id}"
