"""How topics are screened: every version of the rules, of which the last one counts.

Rules are never changed: new ones are a new version, with its author and reason. A topic for
which nobody set any has version 0, the defaults. What the rules ask of a decision is
``db.screening``'s to see to.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, exists, select

from db.decision_rows import plain_text
from db.screened import mark_topic
from db.tables import screening_protocols
from db.topics import get_topic
from db.views.expressions import flag
from db.writing import add_row
from litsweep.domain.screening import MOST_REVIEWERS, ScreeningProtocol, ScreeningRules
from litsweep.errors import UsageError

LONGEST_WORDS: Final = 200
"""Letters of a reason, a label or a term: they stand on buttons and in lists."""
MOST_WORDS: Final = 100
"""Reasons, labels or terms of a topic: nobody chooses from a longer list."""


def get_protocol(conn: Connection, topic: str) -> ScreeningProtocol:
    """Return the rules that count now.

    Raises:
        UnknownTopic: no topic has this name.
    """
    row = conn.execute(_NEWEST, {"topic_id": get_topic(conn, topic).topic_id}).first()
    return ScreeningProtocol(topic=topic) if row is None else _build(topic, row)


def list_protocols(conn: Connection, topic: str) -> list[ScreeningProtocol]:
    """Return every version that was set, the newest first; none where nobody set any.

    Raises:
        UnknownTopic: no topic has this name.
    """
    topic_id = get_topic(conn, topic).topic_id
    newest = screening_protocols.c.version.desc()
    statement = select(screening_protocols).where(screening_protocols.c.topic_id == topic_id)
    return [_build(topic, row) for row in conn.execute(statement.order_by(newest))]


def set_protocol(
    conn: Connection,
    topic: str,
    rules: ScreeningRules,
    *,
    author: str,
    reason: str,
    now: datetime,
) -> ScreeningProtocol:
    """Make ``rules`` the topic's next version; the rules that it has already add none.

    Where another number of people is asked for, the queue's marks of the topic follow at once.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: nobody is named, no reason is given, a word is empty, too long or there
            twice, or the number of people is none that a record can wait for.
    """
    if not author.strip() or not reason.strip():
        raise UsageError("Who sets the rules of screening, and why? Give a name and a reason.")
    rules = check_rules(rules)
    former = get_protocol(conn, topic)
    if former.rules == rules:
        return former
    topic_id = get_topic(conn, topic).topic_id
    add_row(
        conn,
        screening_protocols,
        topic_id=topic_id,
        version=former.version + 1,
        exclusion_reasons=list(rules.exclusion_reasons),
        labels=list(rules.labels),
        n_reviewers=rules.n_reviewers,
        is_blinded=rules.is_blinded,
        is_judge_first=rules.is_judge_first,
        highlighted_terms=list(rules.highlighted_terms),
        author=" ".join(plain_text(author).split()),
        reason=plain_text(reason).strip(),
        created_at=now,
    )
    if former.rules.n_reviewers != rules.n_reviewers:
        mark_topic(conn, topic_id)
    return get_protocol(conn, topic)


def check_rules(rules: ScreeningRules) -> ScreeningRules:
    """Return the rules as they are stored: words without blanks around them.

    Raises:
        UsageError: as `set_protocol`.
    """
    if not 1 <= rules.n_reviewers <= MOST_REVIEWERS:
        raise UsageError(f"1 to {MOST_REVIEWERS} people can be asked for, not {rules.n_reviewers}.")
    return replace(
        rules,
        exclusion_reasons=_check_words(rules.exclusion_reasons, "reason to exclude"),
        labels=_check_words(rules.labels, "label"),
        highlighted_terms=_check_words(rules.highlighted_terms, "term to highlight"),
    )


def is_blinded(topic_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that the rules of a topic that count now are blinded."""
    return _has_rule("is_blinded", topic_id)


def is_judged_first(topic_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a topic's rules show a machine's text after the decision."""
    return _has_rule("is_judge_first", topic_id)


def _has_rule(name: str, topic_id: ColumnElement[int]) -> ColumnElement[bool]:
    protocol = screening_protocols.alias("protocol")
    newer = screening_protocols.alias("newer_protocol")
    is_newer = exists().where(
        newer.c.topic_id == protocol.c.topic_id, newer.c.version > protocol.c.version
    )
    return exists().where(protocol.c.topic_id == topic_id, flag(protocol, name), ~is_newer)


def _check_words(words: tuple[str, ...], what: str) -> tuple[str, ...]:
    cleaned = tuple(" ".join(plain_text(one).split()) for one in words)
    known: set[str] = set()
    for one in cleaned:
        if not one:
            raise UsageError(f"A {what} is empty: leave it out.")
        if len(one) > LONGEST_WORDS:
            raise UsageError(f"A {what} has at most {LONGEST_WORDS} letters: {one[:40]!r}…")
        if one.casefold() in known:
            raise UsageError(f"The {what} {one!r} is there twice.")
        known.add(one.casefold())
    if len(cleaned) > MOST_WORDS:
        raise UsageError(f"{len(cleaned)} times a {what} is too many: at most {MOST_WORDS}.")
    return cleaned


def _build(topic: str, row: Row[Any]) -> ScreeningProtocol:
    rules = ScreeningRules(
        exclusion_reasons=tuple(row.exclusion_reasons),
        labels=tuple(row.labels),
        n_reviewers=row.n_reviewers,
        is_blinded=row.is_blinded,
        is_judge_first=row.is_judge_first,
        highlighted_terms=tuple(row.highlighted_terms),
    )
    return ScreeningProtocol(
        topic=topic,
        version=row.version,
        rules=rules,
        author=row.author,
        reason=row.reason,
        created_at=row.created_at,
    )


_NEWEST: Final = (
    select(screening_protocols)
    .where(screening_protocols.c.topic_id == bindparam("topic_id"))
    .order_by(screening_protocols.c.version.desc())
    .limit(1)
)
