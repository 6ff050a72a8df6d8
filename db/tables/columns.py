"""What the columns of all tables are made by, and the metadata that gathers the tables."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def column(name: str, kind: Any, *args: Any, comment: str, **options: Any) -> Column[Any]:
    """Return a column that is not null unless it says so."""
    # Nothing is nullable unless it says so: an absent value must have been thought about.
    options.setdefault("nullable", False)
    return Column(name, kind, *args, comment=comment, **options)


def key(name: str, comment: str) -> Column[Any]:
    """Return the number of a row, its key."""
    return column(name, Integer, primary_key=True, comment=comment)


def parent(name: str, target: str, comment: str, **options: Any) -> Column[Any]:
    """Return the row of another table to which this one belongs."""
    return column(name, Integer, ForeignKey(target), comment=comment, **options)


def sha256(name: str, comment: str, **options: Any) -> Column[Any]:
    """Return a SHA-256 in hexadecimal."""
    # In hexadecimal: an empty one, or one cut short, would be equal to others of its kind.
    is_whole = CheckConstraint(f"length({name}) = 64", name=name)
    return column(name, String(64), is_whole, comment=comment, **options)


def count(name: str, comment: str, kind: Any = Integer, **options: Any) -> Column[Any]:
    """Return a number that is never negative."""
    is_count = CheckConstraint(f"{name} >= 0", name=name)
    return column(name, kind, is_count, comment=comment, **options)


def version(name: str, comment: str, **options: Any) -> Column[Any]:
    """Return a number that begins at 1."""
    is_version = CheckConstraint(f"{name} >= 1", name=name)
    return column(name, Integer, is_version, comment=comment, **options)


def pmid(comment: str, **options: Any) -> Column[Any]:
    """Return a number of PubMed's."""
    is_pmid = CheckConstraint("pmid > 0", name="pmid")
    return column("pmid", BigInteger, is_pmid, comment=comment, **options)


def position(comment: str) -> Column[Any]:
    """Return a place in a list, as part of the key."""
    return column("position", Integer, primary_key=True, autoincrement=False, comment=comment)


def search_run(comment: str) -> Column[Any]:
    """Return the search by which a row came, or null."""
    return parent("search_run_id", "search_runs.search_run_id", comment, nullable=True)


def load_file(comment: str) -> Column[Any]:
    """Return the file from which a row came, or null."""
    return parent("load_file_id", "load_files.load_file_id", comment, nullable=True)


def came_once() -> CheckConstraint:
    """Hold that a row came by a search or from a file, and not by both."""
    return CheckConstraint("(search_run_id IS NULL) <> (load_file_id IS NULL)", name="came")


def own_document() -> ForeignKeyConstraint:
    """Hold that the text is the same record's: nothing is read as another record's text."""
    return ForeignKeyConstraint(
        ["document_id", "record_id"], ["documents.document_id", "documents.record_id"]
    )


def of_record() -> Column[Any]:
    """Return the record, as a part of the key."""
    return column(
        "record_id",
        Integer,
        ForeignKey("records.record_id"),
        primary_key=True,
        autoincrement=False,
        comment="The record.",
    )


def of_document() -> Column[Any]:
    """Return the document, as a part of the key."""
    return column(
        "document_id",
        Integer,
        ForeignKey("documents.document_id"),
        primary_key=True,
        autoincrement=False,
        comment="The document.",
    )
