"""The rule of words: what it makes of real texts, and that both databases take it as it is."""

import hashlib
import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsweep.parsing.pubmed import parse_record_set
from litsweep.searching.words import PlacedWords, fold_ending, join_words, list_words
from litsweep_app import sandbox

CHANGED = (
    "The rule of words is another one than that by which databases were indexed. If that is "
    "meant, add a migration that calls db.search_index.install, and write the new hash here."
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("non-small cell", "non small cell"),
        ("COVID-19", "covid 19"),
        ("CD4+ T-cells", "cd 4 t cell"),
        ("Crohn's Crohn’s Crohns CROHN", "crohn crohn crohn crohn"),
        ("TNF-α TNFα TNFalpha", "tnf alpha tnf alpha tnfalpha"),
        ("anti-PD-1/PD-L1", "anti pd 1 pd l 1"),
        ("IL6 IL-6 IL 6", "il 6 il 6 il 6"),
        ("50 µg β2-agonists", "50 mu g beta 2 agonist"),
        ("naïve Ångström İstanbul straße", "naive angstrom istanbul strasse"),
        ("œdema Łódź ﬁbrils", "oedema lodz fibril"),
        ("CO₂ m² ½ Ⅷ ℙ", "co 2 m 2 1 2 viii p"),
        ("l'asthme O'Brien 5'UTR", "l asthme o brien 5 utr"),
        ("studies viruses classes gas virus", "study viruse classe gas virus"),
        ("analysis analyses metastasis metastases", "analys analys metastas metastas"),
        ("diseases doses glucoses thesis", "disease dose glucose thesi"),
        ("p < 0.05; 1,234 (95% CI)", "p 0 05 1 234 95 ci"),
        ("снижение 高血压 العربية", "снижение 高血压 العربية"),
        ("_under_score_ ' — …", "under score"),
    ],
)
def test_what_counts_as_a_word(text: str, words: str) -> None:
    assert list_words(text) == words.split()


def test_the_rule_is_the_one_by_which_databases_were_indexed() -> None:
    digest = hashlib.sha256()
    for path in sorted((sandbox.sample_data() / "pubmed").glob("*.xml")):
        for one in parse_record_set(path.read_bytes()).records:
            for text in (one.record.title, one.record.abstract_text):
                digest.update(f"{join_words(text)}\n".encode())
    assert digest.hexdigest()[:16] == "934950ed0d1b1a8d", CHANGED


@given(st.text(max_size=80))
def test_a_word_is_one_token_of_fts5_and_is_made_of_itself(text: str) -> None:
    words = list_words(text)
    assert join_words(text).split() == words
    assert all(0 < len(word) <= 100 and word == word.casefold() for word in words)
    assert _tokens(" ".join(words)) == words
    # What is typed as it is indexed finds it, but for the ending, which is cut once.
    assert [fold_ending(word) for word in words] == list_words(" ".join(words))


@given(st.text(max_size=80))
def test_words_stand_where_they_were_made(text: str) -> None:
    placed = PlacedWords(text)
    assert placed.words == list_words(text)
    places = placed.place(range(len(placed.words)))
    assert list(places.values()) == sorted(places.values())
    for number, (start, end) in places.items():
        assert placed.words[number] in list_words(text[start:end])


def test_accents_written_apart_are_the_same_words() -> None:
    text = "naïve Ångström Zürich"
    assert list_words(unicodedata.normalize("NFD", text)) == list_words(text)


def _tokens(text: str) -> list[str]:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize = 'ascii')")
    conn.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    conn.execute("INSERT INTO t VALUES (?)", (text,))
    found = conn.execute("SELECT term FROM v ORDER BY offset").fetchall()
    conn.close()
    return [term for (term,) in found]
