"""What changed between two versions, told field by field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from litsweep.domain.changes import Change, describe_changes
from litsweep.domain.records import Author, Record
from litsweep.parsing.pubmed import parse_record_set

_XML = (
    b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T"
    b"</ArticleTitle><AuthorList><Author><LastName>Osler</LastName></Author></AuthorList></Article>"
    b"</MedlineCitation></PubmedArticle></PubmedArticleSet>"
)


def record() -> Record:
    return parse_record_set(_XML).records[0].record


def test_equal_records_have_no_changes() -> None:
    assert describe_changes(record(), record()) == ()


def test_a_text_is_shown_before_and_after() -> None:
    changes = describe_changes(record(), replace(record(), title="U", vernacular_title="V"))
    assert changes == (
        Change(field="title", before="T", after="U"),
        Change(field="vernacular_title", before="", after="V"),
    )


def test_of_a_list_only_what_left_and_what_came_is_shown() -> None:
    osler = record().authors[0]
    curie = replace(osler, last_name="Curie")
    (change,) = describe_changes(record(), replace(record(), authors=(osler, curie)))
    assert change.field == "authors"
    assert "Osler" not in change.before + change.after
    assert "Curie" in change.after


def test_a_changed_order_shows_the_lists() -> None:
    osler = record().authors[0]
    curie: Author = replace(osler, last_name="Curie")
    make: Callable[..., Record] = lambda *people: replace(record(), authors=people)  # noqa: E731
    (change,) = describe_changes(make(osler, curie), make(curie, osler))
    assert change.before.index("Osler") < change.before.index("Curie")
    assert change.after.index("Curie") < change.after.index("Osler")


def test_long_texts_are_shortened_and_days_are_written_out() -> None:
    title, day = describe_changes(
        record(), replace(record(), title="x" * 1_000, revised_on=date(2026, 1, 2))
    )
    assert (len(title.after), title.after[-1]) == (300, "…")
    assert day == Change(field="revised_on", before="", after='"2026-01-02"')
