"""What the checks found in what a machine wrote, and what people say of it."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from db.tables.columns import column, key, metadata, parent
from db.types import MachineText, Time, state
from litsweep.domain.judgements import Fault, Judgement
from litsweep.domain.readings import FindingState, Verdict


def _judged() -> tuple[Any, ...]:
    """What judgements of sentences and of data items have in common."""
    return (
        column("judgement", state(Judgement, "judgement"), comment="Right, wrong, withdrawn."),
        column("fault", state(Fault, "fault"), nullable=True, comment="What is wrong; or null."),
        column("note", Text, nullable=True, comment="What the person remarked."),
        column("reviewer", Text, comment="Who judged."),
        column("judged_at", Time, comment="When."),
        column(
            "supersedes_id",
            Integer,
            nullable=True,
            comment="The same person's judgement in place of which it stands; null: the first.",
        ),
        column("is_standing", Boolean, comment="Whether no newer one of that person replaces it."),
        column(
            "is_audit",
            Boolean,
            server_default=text("false"),
            comment="Whether chance chose what was judged, so that its rate speaks for the rest.",
        ),
        column("tool_version", Text, comment="Version of litsweep."),
        CheckConstraint("(judgement = 'wrong') = (fault IS NOT NULL)", name="wrong"),
        CheckConstraint("judgement <> 'withdrawn' OR supersedes_id IS NOT NULL", name="withdrawn"),
        CheckConstraint("length(reviewer) > 0", name="reviewer"),
    )


checks = Table(
    "checks",
    metadata,
    key("check_id", "Number of the check."),
    parent("summary_id", "summaries.summary_id", "The summary tested, or null.", nullable=True),
    parent("finding_id", "findings.finding_id", "The finding tested, or null.", nullable=True),
    column("position", Integer, comment="Order within what was tested, 0 the first."),
    column("name", Text, comment="The test: numbers, support, length, …"),
    column("verdict", state(Verdict, "verdict"), comment="Pass, or flag for a person's look."),
    column("detail", MachineText, comment="What was found, in words."),
    column("sentence_position", Integer, nullable=True, comment="The sentence; null: the whole."),
    UniqueConstraint("summary_id", "position"),
    UniqueConstraint("finding_id", "position"),
    CheckConstraint("(summary_id IS NULL) <> (finding_id IS NULL)", name="tested"),
    comment="Faithfulness tests of machine text against its source.",
)

sentence_judgements = Table(
    "sentence_judgements",
    metadata,
    key("sentence_judgement_id", "Number of the judgement."),
    column("summary_id", Integer, comment="The summary."),
    column("position", Integer, comment="Place of the sentence in it, 0 the first."),
    *_judged(),
    UniqueConstraint(
        *("sentence_judgement_id", "summary_id", "position", "reviewer"),
        name="uq_sentence_judgements_judged",
    ),
    ForeignKeyConstraint(
        ["summary_id", "position"],
        ["summary_sentences.summary_id", "summary_sentences.position"],
        name="fk_sentence_judgements_sentence",
    ),
    # Only a judgement of the same person, of the same sentence, is replaced.
    ForeignKeyConstraint(
        ["supersedes_id", "summary_id", "position", "reviewer"],
        [
            f"sentence_judgements.{name}"
            for name in ("sentence_judgement_id", "summary_id", "position", "reviewer")
        ],
        name="fk_sentence_judgements_supersedes_id",
    ),
    CheckConstraint("supersedes_id <> sentence_judgement_id", name="supersedes"),
    Index(
        "uq_sentence_judgements_standing",
        "summary_id",
        "position",
        "reviewer",
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_sentence_judgements_supersedes_id", "supersedes_id", unique=True),
    comment="What people say of the sentences of summaries, append-only.",
)

finding_judgements = Table(
    "finding_judgements",
    metadata,
    key("finding_judgement_id", "Number of the judgement."),
    parent("finding_id", "findings.finding_id", "The data item."),
    *_judged(),
    column(
        "corrected_state",
        state(FindingState, "corrected_state"),
        nullable=True,
        comment="What it should be: found, not reported, not found; null: not corrected.",
    ),
    column("corrected_value", Text, nullable=True, comment="The value that is right, or null."),
    column("corrected_quote", Text, nullable=True, comment="The passage that says so, or null."),
    column("corrected_start", Integer, nullable=True, comment="Where that passage begins."),
    column("corrected_end", Integer, nullable=True, comment="Where it ends."),
    UniqueConstraint(
        "finding_judgement_id", "finding_id", "reviewer", name="uq_finding_judgements_judged"
    ),
    ForeignKeyConstraint(
        ["supersedes_id", "finding_id", "reviewer"],
        [
            f"finding_judgements.{name}"
            for name in ("finding_judgement_id", "finding_id", "reviewer")
        ],
        name="fk_finding_judgements_supersedes_id",
    ),
    CheckConstraint("supersedes_id <> finding_judgement_id", name="supersedes"),
    CheckConstraint("corrected_state IS NULL OR judgement = 'wrong'", name="corrected"),
    CheckConstraint(
        "corrected_state IS NOT NULL OR (corrected_value IS NULL AND corrected_quote IS NULL)",
        name="corrected_value",
    ),
    CheckConstraint("(corrected_start IS NULL) = (corrected_end IS NULL)", name="source"),
    CheckConstraint("0 <= corrected_start AND corrected_start <= corrected_end", name="span"),
    Index(
        "uq_finding_judgements_standing",
        "finding_id",
        "reviewer",
        unique=True,
        sqlite_where=text("is_standing"),
        postgresql_where=text("is_standing"),
    ),
    Index("uq_finding_judgements_supersedes_id", "supersedes_id", unique=True),
    comment="What people say of the data items of analyses: append-only.",
)
