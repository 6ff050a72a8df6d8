from litsweep.domain.documents import SectionKind
from litsweep.reading.ruling import rule_candidates
from litsweep.reading.sectioned import sectioned_sentences
from tests.fakes.documents import full_text


def values(kind: SectionKind, text: str, title: str = "") -> dict[str, list[str | None]]:
    sentences = sectioned_sentences(full_text((kind, title, text)))
    found = rule_candidates(sentences, range(len(sentences.sentences)))
    return {name: [one.value for one in own] for name, own in found.items() if own}


def test_what_others_found_or_planned_is_not_the_reports_own() -> None:
    others = "Earlier, 50 adults were randomised (HR 0.5, 95% CI 0.3-0.9; NCT01234567)."
    for kind in (SectionKind.INTRODUCTION, SectionKind.DISCUSSION):
        assert values(kind, others) == {}
    own = values(SectionKind.RESULTS, others)
    assert set(own) == {"n_randomised", "effect_estimates"}


def test_a_registration_counts_where_it_is_spoken_of() -> None:
    sentence = "The trial was registered (NCT01234567)."
    for kind in (SectionKind.ABSTRACT, SectionKind.METHODS, SectionKind.ETHICS):
        assert values(kind, sentence) == {"registration": ["NCT01234567"]}
    assert values(SectionKind.TABLE, sentence) == {}
    assert values(SectionKind.OTHER, "NCT01234567.", "Trial registration") == {
        "registration": ["NCT01234567"]
    }


def test_a_threshold_of_the_methods_is_no_estimate() -> None:
    assert values(SectionKind.METHODS, "Here p < 0.05 was significant.") == {}


def test_a_row_of_a_table_needs_its_measure_and_interval() -> None:
    assert values(SectionKind.TABLE, "Age 1.20 (1.05-1.37) p = 0.01") == {}
    assert values(SectionKind.TABLE, "Death, HR 0.74 (95% CI 0.61-0.89)") == {
        "effect_estimates": ["HR 0.74 (95% CI 0.61-0.89)"]
    }
