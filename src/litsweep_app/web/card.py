"""A card: one record with all that a person decides by, as its template shows it.

The queue and the record's own page show the same card. What is hidden from a person who judges
first (``web.machine_text``) is left out here, so that no template can give it away.
"""

from dataclasses import dataclass, replace
from typing import Final

from db.asked_readings import AskedReading
from db.card_facts import CardFacts, load_card_facts
from db.card_texts import CardReading, CardSummary, CardTexts, load_card_texts
from db.decisions import find_standing
from db.engine import Connection
from db.judgements import list_finding_judgements, list_sentence_judgements
from db.screening import list_visible_decisions
from db.screening_protocols import get_protocol
from db.topics import get_topic
from litsweep.domain.decisions import Decision, ScreeningDecision, Stage
from litsweep.domain.documents import Document, DocumentKind, Section, SectionKind, Span
from litsweep.domain.judgements import FindingJudgement, SentenceJudgement
from litsweep.domain.screening import ScreeningRules
from litsweep_app.web.highlighting import (
    Piece,
    Run,
    anchor,
    cut_runs,
    find_terms,
    list_mesh_terms,
    read_terms,
)
from litsweep_app.web.machine_text import list_hidden, list_visible_requests
from litsweep_app.web.seal import Shown, make_seal
from litsweep_app.web.visit import Visit

