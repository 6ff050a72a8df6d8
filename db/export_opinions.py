"""What people say of machine texts that leave in an export: objections and corrections.

In a number of queries that does not grow with the records; judging is ``db.judgements``'s.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, select

from db.judgement_rows import stands
from db.judgements import build_finding_judgement, choose_correction
from db.tables import analyses, finding_judgements, findings, sentence_judgements, summaries
from litsweep.domain.judgements import FindingJudgement, Judgement
from litsweep.exports.entries import EntryCorrection


def load_objections(conn: Connection, is_wanted: ColumnElement[bool]) -> dict[int, list[str]]:
    """Return by summary which sentences people found wrong, in words, in their order.

    ``is_wanted`` is a condition on ``summaries``.
    """
    judged = sentence_judgements.c
    statement = (
        select(judged.summary_id, judged.position, judged.fault, judged.reviewer)
        .join(summaries, summaries.c.summary_id == judged.summary_id)
        .where(is_wanted, stands(sentence_judgements), judged.judgement == Judgement.WRONG)
        .order_by(judged.summary_id, judged.position, judged.sentence_judgement_id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in conn.execute(statement):
        fault = row.fault.replace("_", " ")
        found[row.summary_id].append(
            f"sentence {row.position + 1} found wrong by {row.reviewer} ({fault})"
        )
    return found


def load_finding_opinions(
    conn: Connection, is_wanted: ColumnElement[bool]
) -> dict[int, list[FindingJudgement]]:
    """Return by data item the judgements that stand, the oldest first, none withdrawn.

    ``is_wanted`` is a condition on ``analyses``.
    """
    judged = finding_judgements.c
    statement = (
        select(finding_judgements)
        .join(findings, findings.c.finding_id == judged.finding_id)
        .join(analyses, analyses.c.analysis_id == findings.c.analysis_id)
        .where(is_wanted, stands(finding_judgements), judged.judgement != Judgement.WITHDRAWN)
        .order_by(judged.finding_judgement_id)
    )
    found: dict[int, list[FindingJudgement]] = defaultdict(list)
    for row in conn.execute(statement):
        found[row.finding_id].append(build_finding_judgement(row))
    return found


def describe_judgement(judged: FindingJudgement) -> str:
    """Return a judgement in words: ``wrong (reversed) by Ada, 2026-11-22``."""
    fault = f" ({judged.fault.replace('_', ' ')})" if judged.fault else ""
    return f"{judged.judgement}{fault} by {judged.reviewer}, {judged.judged_at:%Y-%m-%d}"


def build_correction(judged: Sequence[FindingJudgement]) -> EntryCorrection | None:
    """Return the correction that holds, or None."""
    chosen = choose_correction(judged)
    if chosen is None or chosen.corrected_state is None:
        return None
    return EntryCorrection(
        state=chosen.corrected_state,
        value=chosen.corrected_value,
        quote=chosen.corrected_quote,
        reviewer=chosen.reviewer,
        corrected_at=chosen.judged_at,
        note=chosen.note,
    )
