"""Which model reads a document, and why: a pure function. It loads and runs nothing."""

import re
from typing import Final

from litsweep.domain.documents import Document, DocumentKind, SectionKind
from litsweep.domain.models import ModelChoice
from litsweep.domain.readings import Route

# ISO 639-2 "und" is undetermined and "mul" several languages: both may be English.
_ENGLISH: Final = frozenset({"en", "eng", "und", "mul"})
_ENGLISH_WORDS: Final = re.compile(
    r"\b(?:the|of|and|to|with|were|for|that|this|by|from|which|between|after)\b"
)
# These words are about a fifth of English medical prose and next to nothing of French, German,
# Dutch, Spanish, Italian or Portuguese prose; "was" and "is" are left out, being German or Dutch.
_ENGLISH_SHARE: Final = 0.12
_WORD: Final = re.compile(r"[^\W\d_]+")


def route(
    document: Document,
    choice: ModelChoice,
    *,
    n_tokens: int | None = None,
    n_windows: int | None = None,
) -> Route:
    """Return the model that reads ``document``, with the reason in words.

    ``n_tokens`` and ``n_windows`` are the document's length under the model's own tokenizer,
    where they were counted. The models read English only. An abstract without text, or a
    report without a body, is not readable.
    """
    obstacle = _obstacle(document)
    if obstacle:
        return Route(model_name=None, reason=obstacle, is_readable=False)
    is_abstract = document.kind is DocumentKind.ABSTRACT
    texts = "abstracts" if is_abstract else "full texts"
    instead = "sentences are selected word for word" if is_abstract else "passages are quoted only"
    model = choice.model
    if model is None:
        return Route(model_name=None, reason=f"{choice.reason} {instead.capitalize()}.")
    if not is_english(document):
        return Route(
            model_name=None,
            reason=f"The language is given as {document.language} and the models read English "
            f"only: {instead}.",
        )
    caution = " It is a demonstration model and often wrong." if model.is_demonstration else ""
    return Route(
        model_name=model.name,
        reason=f"{model.name} reads {texts}. {choice.reason}{caution}".strip(),
        n_tokens=n_tokens,
        n_windows=n_windows,
    )


def is_english(document: Document) -> bool:
    """Tell whether the document's words are English.

    A language other than English may be the report's while the abstract was translated, as NLM
    does it for PubMed, so the words themselves decide then.
    """
    primary = (document.language or "und").lower().partition("-")[0]  # "en-GB"
    if primary in _ENGLISH:
        return True
    text = document.text.lower()
    n_words = len(_WORD.findall(text))
    return len(_ENGLISH_WORDS.findall(text)) >= max(1, _ENGLISH_SHARE * n_words)


def _obstacle(document: Document) -> str | None:
    if document.kind is DocumentKind.FULL_TEXT:
        if not document.has_body:
            return "Only front matter was given: there is no body to read."
        return None if document.text.strip() else "The report's text is empty."
    for part in document.sections_of(SectionKind.ABSTRACT):
        # A label alone ("RESULTS:") is no text.
        if document.section_text(part).removeprefix(f"{part.title}:").strip():
            return None
    return "The record has no abstract."
