"""Fictitious abstracts and full texts, built as the parsers build them."""

from litsweep.domain.documents import Document, DocumentKind, Licence, Section, SectionKind, Span

NO_LICENCE = Licence(code=None, url=None, text=None)


def build(
    kind: DocumentKind,
    parts: list[tuple[SectionKind, str, str]],
    *,
    language: str | None = "eng",
    has_body: bool = True,
) -> Document:
    """Join parts (kind, title, text) with line breaks, each a section."""
    sections, start = [], 0
    for part_kind, title, text in parts:
        span = Span(start, start + len(text))
        sections.append(Section(kind=part_kind, title=title, depth=0, span=span))
        start = span.end + 1
    return Document(
        kind=kind,
        title=next((text for part, _, text in parts if part is SectionKind.TITLE), ""),
        text="\n".join(text for _, _, text in parts),
        sections=tuple(sections),
        language=language,
        article_type=None,
        pmid=1,
        pmcid=None,
        doi=None,
        licence=NO_LICENCE,
        has_body=has_body,
    )


def abstract(title: str, *parts: str, language: str | None = "eng") -> Document:
    """An abstract of unlabelled parts, or of parts that begin with their label ("RESULTS: …")."""
    sections = [(SectionKind.TITLE, "", title)]
    for part in parts:
        label, separator, _ = part.partition(": ")
        is_label = bool(separator) and label.isupper()
        sections.append((SectionKind.ABSTRACT, label if is_label else "", part))
    return build(DocumentKind.ABSTRACT, sections, language=language, has_body=bool(parts))


def full_text(*parts: tuple[SectionKind, str, str], language: str | None = "en") -> Document:
    """A full text of sections (kind, title, text)."""
    return build(DocumentKind.FULL_TEXT, list(parts), language=language)


LORVEXINE = abstract(
    "Lorvexine for tremor in adults: a randomised trial",
    "BACKGROUND: Tremor is common in older adults and treatment options remain few.",
    "METHODS: We assigned 214 adults to lorvexine 20 mg daily or placebo for 12 weeks. "
    "The primary outcome was the change in tremor score.",
    "RESULTS: The tremor score fell by 4.2 points with lorvexine and by 1.1 points with placebo "
    "(p < 0.001). Nausea occurred in 31% of the lorvexine group and 14% of the placebo group. "
    "Sleep quality did not improve with lorvexine.",
    "CONCLUSIONS: Lorvexine reduced tremor in adults over 12 weeks.",
)

QUILLMOSS = abstract(
    "Quillmoss tea and sleep in shift workers",
    "Shift workers often sleep badly. In this crossover study 36 nurses drank quillmoss tea or "
    "water for two weeks each. Sleep duration was longer after the tea by 18 minutes. "
    "We conclude that quillmoss tea lengthens sleep slightly in shift workers.",
)

REPORT = full_text(
    (SectionKind.TITLE, "", "Lorvexine for tremor in adults: a randomised trial"),
    (
        SectionKind.INTRODUCTION,
        "Introduction",
        "Tremor is common in older adults. The aim of this study was to determine whether "
        "lorvexine reduces tremor in adults.",
    ),
    (
        SectionKind.METHODS,
        "Study design and participants",
        "This was a randomised, double-blind, placebo-controlled trial at four hospitals in "
        "Freedonia. Adults aged 50 years or older were eligible. The trial was registered at "
        "ClinicalTrials.gov (NCT01234567).",
    ),
    (
        SectionKind.METHODS,
        "Interventions",
        "Participants received lorvexine 20 mg daily or placebo for 12 weeks. The primary outcome "
        "was the change in tremor score at week 12.",
    ),
    (
        SectionKind.RESULTS,
        "Results",
        "A total of 214 participants were randomised. The tremor score was significantly lower "
        "with lorvexine than with placebo (difference 3.1 points; p < 0.001). Adverse events were "
        "mild: nausea occurred in 31% of the lorvexine group.",
    ),
    (
        SectionKind.DISCUSSION,
        "Discussion",
        "Our findings agree with earlier work. A limitation of this study is its short "
        "duration of 12 weeks.",
    ),
    (SectionKind.CONCLUSION, "Conclusion", "We conclude that lorvexine reduces tremor in adults."),
    (
        SectionKind.BACK_MATTER,
        "Funding",
        "This work was supported by a grant from the Freedonian Tremor Fund.",
    ),
    (
        SectionKind.BACK_MATTER,
        "Competing interests",
        "The authors declare that they have no competing interests.",
    ),
)
