"""How much of full texts is read in depth, what is found in them, and at what cost.

Run ``python -m benchmarks.analysis [FOLDER]``, where FOLDER holds JATS files (``*.xml``,
``*.nxml``; default: the packaged sample). They are read three times: without any model, with the
packaged sentence encoder if it is here, and in the windows of a model with 1,024 tokens (counted
as four characters a token; it writes nothing). Beside the encoder's rate stands what embedding
every sentence would cost.
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from litsweep.domain.documents import Document
from litsweep.domain.generations import SentenceEncoder
from litsweep.domain.models import ModelChoice
from litsweep.domain.readings import Analysis, FindingState, Reading
from litsweep.errors import LitsweepError
from litsweep.models.loading import is_available, load_encoder
from litsweep.models.registry import get_spec
from litsweep.parsing.jats import parse_document
from litsweep.parsing.sentences import document_sentences
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.items import DATA_ITEMS
from litsweep.reading.options import ReadingOptions
from litsweep.reading.sectioned import sectioned_sentences
from litsweep.reading.windows import cut_windows
from litsweep.settings import load_settings
from litsweep_app.sandbox import sample_data

N_EMBEDDED = 12
"""How many reports the encoder reads: it needs CPU seconds for each."""
WINDOW, ANSWER, PROMPT = 1024, 100, 60
"""Tokens of the model's window, of an answer and of a prompt without its passage."""
_CHARACTERS_A_TOKEN = 4
_OPTIONS = ReadingOptions(
    choice=ModelChoice(model=None, reason="A benchmark."), max_new_tokens=ANSWER
)


class CountingEncoder:
    """Passes texts on and counts them."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.spec = encoder.spec
        self.weights_sha256 = encoder.weights_sha256
        self.n_texts = 0
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return what the encoder returns."""
        self.n_texts += len(texts)
        return self._encoder.encode(texts)


def main() -> None:
    """Measure and print the tables."""
    documents = _parse(Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data() / "pmc")
    started = time.process_time()
    readings = _analyze(documents, None)
    seconds = time.process_time() - started
    analyses = [one.analysis for one in readings if one.analysis is not None]
    n_sentences = sum(one.n_sentences for one in analyses)
    print(f"{len(documents)} files, {len(analyses)} with a body, {n_sentences:,} sentences")
    print(f"without a model: {len(analyses) / seconds:.1f} reports a CPU second")
    _print_encoder([one.document for one in readings if one.analysis is not None])
    _print_windows(documents)
    _print_items(analyses)


def _parse(folder: Path) -> list[Document]:
    documents = []
    for path in sorted([*folder.glob("*.xml"), *folder.glob("*.nxml")]):
        try:
            documents.append(parse_document(path.read_bytes()))
        except LitsweepError as error:
            print(f"{path.name}: {error}")
    if not documents:
        sys.exit(f"No JATS files in {folder}.")
    return documents


def _analyze(documents: Sequence[Document], encoder: SentenceEncoder | None) -> list[Reading]:
    return analyze_reports(documents, engine=None, encoder=encoder, options=_OPTIONS)


def _print_encoder(documents: Sequence[Document]) -> None:
    settings, spec = load_settings(), get_spec("minilm")
    if not is_available(spec, settings).is_available:
        print(f"with {spec.name}: it is not installed")
        return
    chosen = documents[:: max(1, len(documents) // N_EMBEDDED)][:N_EMBEDDED]
    encoder = CountingEncoder(load_encoder(spec, settings))
    sentences = [[one.text for one in document_sentences(document)] for document in chosen]
    encoder.encode(sentences[0][:8])  # the first call is slow
    started, encoder.n_texts = time.process_time(), 0
    _analyze(chosen, encoder)
    seconds = time.process_time() - started
    n_ours = encoder.n_texts
    started, encoder.n_texts = time.process_time(), 0
    for own in sentences:
        encoder.encode(own)
    every = time.process_time() - started
    print(
        f"with {spec.name}: {len(chosen) / seconds:.2f} reports a CPU second; {n_ours:,} of "
        f"{encoder.n_texts:,} sentences embedded; all of them alone take {every / seconds:.1f} "
        "times our whole analysis"
    )


def _print_windows(documents: Sequence[Document]) -> None:
    n_windows, n_sentences, n_read = 0, 0, 0
    for document in documents:
        text = sectioned_sentences(document)
        cut = cut_windows(
            [len(one.text) // _CHARACTERS_A_TOKEN + 1 for one in text.sentences],
            text.top_sections(),
            budget=WINDOW - ANSWER - PROMPT,
            overlap=_OPTIONS.window_overlap,
            max_windows=_OPTIONS.max_windows,
        )
        n_windows += len(cut.windows)
        n_sentences += len(text.sentences)
        n_read += cut.n_read
    print(
        f"windows of {WINDOW:,} tokens: {n_windows / len(documents):.1f} a report, "
        f"{100 * n_read / n_sentences:.2f} % of the sentences read"
    )


def _print_items(analyses: Sequence[Analysis]) -> None:
    print(f"\n{'':24}{'found':>8}{'not found':>11}{'not reported':>14}{'findings':>10}")
    for item in DATA_ITEMS:
        findings = [
            [one for one in analysis.findings if one.data_item == item.name]
            for analysis in analyses
        ]
        states = Counter(own[0].state for own in findings)
        n_found = sum(len(own) for own in findings if own[0].state is FindingState.FOUND)
        print(
            f"{item.name:24}{states[FindingState.FOUND]:8}{states[FindingState.NOT_FOUND]:11}"
            f"{states[FindingState.NOT_REPORTED]:14}{n_found:10}"
        )


if __name__ == "__main__":
    main()