_NOTICES: Final = ("Retraction", "Erratum", "ExpressionOfConcern", "CorrectedandRepublished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A part of a text under its heading, which may be empty."""

    heading: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a card is decided for: a stage of a topic, by its rules, and what stands already.

    ``mine`` is the person's own standing decision, one withdrawn too; ``others`` those of other
    people as far as the person may see them. ``seal`` proves what was on the card.
    """

    topic: str
    stage: Stage
    rules: ScreeningRules
    mine: ScreeningDecision | None
    others: tuple[ScreeningDecision, ...]
    seal: str = ""

    @property
    def decided(self) -> ScreeningDecision | None:
        """The person's decision where one stands, not withdrawn."""
        is_open = self.mine is None or self.mine.decision is Decision.WITHDRAWN
        return None if is_open else self.mine

    @property
    def expected_id(self) -> int | None:
        """The number of the decision that stands, which the next one replaces."""
        return None if self.decided is None else self.decided.screening_decision_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A record with its texts. ``hidden`` are the texts of which the person must not see yet what
    machines made: it is not on this card.

    ``title`` and ``abstract`` are the current text, in pieces; ``has_terms`` and ``has_mesh``
    tell what is marked in them. ``requests`` are the readings that people asked for and wait for.
    """

    facts: CardFacts
    texts: CardTexts
    work: Work | None
    hidden: frozenset[DocumentKind]
    title: tuple[Run, ...]
    abstract: tuple[Paragraph, ...]
    sentence_judgements: tuple[SentenceJudgement, ...] = ()
    finding_judgements: tuple[FindingJudgement, ...] = ()
    requests: tuple[AskedReading, ...] = ()

    @property
    def record_id(self) -> int:
        """The record's number."""
        return self.facts.record.record_id

    @property
    def is_summary_hidden(self) -> bool:
        """Whether what a machine made of the abstract is not on this card."""
        return DocumentKind.ABSTRACT in self.hidden

    @property
    def is_analysis_hidden(self) -> bool:
        """Whether what a machine made of the full text is not on this card."""
        return DocumentKind.FULL_TEXT in self.hidden

    @property
    def summarised(self) -> CardReading | None:
        """The reading of the abstract, unless it is hidden."""
        return self.texts.readings.get(DocumentKind.ABSTRACT)

    @property
    def analysed(self) -> CardReading | None:
        """The reading of the full text, unless it is hidden."""
        return self.texts.readings.get(DocumentKind.FULL_TEXT)

    @property
    def has_terms(self) -> bool:
        """Whether a word of the topic is marked."""
        return any(piece.is_term for piece in self._pieces)

    @property
    def has_mesh(self) -> bool:
        """Whether a word of a MeSH heading is marked."""
        return any(piece.is_mesh for piece in self._pieces)

    @property
    def notices(self) -> list[tuple[str, int | None, str]]:
        """What was published of this publication: kind in words, PMID, citation; each once."""
        said = [link for link in self.facts.links if link.ref_type.startswith(_NOTICES)]
        found: dict[object, tuple[str, int | None, str]] = {}
        for link in said:
            text = (link.citation if link.is_own else link.title) or link.doi or ""
            known = link.pmid or link.doi or text
            found.setdefault(known, (_words(link.ref_type), link.pmid, text))
        return list(found.values())

    @property
    def _pieces(self) -> list[Piece]:
        runs = [*self.title, *(run for part in self.abstract for run in part.runs)]
        return [piece for run in runs for piece in run.pieces]


def load_work(conn: Connection, visit: Visit, topic: str, stage: Stage, record_id: int) -> Work:
    """Return what stands about a record at a stage of a topic, as the visitor may see it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    visible = list_visible_decisions(conn, topic, record_id, stage, visit.me)
    return Work(
        topic=topic,
        stage=stage,
        rules=get_protocol(conn, topic).rules,
        mine=find_standing(conn, topic, record_id, stage, visit.me.name),
        others=tuple(one for one in visible if one.reviewer != visit.me.name),
    )


def load_card(
    conn: Connection,
    visit: Visit,
    record_id: int,
    work: Work | None,
    *,
    kinds: tuple[DocumentKind, ...] = tuple(DocumentKind),
) -> Card:
    """Return the card of a record, as the visitor may see it.

    Raises:
        UnknownRecord: no record has this number.
    """
    facts = load_card_facts(conn, record_id)
    texts = load_card_texts(conn, record_id, kinds=kinds)
    is_open = work is not None and work.decided is None
    rules = work.rules if work is not None and is_open else None
    hidden = list_hidden(conn, visit.me, record_id, deciding=rules)
    texts = replace(texts, readings=_without(texts, hidden))
    if work is not None:
        work = replace(work, seal=_seal(visit, work, texts))
    title, abstract = _cut(facts, texts, _list_terms(conn, facts, work))
    summary_ids, finding_ids = _list_numbers(texts)
    return Card(
        facts=facts,
        texts=texts,
        work=work,
        hidden=hidden,
        title=title,
        abstract=abstract,
        sentence_judgements=tuple(list_sentence_judgements(conn, summary_ids)),
        finding_judgements=tuple(list_finding_judgements(conn, finding_ids)),
        requests=tuple(list_visible_requests(conn, visit.me, record_id, deciding=rules)),
    )


def _without(texts: CardTexts, hidden: frozenset[DocumentKind]) -> dict[DocumentKind, CardReading]:
    return {kind: one for kind, one in texts.readings.items() if kind not in hidden}


def cut_text(
    document: Document, sources: list[tuple[int, Span]], terms: tuple[str, ...] = ()
) -> list[tuple[Section, tuple[Run, ...]]]:
    """Cut a document into its sections but the title, with what is marked in each."""
    hits = find_terms(document.text, terms)
    sections = [one for one in document.sections if one.kind is not SectionKind.TITLE]
    bodies = [_body(document, section) for section in sections]
    cut = [cut_runs(document.text, body, terms=hits, sources=sources) for body in bodies]
    return list(zip(sections, anchor(cut), strict=True))


def _cut(
    facts: CardFacts, texts: CardTexts, terms: tuple[str, ...]
) -> tuple[tuple[Run, ...], tuple[Paragraph, ...]]:
    document = texts.abstract
    if document is None:
        plain = Run(pieces=(Piece(facts.record.abstract),))
        return (Run(pieces=(Piece(facts.record.title),)),), (Paragraph(heading="", runs=(plain,)),)
    hits = find_terms(document.text, terms)
    mesh = find_terms(document.text, list_mesh_terms(facts.mesh))
    bodies = [_body(document, section) for section in document.sections]
    cut = anchor(
        cut_runs(document.text, body, terms=hits, mesh=mesh, sources=_list_sources(texts))
        for body in bodies
    )
    parts = list(zip(document.sections, cut, strict=True))
    titles = (runs for section, runs in parts if section.kind is SectionKind.TITLE)
    return next(titles, ()), tuple(
        Paragraph(heading=section.title, runs=runs)
        for section, runs in parts
        if section.kind is not SectionKind.TITLE
    )


def _body(document: Document, section: Section) -> Span:
    """Return a section's span without its own heading, which is shown as one."""
    heading = section.title + (": " if document.kind is DocumentKind.ABSTRACT else "\n")
    begins = bool(section.title) and document.text.startswith(heading, section.span.start)
    start = section.span.start + (len(heading) if begins else 0)
    return Span(min(start, section.span.end), section.span.end)


def _list_sources(texts: CardTexts) -> list[tuple[int, Span]]:
    """Return where the shown summary's sentences come from, if the text is still that one."""
    reading = texts.readings.get(DocumentKind.ABSTRACT)
    summary = reading.shown_summary if reading and reading.stored.is_current else None
    sentences = summary.sentences if summary else ()
    return [(one.position, one.source) for one in sentences if one.source is not None]


def _list_terms(conn: Connection, facts: CardFacts, work: Work | None) -> tuple[str, ...]:
    names = [work.topic] if work else [one.topic for one in facts.found_for]
    terms: dict[str, None] = {}
    for name in names:
        rules = work.rules if work else get_protocol(conn, name).rules
        terms |= dict.fromkeys(read_terms(get_topic(conn, name).strategy.query))
        terms |= dict.fromkeys(rules.highlighted_terms)
    return tuple(terms)


def _list_numbers(texts: CardTexts) -> tuple[list[int], list[int]]:
    readings = texts.readings.values()
    summaries: list[CardSummary] = [one for reading in readings for one in reading.summaries]
    findings = [one for reading in readings for one in reading.findings]
    return [one.summary_id for one in summaries], [one.finding_id for one in findings]


def _seal(visit: Visit, work: Work, texts: CardTexts) -> str:
    kind = DocumentKind.ABSTRACT if work.stage is Stage.TITLE_ABSTRACT else DocumentKind.FULL_TEXT
    shown = [one for one in texts.readings.values() if one.summaries or one.findings]
    reading = texts.readings.get(kind)
    return make_seal(
        visit,
        Shown(
            topic=work.topic,
            stage=work.stage,
            record_id=texts.record_id,
            record_version=texts.record_version,
            has_machine_text=True if shown else _may_have_seen(work),
            reading_id=reading.reading_id if reading in shown and reading else None,
        ),
    )


def _may_have_seen(work: Work) -> bool | None:
    """Return False where no machine's text was shown, None where one may have been before.

    After a decision the text was open to the person, also when they took it back since.
    """
    return None if work.mine is not None and work.decided is None else False


def _words(ref_type: str) -> str:
    """Return PubMed's RefType in words: RetractionIn is "retraction in"."""
    return "".join(f" {one.lower()}" if one.isupper() else one for one in ref_type).strip()
