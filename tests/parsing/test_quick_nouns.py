"""Nouns made quickly are those that their own constructors make."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from litsweep.errors import InvalidIdentifier
from litsweep.parsing.quick_nouns import quick


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    number: int
    text: str = "none"

    def __post_init__(self) -> None:
        if self.number < 0:
            raise InvalidIdentifier("negative")


def test_a_quick_noun_is_like_any_other() -> None:
    made = quick(Noun)(number=1)
    assert made == Noun(number=1, text="none")
    assert type(made) is Noun
    assert hash(made) == hash(Noun(number=1))
    assert repr(made) == repr(Noun(number=1))


def test_a_quick_noun_is_frozen() -> None:
    made = quick(Noun)(number=1, text="a")
    with pytest.raises(FrozenInstanceError):
        made.number = 2  # type: ignore[misc]


def test_a_quick_noun_checks_itself() -> None:
    with pytest.raises(InvalidIdentifier):
        quick(Noun)(number=-1)


@pytest.mark.parametrize("arguments", [{}, {"number": 1, "other": 2}])
def test_wrong_arguments_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        quick(Noun)(**arguments)  # type: ignore[arg-type]
