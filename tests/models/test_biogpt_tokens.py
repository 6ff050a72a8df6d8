"""Equal ids: the fast path beside the real BioGptTokenizer, on real and on hostile text."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litsweep.domain.documents import Document
from litsweep.errors import MalformedReply, ModelError
from litsweep.parsing.abstracts import build_document
from litsweep.parsing.jats import parse_document
from litsweep.parsing.pubmed import parse_record_set
from litsweep.parsing.sentences import document_sentences

transformers = pytest.importorskip("transformers")
pytest.importorskip("sacremoses")

from litsweep.models import biogpt_tokens  # noqa: E402
from litsweep.models.biogpt_tokens import BioGptTokens  # noqa: E402

N_SENTENCES = 12_000
# What each rule of Moses looks for, what sacremoses itself writes, and what it mishandles.
PIECES = (
    *"''``,,..--()[]<>&|\"%/@_:;±≥¶ \t\n\u00a0\u2028\x1f",
    *"aAzZ059αβß²½٣ǅ’ʼ–—…",
    *"\x00\x01\x08\x7f\x85\u200b\u200d\u200f\u202e\ufeff\ud800",
    *("中", "日本", "🙂", "👨‍👩‍👧", "e\u0301", "עברית", "العربية", "क\u094d", "\u093c", "𝒜"),
    *("DOTMULTI", "DOTDOTMULTI", "THISISPROTECTED", "@-@", "@@", "</w>", "</s>", "<unk>", "<pad>"),
    *(
        "&amp;",
        "&apos;",
        "&#91;",
        "...",
        "....",
        "No.",
        "no.",
        "Dr.",
        "e.g.",
        "Fig.",
        "pp.",
        "U.S.",
    ),
    *("5,000", ",5", "5,", ",,", "2',3'-di", "a's", "s'", "''", "n't", "5'", "'5", ".'", "-5"),
    *("mg/kg", "IL-2-R", "x--y", "p<0.05", "word", "inhibited.", "(12.5%)", "aaaaaaaa", "IgG"),
)
_text = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join),
)


@pytest.fixture(scope="module", params=["biogpt", "biogpt-large"])
def real(request: pytest.FixtureRequest, tokenizers_dir: Path) -> Any:
    found = transformers.AutoTokenizer.from_pretrained(tokenizers_dir / request.param)
    assert type(found).__name__ == "BioGptTokenizer"
    found.model_max_length = 2**31  # or it warns
    return found


@pytest.fixture(scope="module")
def fast(real: Any) -> BioGptTokens:
    return BioGptTokens(real)


@pytest.fixture(scope="module")
def sentences(corpus: Path) -> list[str]:
    """Real sentences of abstracts and full texts, drawn evenly."""
    documents = [*_abstracts(corpus / "pubmed"), *_full_texts(corpus / "pmc")]
    found = list(
        dict.fromkeys(
            sentence.text for document in documents for sentence in document_sentences(document)
        )
    )
    assert len(found) > N_SENTENCES
    return [found[i * len(found) // N_SENTENCES] for i in range(N_SENTENCES)]


def _abstracts(folder: Path) -> list[Document]:
    documents: list[Document] = []
    for path in sorted(folder.glob("*.xml")):
        try:
            records = parse_record_set(path.read_bytes()).records
        except MalformedReply:
            continue  # the parser's tests are about those
        documents.extend(build_document(fetched.record) for fetched in records)
    return documents


def _full_texts(folder: Path) -> list[Document]:
    return [parse_document(path.read_bytes()) for path in sorted(folder.glob("*.xml"))]


def test_twelve_thousand_real_sentences(
    real: Any, fast: BioGptTokens, sentences: list[str]
) -> None:
    # All as they would come: a word learnt in one sentence is used in the next.
    different = [
        text
        for text in sentences
        if fast.encode(text) != real.encode(text, split_special_tokens=True)
    ]
    assert different == []


def test_whole_abstracts_and_joined_sentences(
    real: Any, fast: BioGptTokens, sentences: list[str]
) -> None:
    # What a word becomes may hang on the next sentence's first one.
    texts = ["\n".join(sentences[i : i + 12]) for i in range(0, 1200, 12)]
    for text in texts:
        assert fast.encode(text) == real.encode(text, split_special_tokens=True)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(text=_text)
def test_hostile_text(real: Any, fast: BioGptTokens, text: str) -> None:
    assert fast.encode(text) == real.encode(text, split_special_tokens=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "patients' 'own' words' 5' '5 and dogs', 'cats",  # an apostrophe takes the next space
        "cut at No. 5, but no. Others: e.g. this, i.e. that. end",
        "2',3'-dideoxycytidine and 5'-GATC-3'.",
        "ran....to ...the .. end...",
        "0½,,5 and a,,b and ,5 and 5,",
        ",5 first and last 5,",
        "the end </s> <unk> <pad> again",
        "x" * 3000 + " " + "ab." * 1000,
        "broken \ud800 surrogate and \x00 zero",
    ],
)
def test_where_words_hang_together(real: Any, fast: BioGptTokens, text: str) -> None:
    for given_text in (text, text * 2, f"A {text}", f"{text} a"):
        expected = real.encode(given_text, split_special_tokens=True)
        assert fast.encode(given_text) == expected
        assert fast.encode(given_text) == expected, "and again, from what was learnt"


def test_products_of_merges_that_the_vocabulary_lacks_are_unknown(
    real: Any, fast: BioGptTokens
) -> None:
    lacking = [
        first + second
        for first, second in real.bpe_ranks
        if first + second not in real.encoder and (first + second).endswith("</w>")
    ]
    words = [symbol.removesuffix("</w>") for symbol in lacking]
    assert words
    for word in words:
        assert fast.encode(word) == real.encode(word, split_special_tokens=True)


def test_what_is_learnt_is_bounded(real: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(biogpt_tokens, "_MOST_WORDS", 5)
    fast = BioGptTokens(real)
    text = "one two three four five six seven eight nine ten " + "long" * 20
    assert [fast.encode(text) for _ in range(2)] == [
        real.encode(text, split_special_tokens=True)
    ] * 2
    assert len(fast._words) <= 5
    assert not any("longlong" in word for word in fast._words)


def test_merges_out_of_order_are_refused(real: Any) -> None:
    backwards = SimpleNamespace(
        encoder=real.encoder,
        bpe_ranks={pair: i for i, pair in enumerate(reversed(real.bpe_ranks))},
    )
    with pytest.raises(ModelError, match="stands out of order"):
        BioGptTokens(backwards)


def test_added_tokens_are_refused(tokenizers_dir: Path) -> None:
    tuned = transformers.AutoTokenizer.from_pretrained(tokenizers_dir / "biogpt")
    tuned.add_tokens(["learned1"])
    with pytest.raises(ModelError, match="beside its vocabulary"):
        BioGptTokens(tuned)
