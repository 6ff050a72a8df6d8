"""How long a document is for a model, as a reading would find it, without the model's weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.models import ModelSpec
from litsweep.reading.fitting import fit_windows
from litsweep.reading.options import ReadingOptions
from litsweep.reading.sectioned import sectioned_sentences


@dataclass(frozen=True, slots=True)
class _Counter:
    spec: ModelSpec
    count: Callable[[Sequence[str]], list[int]]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.count(texts)


def measure_length(
    document: Document,
    spec: ModelSpec,
    count: Callable[[Sequence[str]], list[int]],
    options: ReadingOptions,
) -> tuple[int, int | None]:
    """Return a document's tokens and, for a full text, into how many windows it would be cut.

    ``count`` gives the lengths of texts under the tokenizer of ``spec``
    (`litsweep.models.token_counting.open_counter`).
    """
    if document.kind is DocumentKind.ABSTRACT:
        return count([document.text])[0], None
    texts = [sectioned_sentences(document)]
    (fit,) = fit_windows([document], texts, _Counter(spec, count), options)
    return fit.n_tokens, len(fit.cut.windows)
