"""Records: all that is known of one, every machine text beside its source; its sections."""

from typing import Final

from db.blinding import hide_blinded
from db.card_texts import load_card_texts
from db.engine import Connection
from db.records import get_record
from db.results import RecordCard, get_card
from litsweep.domain.documents import Document, DocumentKind, SectionKind
from litsweep_app.web.api.alerts import AlertAnswer
from litsweep_app.web.api.answers.decisions import DecisionAnswer
from litsweep_app.web.api.answers.readings import ReadingAnswer, build_reading
from litsweep_app.web.api.answers.records import (
    DuplicateAnswer,
    LinkAnswer,
    RecordAnswer,
    RetrievalAnswer,
    StatusChangeAnswer,
    VersionAnswer,
)
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.values import Answer, Number
from litsweep_app.web.machine_text import is_withheld
from litsweep_app.web.visit import Visit


class CardAnswer(Answer):
    """All that is known of a record.

    `decisions` are those that stand and that you may see. Where `is_machine_text_hidden`, a
    topic asks for your decision first: `readings` are without those of texts that wait for it.
    """

    record: RecordAnswer
    topics: list[str]
    status_changes: list[StatusChangeAnswer]
    open_alerts: list[AlertAnswer]
    links: list[LinkAnswer]
    duplicates: list[DuplicateAnswer]
    retrieval: RetrievalAnswer | None
    versions: list[VersionAnswer]
    decisions: list[DecisionAnswer]
    is_machine_text_hidden: bool
    readings: list[ReadingAnswer]


class SectionAnswer(Answer):
    """A section with the text under its own title; places count in the whole text."""

    kind: SectionKind
    title: str
    depth: int
    start: int
    end: int
    text: str


class TextAnswer(Answer):
    """A text of a record: places of sentences and quotations count in `text`."""

    document_id: int
    kind: DocumentKind
    title: str
    language: str | None
    licence_code: str | None
    text: str
    sections: list[SectionAnswer]


class TextList(Answer):
    """The current texts of a record: its abstract, and its full text where it was retrieved."""

    items: list[TextAnswer]


class PmidAnswer(Answer):
    """Which number a record has here."""

    pmid: int
    record_id: int


def get_record_card(visit: Visit, record_id: Number) -> CardAnswer:
    """All that is known of a record, with every machine text beside its source.

    A machine's text is left out where a topic of the record is judged first, until you decided.
    """
    with visit.database.reading() as conn:
        card = get_card(conn, record_id=record_id)
        return _build_card(conn, visit, card)


def list_record_texts(visit: Visit, record_id: Number) -> TextList:
    """The current abstract and full text of a record, section by section."""
    with visit.database.reading() as conn:
        found = load_card_texts(conn, record_id).documents
    return TextList(items=[_build_text(number, document) for number, document in found.values()])


def find_record_by_pmid(visit: Visit, pmid: Number) -> PmidAnswer:
    """The number that the record with a PMID has here."""
    with visit.database.reading() as conn:
        return PmidAnswer(pmid=pmid, record_id=get_record(conn, pmid).record_id)


def _build_card(conn: Connection, visit: Visit, card: RecordCard) -> CardAnswer:
    number = card.record.record_id
    read = load_card_texts(conn, number).readings
    withheld = {kind for kind in read if is_withheld(conn, visit.me, number, kind)}
    visible = hide_blinded(conn, card.decisions, visit.me.name)
    return CardAnswer(
        record=RecordAnswer.model_validate(card.record),
        topics=list(card.topics),
        status_changes=[StatusChangeAnswer.model_validate(one) for one in card.status_changes],
        open_alerts=[AlertAnswer.model_validate(one) for one in card.open_alerts],
        links=[LinkAnswer.model_validate(one) for one in card.links],
        duplicates=[DuplicateAnswer.model_validate(one) for one in card.duplicates],
        retrieval=RetrievalAnswer.model_validate(card.retrieval) if card.retrieval else None,
        versions=[VersionAnswer.model_validate(one) for one in card.versions],
        decisions=[DecisionAnswer.model_validate(one) for one in visible],
        is_machine_text_hidden=bool(withheld),
        readings=[build_reading(one) for kind, one in read.items() if kind not in withheld],
    )


def _build_text(document_id: int, document: Document) -> TextAnswer:
    return TextAnswer(
        document_id=document_id,
        kind=document.kind,
        title=document.title,
        language=document.language,
        licence_code=document.licence.code,
        text=document.text,
        sections=[
            SectionAnswer(
                kind=one.kind,
                title=one.title,
                depth=one.depth,
                start=one.span.start,
                end=one.span.end,
                text=document.text[one.span.start : one.span.end],
            )
            for one in document.sections
        ],
    )


ENDPOINTS: Final = (
    Endpoint(method="GET", path="/records/{record_id}", handler=get_record_card, errors=(404,)),
    Endpoint(
        method="GET", path="/records/{record_id}/texts", handler=list_record_texts, errors=(404,)
    ),
    Endpoint(method="GET", path="/pmids/{pmid}", handler=find_record_by_pmid, errors=(404,)),
)
