import pytest

from litsweep.matching.likeness import Likeness
from litsweep.matching.places import Place, compare_journals, compare_places


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("The New England journal of medicine", "N Engl J Med", Likeness.ALIKE),
        (
            "Proceedings of the National Academy of Sciences",
            "Proc. Natl. Acad. Sci.",
            Likeness.ALIKE,
        ),
        ("BMJ (Clinical research ed.)", "British medical journal", Likeness.ALIKE),
        ("Circulation", "Circulation research", Likeness.UNKNOWN),
        ("Lancet", "Gut", Likeness.DIFFERENT),
    ],
)
def test_names_of_journals(one: str, other: str, likeness: Likeness) -> None:
    left, right = Place(journals=(one,)), Place(journals=(other,))
    assert compare_journals(left, right) is likeness
    assert compare_journals(right, left) is likeness


def test_a_common_issn_outweighs_the_names() -> None:
    left = Place(journals=("Lancet",), issns=("0140-6736", "1474-547X"))
    right = Place(journals=("The Lancet, London",), issns=("01406736",))
    assert compare_journals(left, right) is Likeness.ALIKE
    assert compare_journals(Place(), right) is Likeness.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (("J A", "12", "1234-40"), ("J A", "12", "1234-1240"), Likeness.ALIKE),
        (("J A", "12 Suppl 2", "e0123"), ("B", "12", "123"), Likeness.ALIKE),
        (("J A", None, "ARTN 5"), ("J A", "12", "5"), Likeness.ALIKE),
        (("J A", "12", "S12-S15"), ("J A", "12", "12-15"), Likeness.DIFFERENT),
        (("J A", "12", "5"), ("J A", "13", "5"), Likeness.DIFFERENT),
        (("J A", None, None), ("B", "12", "5"), Likeness.DIFFERENT),
        (("J A", "12", None), ("J A", "12", "5"), Likeness.UNKNOWN),
    ],
)
def test_places(
    one: tuple[str, str | None, str | None],
    other: tuple[str, str | None, str | None],
    likeness: Likeness,
) -> None:
    left, right = (
        Place(journals=(journal,), volume=volume, pages=pages)
        for journal, volume, pages in (one, other)
    )
    assert compare_places(left, right) is likeness
    assert compare_places(right, left) is likeness
