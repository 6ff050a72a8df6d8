from collections.abc import Sequence
from pathlib import Path

import pytest

from litsweep.domain.documents import Document, SectionKind
from litsweep.domain.models import ModelKind
from litsweep.parsing.jats import parse_document
from litsweep.prompts import load_prompt
from litsweep.reading.fitting import Fit, fit_windows
from litsweep.reading.items import DATA_ITEMS
from litsweep.reading.sectioned import sectioned_sentences
from litsweep.reading.wording import PROMPT, render_prompt
from tests.fakes.documents import REPORT, full_text
from tests.fakes.engine import ScriptedEngine, options_for


class JoiningEngine(ScriptedEngine):
    """Counts a token more for each joint of two sentences: texts cost more than their parts."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 6 * text.count(". ") for text in texts]


def fit(documents: Sequence[Document], engine: ScriptedEngine, max_new_tokens: int) -> list[Fit]:
    texts = [sectioned_sentences(document) for document in documents]
    options = options_for(engine, max_new_tokens=max_new_tokens)
    return fit_windows(documents, texts, engine, options)


def assert_fits(
    document: Document, found: Fit, engine: ScriptedEngine, max_new_tokens: int
) -> None:
    """Every item's prompt with every whole window leaves room for the answer."""
    sentences = sectioned_sentences(document).sentences
    template = load_prompt(PROMPT, engine.spec.kind)
    prompts = [
        render_prompt(
            template,
            item,
            document.title,
            document.text[sentences[window[0]].span.start : sentences[window[-1]].span.end],
        )
        for window in found.cut.windows
        for item in DATA_ITEMS
        if item.is_worded
    ]
    assert max(engine.count_tokens(prompts)) + max_new_tokens <= engine.spec.context_window


def test_the_prompt_with_a_whole_window_and_the_answer_fit() -> None:
    engine = ScriptedEngine(str.upper, context_window=120)
    first, second = fit([REPORT, REPORT], engine, 30)
    assert first == second
    assert len(first.cut.windows) > 1
    assert_fits(REPORT, first, engine, 30)


def test_windows_that_come_out_too_long_are_cut_again() -> None:
    document = full_text(
        (SectionKind.METHODS, "Methods", " ".join(f"Tea number {n} was hot." for n in range(60)))
    )
    engine = JoiningEngine(str.upper, context_window=150)
    (found,) = fit([document], engine, 30)
    assert found.cut.left_out == ()
    assert_fits(document, found, engine, 30)


def test_a_window_that_holds_no_sentence_leaves_everything_out_by_name() -> None:
    (found,) = fit([REPORT], ScriptedEngine(str.upper, context_window=40), 30)
    assert found.cut.windows == ()
    assert len(found.cut.left_out) == len(sectioned_sentences(REPORT).sentences)


def test_real_reports_fit_the_real_tokenizer(corpus: Path, tokenizers_dir: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra 'models' is not here")
    pytest.importorskip("sacremoses", reason="BioGPT's tokenizer needs it")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizers_dir / "biogpt")

    class RealEngine(ScriptedEngine):
        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            return [len(tokenizer(text)["input_ids"]) for text in texts]

    engine = RealEngine(str.upper, kind=ModelKind.CAUSAL)
    names = ("PMC4739473", "pmed.0030205", "PMC4355442")
    paths = [next((corpus / "pmc").glob(f"*{name}*.xml")) for name in names]
    documents = [parse_document(path.read_bytes()) for path in paths]
    for document, found in zip(documents, fit(documents, engine, 100), strict=True):
        n_sentences = len(sectioned_sentences(document).sentences)
        assert found.cut.n_read + len(found.cut.left_out) == n_sentences
        assert found.cut.n_read > 0.98 * n_sentences
        assert_fits(document, found, engine, 100)
        assert found.n_tokens > n_sentences
