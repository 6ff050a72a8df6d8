import pytest

from litsweep.matching.titles import Wording, compare_titles, fold_title, is_telling, title_key

TITLE = "Effect of interferon-α and H<sub>2</sub>O on hepatitis B in Åland's children: a trial."


def wording(one: str, other: str) -> Wording:
    return compare_titles(fold_title(one), fold_title(other)).wording


@pytest.mark.parametrize(
    "written",
    [
        TITLE.upper(),
        "[Effect of interferon-alpha and H2O on hepatitis B in Aland’s children: a trial]",
        "Effect of interferon α &amp; H<b>2</b>O on hepatitis B in &Aring;land's children. A trial",
        "RETRACTED: Effect of interferon-α and H₂O on hepatitis-B in Ålands children. A trial",
        f"{TITLE} (author's transl)",
    ],
)
def test_one_title_as_databases_write_it(written: str) -> None:
    assert wording(TITLE, written) is Wording.SAME


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("Randomised trial of paediatric anaemia", "Randomized trial of pediatric anemia"),
        ("Tumours of the oesophagus: behaviour", "Tumors of the esophagus: behavior"),
        ("Analysed by haemodialysis centres", "Analyzed by hemodialysis centres"),
    ],
)
def test_british_and_american_spelling_are_the_same(british: str, american: str) -> None:
    assert wording(british, american) is Wording.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Diabetes melitus in adults of the city", "Diabetes mellitus in adults of the city"),
        ("TGF-β signalling in fibrosis of the lung", "TGF signaling in fibrosis of the lung"),
        ("Treatment of the asthmatic child at home", "Treatment of asthmatic child at home"),
    ],
)
def test_a_letter_or_a_small_word_more_or_less_is_spelling(one: str, other: str) -> None:
    assert wording(one, other) is Wording.SPELLED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Effects of caffeine on sleep in rats", "Effects of caffeine on sleep in mice"),
        ("Treatment of hepatitis B in children", "Treatment of hepatitis C in children"),
        ("Management of arterial hypotension", "Management of arterial hypertension"),
        ("Signalling of TGF-alpha in the lung", "Signalling of TGF-beta in the lung"),
        ("Surgery with drainage of the abdomen", "Surgery without drainage of the abdomen"),
        ("Camomile components. Part II. Oils of it", "Camomile components. Part III. Oils of it"),
        ("Statistics of heart disease, 2019 update", "Statistics of heart disease, 2020 update"),
        ("A study of pain in women after surgery", "A study of pain in men after surgery"),
        ("Camomile components of the flower", "Camomile components of the flower II"),
        ("Camomile components of the flower 1", "Camomile components of the flower 12"),
        ("Camomile components of the flower", "Camomile components of the flower: part 2"),
        ("", ""),
    ],
)
def test_titles_that_differ_in_meaning_are_others(one: str, other: str) -> None:
    assert wording(one, other) is Wording.OTHER
    assert wording(other, one) is Wording.OTHER


@pytest.mark.parametrize("n_letters", [40, 43, 60])
def test_a_title_cut_off_begins_the_whole_one(n_letters: int) -> None:
    assert wording(TITLE[:n_letters], TITLE) is Wording.BEGINS


def test_the_score_is_the_share_of_letters_in_common() -> None:
    compared = compare_titles(("abcd",), ("abce",))
    assert compared.score == pytest.approx(0.75)
    assert compare_titles(("abcd",), ("ab", "cd")).score == 1.0


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("The effects of β-blockers on heart failure", "effectsofbetablo"),
        ("RETRACTED ARTICLE: Effects of β-blockers on", "effectsofbetablo"),
        ("Wilson's disease", "wilsonsdizease"),
        ("Editorial.", None),
        ("", None),
        ("[肝豆状核变性的诊断和治疗进展研究]", "肝豆状核变性的诊断和治疗进展研"),
    ],
)
def test_keys(title: str, key: str | None) -> None:
    found = title_key(title)
    assert (found and found[:15]) == (key and key[:15])


def test_long_titles_tell_and_short_ones_do_not() -> None:
    assert is_telling(fold_title("Inhaled budesonide in mild asthma"))
    assert not is_telling(fold_title("Letter to the editor."))
    assert not is_telling(fold_title("Immunohistochemistry-Polymerization"))
