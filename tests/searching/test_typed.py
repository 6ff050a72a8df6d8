"""What a person types is read as it was meant, mended where it is not balanced, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.errors import UsageError
from litsweep.searching.query import EVERYWHERE, AnyOf, Phrase, Query
from litsweep.searching.typed import MOST_CHARACTERS, read_query


def written(query: Query) -> str:
    """Write a query so that its tree is seen: [all], (any), -without, phrases, fields."""
    if isinstance(query, Phrase):
        words = [
            "/".join([*pattern.words, *(f"{one}*" for one in pattern.beginnings)])
            for pattern in query.patterns
        ]
        where = "" if query.fields == EVERYWHERE else f"@{'+'.join(query.fields)}"
        return "_".join(words) + where
    parts = list(map(written, query.parts))
    if isinstance(query, AnyOf):
        return f"({' | '.join(parts)})"
    return f"[{' '.join([*parts, *(f'-{written(one)}' for one in query.without)])}]"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hip fracture", "[hip fracture]"),
        ('"hip fractures" pain', "[hip_fracture pain]"),
        ("non-small COVID-19 CD4+", "[non_small covid_19 cd_4]"),
        ("TNF-α anti-PD-1 Crohn's", "[tnf_alpha anti_pd_1 crohn]"),
        ("a b OR c", "([a b] | c)"),
        ("a (b OR c)", "[a (b | c)]"),
        ("a|b | c", "(a | b | c)"),
        ("a AND b", "[a b]"),
        ("heart and lung or not", "[heart and lung or not]"),
        ("a -b", "[a -b]"),
        ("NOT a b", "[b -a]"),
        ("a AND NOT (b OR c)", "[a -(b | c)]"),
        ('a -"b c" -(d e)', "[a -b_c -[d e]]"),
        ("a -(-b)", "[a b]"),
        ("ti:a ab:(b c) mesh:d kw:e", "[a@title b@abstract c@abstract d@mesh e@keywords]"),
        ('ti:"a b" TITLE:c abstract:d', "[a_b@title c@title d@abstract]"),
        ("ti: a -ti:b", "[a@title -b@title]"),
        (
            "a[ti] (b OR c)[tiab] d[MeSH Terms]",
            "[a@title (b@title+abstract | c@title+abstract) d@mesh]",
        ),
        ('"a b"[Title/Abstract] c[tw] d[mesh:noexp]', "[a_b@title+abstract c d@mesh]"),
        ("(a[ti] b)[ab]", "[a@title b@abstract]"),
        ("tumour", "tumour/tumor"),
        ("asthma*", "asthma*"),
        ('"hip fract*" "hip fract"*', "hip_fract*"),
        ("injuri* metastasi*", "[injury/injuri* metastas/metastasy/metastasi*]"),
        ("lens*", "len/lens*"),
        ("randomis*", "randomi/randomis*/randomiz*"),
        ("benzo[a]pyrene HCO3[-] poly(I:C)", "[benzo_a_pyrene hco_3 poly i_c]"),
        ("[Asthma in children].", "[asthma in children]"),
        ("HLA-A*02:01", "hla_a_02_01"),
        ("a - b -20 c--d", "[a b 20 c_d]"),
        ("“a b” „c d“ «e f»", "[a_b c_d e_f]"),
        ("ratio:ti:x", "ratio_ti_x"),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: str, meant: str) -> None:
    assert written(read_query(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('"hip fracture', "hip_fracture"),
        ("a (b OR c", "[a (b | c)]"),
        ("a) b))", "[a b]"),
        ("(((a", "a"),
        ("OR a OR OR b OR", "(a | b)"),
        ("a AND", "a"),
        ("a NOT", "a"),
        ("a ti:", "a"),
        ('a "" () -', "a"),
        ("a a a", "a"),
        ("' OR 1=1 --", "1_1"),
    ],
)
def test_what_is_not_balanced_is_mended(typed: str, meant: str) -> None:
    assert written(read_query(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "no word"),
        ('"!?"', "no word"),
        ("ti:", "no word"),
        ("-a", "only says what to leave out"),
        ("NOT (a OR b)", "only says what to leave out"),
        ("a OR -b", "not beside OR alone"),
        ("Smith J[au]", "[au] is none of the fields"),
        ("wom*n", "wom* instead of wom*n"),
        ("IL*", "at least 3 letters"),
        ('"hip* fracture"', "at the end of a phrase"),
        ("(" * 9 + "a", "8 deep"),
        ("a " * 501, "500 words"),
        ("a" * (MOST_CHARACTERS + 1), "5,000 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_query(typed)
    assert told in str(refusal.value)


def test_a_long_phrase_of_many_spellings_stays_small() -> None:
    query = read_query('"' + "tumour oedema " * 30 + '"')
    assert isinstance(query, Phrase)
    assert len(list(query.iter_spellings())) <= 16


@given(st.text(max_size=200))
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    try:
        query = read_query(text)
    except UsageError as refusal:
        assert len(str(refusal)) > 20
    else:
        assert written(query)
