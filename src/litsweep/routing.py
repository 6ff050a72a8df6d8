"""Which model reads a document, and why: a pure function. It loads and runs nothing."""

import re
from typing import Final

from litsweep.domain.documents import Document, DocumentKind, SectionKind
from litsweep.domain.models import ModelChoice, ModelSpec
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


# Notices about other reports: their text is no study, and an analysis of it would be about nothing.
_NOTICES: Final = frozenset(
    {"addendum", "correction", "expression-of-concern", "partial-retraction", "retraction"}
)
# JATS's article types that hold no research of their own; letters and reviews may.
_NOT_RESEARCH: Final = _NOTICES | frozenset(
    {"announcement", "article-commentary", "book-review", "books-received", "calendar"}
    | {"collection", "discussion", "editorial", "in-brief", "introduction", "news", "obituary"}
    | {"oration", "product-review"}
)
_INSTEAD: Final = {
    DocumentKind.ABSTRACT: "sentences are selected word for word",
    DocumentKind.FULL_TEXT: "passages are quoted only",
}
_TEXTS: Final = {DocumentKind.ABSTRACT: "abstracts", DocumentKind.FULL_TEXT: "full texts"}


def route(
    document: Document,
    choice: ModelChoice,
    *,
    n_tokens: int | None = None,
    n_windows: int | None = None,
) -> Route:
    """Return the model that reads ``document``, with the reason in words.

    ``n_tokens`` and ``n_windows`` are the document's length under the model's own tokenizer,
    where they were counted. The models read English research only. An abstract without text, a
    report without a body, and a report that is only a notice about another one (a retraction,
    a correction) are not readable.
    """
    if (obstacle := _obstacle(document)) is not None:
        return Route(model_name=None, reason=obstacle, is_readable=False)
    model, reason = choice.model, _reason_against(document)
    instead = _INSTEAD[document.kind]
    if model is None or reason is not None:
        return Route(model_name=None, reason=f"{reason or choice.reason} So {instead}.")
    parts = (
        f"{model.name} reads {_TEXTS[document.kind]}.",
        choice.reason,
        _length(document, model, n_tokens, n_windows),
        "It is a demonstration model and often wrong." if model.is_demonstration else "",
    )
    return Route(
        model_name=model.name,
        reason=" ".join(filter(None, parts)),
        n_tokens=n_tokens,
        n_windows=n_windows,
    )


def _length(
    document: Document, model: ModelSpec, n_tokens: int | None, n_windows: int | None
) -> str:
    if n_tokens is None:
        return ""
    told = (
        f"The text takes {n_tokens:,} of its tokens, and its window holds {model.context_window:,}"
    )
    if n_windows is not None and n_windows > 1:
        return f"{told}: {n_windows} windows."
    is_long = document.kind is DocumentKind.ABSTRACT and n_tokens > model.context_window
    return f"{told}: too long to be read whole." if is_long else f"{told}."


def _reason_against(document: Document) -> str | None:
    """Return why no model should read the document, whichever was chosen."""
    if not is_english(document):
        return f"The language is given as {document.language}, and the models read English only."
    kind = (document.article_type or "").lower()
    return f"It is no research ({_in_words(kind)})." if kind in _NOT_RESEARCH else None


def _in_words(article_type: str) -> str:
    return article_type.replace("-", " ")


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
        if (document.article_type or "").lower() in _NOTICES:
            kind = _in_words(str(document.article_type).lower())
            return f"It is a notice about another report ({kind}), not a report to analyse."
        return None if document.text.strip() else "The report's text is empty."
    for part in document.sections_of(SectionKind.ABSTRACT):
        # A label alone ("RESULTS:") is no text.
        if document.section_text(part).removeprefix(f"{part.title}:").strip():
            return None
    return "The record has no abstract."
