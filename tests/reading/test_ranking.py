import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from litsweep.reading.embedding import LEXICAL, embed, word_vectors
from litsweep.reading.ranking import N_SENTENCES, abstract_sentences, select_sentences
from litsweep.reading.summarize import summarize_abstracts
from tests.fakes.documents import LORVEXINE, abstract
from tests.fakes.encoder import HashingEncoder
from tests.fakes.engine import options_for

WORDS = st.sampled_from(
    [
        "Tremor",
        "fell",
        "rose",
        "to",
        "4.2",
        "(p < 0.05)",
        "in",
        "mice.",
        "Mice",
        "e.g.",
        "IL-6",
        "β",
    ]
)
PARTS = st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(st.one_of(PARTS, st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=4)))
def test_what_is_quoted_is_verbatim_in_order_and_clean(parts: list[str]) -> None:
    document = abstract("Tremor in mice", *parts)
    for encoder in (None, HashingEncoder()):
        (reading,) = summarize_abstracts(
            [document], engine=None, encoder=encoder, options=options_for(None, max_new_tokens=10)
        )
        if not reading.summaries:
            assert not reading.route.is_readable or reading.failure
            continue
        (summary,) = reading.summaries
        assert 1 <= len(summary.sentences) <= N_SENTENCES
        spans = [sentence.source for sentence in summary.sentences if sentence.source]
        quoted = [document.text[span.start : span.end] for span in spans]
        assert quoted == [sentence.text for sentence in summary.sentences]
        assert spans == sorted(spans)
        assert not summary.is_flagged


def test_sentences_that_say_the_same_are_not_both_chosen() -> None:
    document = abstract(
        "Sleep of nurses",
        "Tea gave the nurses longer sleep. Tea gave nurses a longer sleep. "
        "Headache was seen in nurses whose sleep was short.",
    )
    sentences = abstract_sentences(document)
    vectors = word_vectors([document.title, *(sentence.text for sentence in sentences)])
    chosen = select_sentences(document, sentences, vectors[0], vectors[1:])
    assert sentences[2] in chosen


def test_fragments_are_chosen_only_where_there_is_nothing_else() -> None:
    document = abstract("Tea", "Tea works. Nurses slept longer after tea than before. Tea works!")
    sentences = abstract_sentences(document)
    vectors = word_vectors([document.title, *(sentence.text for sentence in sentences)])
    chosen = select_sentences(document, sentences, vectors[0], vectors[1:])
    assert "Nurses slept longer after tea than before." in [one.text for one in chosen]


def test_a_label_is_no_part_of_its_first_sentence() -> None:
    texts = [sentence.text for sentence in abstract_sentences(LORVEXINE)]
    assert texts[0].startswith("Tremor is common")
    assert not any(text.startswith("RESULTS") for text in texts)


def test_blank_texts_have_no_direction() -> None:
    for encoder in (None, HashingEncoder()):
        (vectors,) = embed([["", "Tea and sleep"]], encoder).groups
        assert not vectors[0].any()
        assert np.isclose(np.linalg.norm(vectors[1]), 1.0)


def test_texts_are_encoded_once_however_often_they_stand_there() -> None:
    encoder = HashingEncoder()
    embedding = embed([["a b", "c"], ["c", "a b"], []], encoder)
    assert encoder.calls == [("a b", "c")]
    assert [group.shape[0] for group in embedding.groups] == [2, 2, 0]
    assert np.array_equal(embedding.groups[0][1], embedding.groups[1][0])
    assert embed([[], []], encoder).embedded_by == LEXICAL
