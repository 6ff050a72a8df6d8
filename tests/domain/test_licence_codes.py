"""Codes of licences: one spelling, what may leave the house, and which of two holds."""

from itertools import permutations

import pytest

from litsweep.domain.documents import Licence, stricter_licence
from litsweep.domain.licence_codes import is_open, standard_code, strictness

BARE_COPYRIGHT = "© 2021 The Authors"


def licence(code: str | None = None, url: str | None = None, text: str | None = None) -> Licence:
    return Licence(code=code, url=url, text=text)


@pytest.mark.parametrize(
    ("code", "standard"),
    [
        ("CC BY", "CC BY"),
        ("cc-by-nc-nd", "CC BY-NC-ND"),
        ("CC BY-ND-NC 3.0 IGO", "CC BY-NC-ND"),
        ("CC BY SA 4.0 International", "CC BY-SA"),
        (" cc  by 4.0 ", "CC BY"),
        ("CC0 1.0", "CC0"),
        ("CC-ZERO", "CC0"),
        ("public-domain", "PUBLIC DOMAIN"),
        ("NO-CC CODE", "NO-CC CODE"),
        ("TDM", "TDM"),
        ("CC BYPASS", "CC BYPASS"),
    ],
)
def test_one_spelling(code: str, standard: str) -> None:
    assert standard_code(code) == standard
    assert standard_code(standard) == standard


@pytest.mark.parametrize("code", [None, "", "TDM", "NO-CC CODE", "none", "CC", "CC BYPASS", "CC0X"])
def test_what_is_unknown_stays_in(code: str | None) -> None:
    assert not is_open(code)
    assert not licence(code).may_export


@pytest.mark.parametrize(
    "code", ["CC0", "PUBLIC DOMAIN", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "cc-by-nc-nd"]
)
def test_what_anybody_may_pass_on_goes_out(code: str) -> None:
    assert licence(code).may_export


def test_the_order_of_strictness() -> None:
    codes = [
        "CC0",
        "CC BY",
        "CC BY-SA",
        "CC BY-ND",
        "CC BY-NC",
        "CC BY-NC-SA",
        "CC BY-NC-ND",
        "TDM",
    ]
    grades = [strictness(code) for code in codes]
    assert grades == sorted(set(grades))


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        (licence("CC BY"), licence("CC BY-NC"), "CC BY-NC"),
        (licence("CC BY-NC"), licence("CC BY-ND"), "CC BY-NC"),
        (licence("CC0"), licence("CC BY"), "CC BY"),
        (licence("CC BY"), licence("TDM"), "TDM"),
        (licence("CC BY"), licence("NO-CC CODE"), "NO-CC CODE"),
        (licence("CC BY"), licence(), "CC BY"),
        (licence("CC BY"), licence(text=BARE_COPYRIGHT), "CC BY"),
        (licence("CC BY"), licence(text="© 2021 Nobody. All rights reserved."), None),
        (licence("CC BY"), licence(url="https://example.org/terms"), None),
        (licence(), licence(text=BARE_COPYRIGHT), None),
    ],
)
def test_the_stricter_of_two_holds_in_either_order(
    one: Licence, other: Licence, code: str | None
) -> None:
    for first, second in permutations((one, other)):
        assert stricter_licence(first, second).code == code


def test_two_that_agree_complete_each_other() -> None:
    stated = licence("CC BY", text="Freely.")
    beside = licence("CC BY", url="https://creativecommons.org/licenses/by/4.0/")
    both = licence("CC BY", url=beside.url, text="Freely.")
    assert stricter_licence(stated, beside) == stricter_licence(beside, stated) == both


def test_words_without_terms_are_kept_where_nothing_else_is_said() -> None:
    said = licence(text=BARE_COPYRIGHT)
    assert stricter_licence(said, licence()) == stricter_licence(licence(), said) == said
