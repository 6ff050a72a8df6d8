import pytest

from litsweep.matching.likeness import Likeness
from litsweep.matching.people import compare_authors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Osler W", "Osler, William"),
        ("Osler W", "William Osler"),
        ("Osler W Jr", "OSLER, W. A."),
        ("Müller K", "Mueller, K."),
        ("Østergård Å", "Oestergaard A"),
        ("de la Cruz M", "Cruz, M."),
        ("van der Berg JP", "Berg, J. P. van der"),
        ("García Rodríguez LA", "Rodriguez L. A. G."),
        ("Al-Sayed M", "Alsayed M"),
        ("Tchaikovsky P", "Chaikovsky P"),
        ("Wang, Li", "Li, Wang"),
        ("Willison, D. J.", "L., Willison D. J. Schwartz L. Abelson J."),
        ("RECOVERY Collaborative Group", "The RECOVERY Collaborative Group"),
    ],
)
def test_one_author_as_databases_write_it(one: str, other: str) -> None:
    assert compare_authors(one, other) is Likeness.ALIKE
    assert compare_authors(other, one) is Likeness.ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Osler W", "Cushing H"), ("Wang J", "Wang L"), ("Li N", "Lin N"), ("Ng A", "Wu A")],
)
def test_two_authors(one: str, other: str) -> None:
    assert compare_authors(one, other) is Likeness.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, "Osler W"),
        ("Osler W", ""),
        ("RECOVERY Collaborative Group", "Horby P"),
        ("王伟", "Wang W"),
    ],
)
def test_names_that_cannot_be_compared_say_nothing(one: str | None, other: str | None) -> None:
    assert compare_authors(one, other) is Likeness.UNKNOWN
