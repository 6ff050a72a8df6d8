from dataclasses import replace

import pytest

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.readings import FindingState
from litsweep.reading.items import ITEMS
from litsweep.reading.sectioned import sectioned_sentences
from litsweep.reading.silence import build_absence
from tests.fakes.documents import full_text

M, R, B = SectionKind.METHODS, SectionKind.RESULTS, SectionKind.BACK_MATTER
SILENT = replace(
    full_text(
        (M, "Methods", "The tea was given to the nurses of the ward for two weeks."),
        (R, "Results", "The sleep of the nurses was longer after the tea."),
        (B, "Thanks", "We thank the nurses for their patience with us."),
    ),
    article_type="research-article",
)


def state_of(name: str, document: Document, *, is_read_whole: bool = True) -> FindingState:
    text = sectioned_sentences(document)
    finding = build_absence(ITEMS[name], document, text, is_read_whole=is_read_whole)
    assert finding.quote is None
    assert finding.source is None
    return finding.state


@pytest.mark.parametrize(
    "name", ["funding", "conflicts_of_interest", "registration", "harms", "effect_estimates"]
)
def test_a_report_read_whole_that_never_speaks_of_an_item_does_not_report_it(name: str) -> None:
    assert state_of(name, SILENT) is FindingState.NOT_REPORTED


def test_nothing_is_claimed_of_a_text_that_was_not_read_whole() -> None:
    assert state_of("funding", SILENT, is_read_whole=False) is FindingState.NOT_FOUND


@pytest.mark.parametrize("article_type", [None, "editorial", "review-article", "correction"])
def test_nothing_is_claimed_of_what_is_no_report_of_research(article_type: str | None) -> None:
    document = replace(SILENT, article_type=article_type)
    assert state_of("funding", document) is FindingState.NOT_FOUND


@pytest.mark.parametrize("missing", [M, R])
def test_nothing_is_claimed_where_methods_or_results_are_missing(missing: SectionKind) -> None:
    sections = tuple(
        replace(section, kind=SectionKind.OTHER) if section.kind is missing else section
        for section in SILENT.sections
    )
    document = replace(SILENT, sections=sections)
    assert state_of("registration", document) is FindingState.NOT_FOUND


def test_funding_is_not_missed_where_there_is_no_end_matter() -> None:
    document = replace(
        full_text(
            (M, "Methods", "The tea was given to the nurses of the ward for two weeks."),
            (R, "Results", "The sleep of the nurses was longer after the tea."),
        ),
        article_type="research-article",
    )
    assert state_of("funding", document) is FindingState.NOT_FOUND
    assert state_of("harms", document) is FindingState.NOT_REPORTED


def test_one_word_of_an_item_anywhere_forbids_the_claim() -> None:
    document = replace(
        full_text(
            (M, "Methods", "The tea was given to the nurses of the ward for two weeks."),
            (R, "Results", "The sleep was longer. No sponsor is named here."),
            (B, "Thanks", "We thank the nurses for their patience with us."),
        ),
        article_type="research-article",
    )
    assert state_of("funding", document) is FindingState.NOT_FOUND
    assert state_of("registration", document) is FindingState.NOT_REPORTED


def test_a_section_about_the_item_forbids_the_claim_whatever_it_says() -> None:
    document = replace(
        full_text(
            (M, "Methods", "The tea was given to the nurses."),
            (R, "Results", "The sleep was longer."),
            (SectionKind.FUNDING, "", "Nothing."),
        ),
        article_type="research-article",
    )
    assert state_of("funding", document) is FindingState.NOT_FOUND


def test_of_an_objective_or_a_population_silence_is_never_claimed() -> None:
    for name in ("objective", "population", "conclusion", "main_result"):
        assert state_of(name, SILENT) is FindingState.NOT_FOUND


def test_of_another_language_nothing_is_claimed() -> None:
    document = replace(
        full_text(
            (M, "Methods", "Les infirmières ont reçu la tisane pendant deux semaines."),
            (R, "Results", "Le sommeil était plus long."),
            (B, "Merci", "Nous remercions les infirmières."),
            language="fr",
        ),
        article_type="research-article",
    )
    assert state_of("funding", document) is FindingState.NOT_FOUND
