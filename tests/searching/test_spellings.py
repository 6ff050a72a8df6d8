"""British and American spellings are looked for together, and no other words with them."""

import pytest

from litsweep.searching.spellings import list_spellings

PAIRS = """
    tumour tumor, behaviour behavior, randomised randomized, haemoglobin hemoglobin,
    methaemoglobin methemoglobin, anaemia anemia, leukaemic leukemic, oedema edema,
    diarrhoea diarrhea, dyspnoea dyspnea, paediatric pediatric, orthopaedic orthopedic,
    oesophageal esophageal, oestrogen estrogen, foetal fetal, anaesthesia anesthesia,
    gynaecology gynecology, caesarean cesarean, analyse analyze, organisation organization,
    fibre fiber, centre center, sulphate sulfate, haemorrhage hemorrhage, aetiology etiology
"""
OTHERS = ["four", "hour", "aerobic", "disease", "poet", "shoe", "hemisphere", "pedal", "colorectal"]


@pytest.mark.parametrize(("british", "american"), [pair.split() for pair in PAIRS.split(",")])
def test_both_spellings_are_looked_for(british: str, american: str) -> None:
    assert set(list_spellings(british)) == set(list_spellings(american)) == {british, american}


@pytest.mark.parametrize("word", OTHERS)
def test_other_words_are_left_alone(word: str) -> None:
    assert list_spellings(word) == (word,)


def test_a_word_may_be_cut_where_the_spellings_part() -> None:
    assert list_spellings("randomis", is_cut=True) == ("randomis", "randomiz")
    assert list_spellings("analyz", is_cut=True) == ("analyz", "analys")
    assert list_spellings("arthritis") == ("arthritis",)
