"""What people say of machine sentences and data items: right, wrong, and what is right.

Append-only, with the rules of ``db.decisions``: one judgement of a person stands, a newer one
replaces it and the former stays as a row; people may disagree. What the machine wrote is never
changed: a correction stands beside it. How often machines were wrong is ``db.error_rates``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, select

from db.decisions import ANY, Expected
from db.documents import load_documents
from db.judgement_rows import clean, stands, store_judgement
from db.tables import (
    analyses,
    finding_judgements,
    findings,
    readings,
    sentence_judgements,
    summary_sentences,
)
from db.writing import batches
from litsweep.domain.documents import Span
from litsweep.domain.judgements import (
    Correction,
    FindingJudgement,
    Judgement,
    Opinion,
    SentenceJudgement,
)
from litsweep.errors import UnknownRecord, UsageError
from litsweep.reading.passages import find_passage


def judge_sentence(
    conn: Connection,
    summary_id: int,
    position: int,
    opinion: Opinion,
    *,
    reviewer: str,
    now: datetime,
    tool_version: str,
    expected_id: int | Literal[Expected.ANY] | None = ANY,
    is_audit: bool = False,
) -> int:
    """Store what a person says of a sentence of a summary; return the judgement's number.

    ``expected_id`` is the number of the person's judgement that was before their eyes, None
    for none; ``is_audit`` tells that chance chose the sentence.

    Raises:
        UnknownRecord: there is no such sentence.
        UsageError: a sentence is to be corrected, or a judgement withdrawn that is not there.
        DecisionConflict: what stands is not what was expected; nothing was stored.
    """
    if opinion.correction is not None:
        raise UsageError("A sentence is not corrected: it is right or wrong. Write a note.")
    _require_sentence(conn, summary_id, position)
    return store_judgement(
        conn,
        sentence_judgements,
        {"summary_id": summary_id, "position": position},
        _said(opinion),
        reviewer=reviewer,
        now=now,
        tool_version=tool_version,
        expected_id=expected_id,
        is_audit=is_audit,
    )


def judge_finding(
    conn: Connection,
    finding_id: int,
    opinion: Opinion,
    *,
    reviewer: str,
    now: datetime,
    tool_version: str,
    expected_id: int | Literal[Expected.ANY] | None = ANY,
    is_audit: bool = False,
) -> int:
    """Store what a person says of a data item, with their correction; return its number.

    A corrected passage is looked for in the text that the machine read, white space aside, and
    stored as it stands there, with its place.

    Raises:
        UnknownRecord: there is no such data item.
        UsageError: the passage is not in the text; or a judgement is withdrawn that is not there.
        DecisionConflict: what stands is not what was expected; nothing was stored.
    """
    statement = (
        select(readings.c.document_id)
        .join(analyses, analyses.c.reading_id == readings.c.reading_id)
        .join(findings, findings.c.analysis_id == analyses.c.analysis_id)
        .where(findings.c.finding_id == finding_id)
    )
    document_id = conn.scalar(statement)
    if document_id is None:
        raise UnknownRecord(f"There is no data item {finding_id}.")
    return store_judgement(
        conn,
        finding_judgements,
        {"finding_id": finding_id},
        _said(opinion) | _corrected(conn, document_id, opinion.correction),
        reviewer=reviewer,
        now=now,
        tool_version=tool_version,
        expected_id=expected_id,
        is_audit=is_audit,
    )


def list_sentence_judgements(
    conn: Connection, summary_ids: Sequence[int]
) -> list[SentenceJudgement]:
    """Return the judgements of these summaries that stand, the oldest first, none withdrawn."""
    return [
        SentenceJudgement(**_fields(row))
        for batch in batches(sorted(set(summary_ids)))
        for row in conn.execute(_OF_SENTENCES, {"numbers": batch})
    ]


def list_finding_judgements(conn: Connection, finding_ids: Sequence[int]) -> list[FindingJudgement]:
    """Return the judgements of these data items that stand, the oldest first, none withdrawn."""
    judged = finding_judgements.c
    return [
        build_finding_judgement(row)
        for batch in batches(sorted(set(finding_ids)))
        for row in conn.execute(
            select(finding_judgements)
            .where(
                judged.finding_id.in_(batch),
                stands(finding_judgements),
                judged.judgement != Judgement.WITHDRAWN,
            )
            .order_by(judged.finding_judgement_id)
        )
    ]


def choose_correction(judgements: Sequence[FindingJudgement]) -> FindingJudgement | None:
    """Return the one among a data item's judgements that corrects it, or None.

    Where several people correct, the newest holds, whoever made it: a later person had the
    earlier correction before their eyes, and no role makes a passage truer. All stay visible.
    """
    corrected = [one for one in judgements if one.corrected_state is not None]
    return max(corrected, key=lambda one: one.finding_judgement_id, default=None)


def build_finding_judgement(row: Row[Any]) -> FindingJudgement:
    """Build a judgement of a whole row of ``finding_judgements``."""
    fields = _fields(row)
    start, end = fields.pop("corrected_start"), fields.pop("corrected_end")
    return FindingJudgement(**fields, corrected_source=None if start is None else Span(start, end))


def _said(opinion: Opinion) -> dict[str, Any]:
    return {
        "judgement": opinion.judgement,
        "fault": opinion.fault,
        "note": clean(opinion.note),
    }


def _corrected(conn: Connection, document_id: int, correction: Correction | None) -> dict[str, Any]:
    if correction is None:
        return {}
    quote = clean(correction.quote)
    text = load_documents(conn, [document_id])[0][1].text if quote else ""
    place = find_passage(text, quote) if quote else None
    if quote and place is None:
        raise UsageError(
            "This passage is not in the text that was read: “"
            f"{quote[:80]}{'…' if len(quote) > 80 else ''}”. Copy it from the text word for word, "
            "or leave it empty and say in a note where the value comes from."
        )
    return {
        "corrected_state": correction.state,
        "corrected_value": clean(correction.value),
        "corrected_quote": text[place.start : place.end] if place else None,
        "corrected_start": place.start if place else None,
        "corrected_end": place.end if place else None,
    }


def _require_sentence(conn: Connection, summary_id: int, position: int) -> None:
    statement = select(summary_sentences.c.summary_id).where(
        summary_sentences.c.summary_id == summary_id, summary_sentences.c.position == position
    )
    if conn.execute(statement).first() is None:
        raise UnknownRecord(f"There is no sentence {position + 1} in a summary {summary_id}.")


def _fields(row: Row[Any]) -> dict[str, Any]:
    fields = dict(row._mapping)
    del fields["is_standing"], fields["tool_version"]
    return fields


# Built once: each card asks it, and building it takes longer than asking.
_OF_SENTENCES: Final = (
    select(sentence_judgements)
    .where(
        sentence_judgements.c.summary_id.in_(bindparam("numbers", expanding=True)),
        stands(sentence_judgements),
        sentence_judgements.c.judgement != Judgement.WITHDRAWN,
    )
    .order_by(sentence_judgements.c.sentence_judgement_id)
)
