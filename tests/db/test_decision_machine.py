"""Whatever people do, in whatever order, the tables say what a plain model of it says."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from db.decisions import list_decisions, undo_decision
from db.engine import Database
from db.records import get_record
from db.screening_progress import count_decisions, list_conflicts
from db.tables import screening_decisions
from litsweep.domain.decisions import Decision, DecisionOrigin, Stage
from litsweep.domain.records import FetchedRecord
from litsweep.errors import DecisionConflict, UsageError
from tests.fakes.screened_topic import LATER, TOPIC, decide, fill_topic

PMIDS = (1, 2, 3)
Key = tuple[int, str, Stage]
Step = tuple[int, Decision, str | None]
"""Number, decision and note of a row."""


class Screening(RuleBasedStateMachine):
    """Two people at three records; the model is a list of steps for each of them and record."""

    conn: Connection

    def __init__(self) -> None:
        """Begin with nothing decided; what was done is undone at the end."""
        super().__init__()
        self.nested = self.conn.begin_nested()
        self.steps: dict[Key, list[Step]] = {}
        self.before: dict[int, Step | None] = {}

    def teardown(self) -> None:
        """Leave the database as it was."""
        self.nested.rollback()

    def stands(self, key: Key) -> Step | None:
        steps = self.steps.get(key)
        return steps[-1] if steps else None

    def note(self, key: Key, number: int, decision: Decision, note: str | None) -> None:
        self.before[number] = self.stands(key)
        self.steps.setdefault(key, []).append((number, decision, note))

    @rule(
        pmid=st.sampled_from(PMIDS),
        person=st.sampled_from(["Ada", "Ben"]),
        stage=st.sampled_from(Stage),
        decision=st.sampled_from(Decision),
        note=st.sampled_from([None, "a"]),
        seen=st.sampled_from(["any", "right", "wrong"]),
    )
    def decide(
        self,
        pmid: int,
        person: str,
        stage: Stage,
        decision: Decision,
        note: str | None,
        seen: str,
    ) -> None:
        """Decide, having looked or not."""
        key = (pmid, person, stage)
        now = self.stands(key)
        expected: dict[str, int | None] = {}
        if seen != "any":
            expected = {"expected_id": (now[0] if now else None) if seen == "right" else 10**9}
        try:
            number = decide(
                self.conn, pmid, decision, person, stage=stage, note=note, expected=expected
            )
        except DecisionConflict:
            assert seen == "wrong"
            assert now is None or now[1:] != (decision, note)
        except UsageError:
            assert now is None
            assert decision is Decision.WITHDRAWN
        else:
            if now is not None and now[1:] == (decision, note):
                assert number == now[0]
            else:
                assert seen != "wrong"
                self.note(key, number, decision, note)

    @precondition(lambda self: self.before)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Take back any decision that was ever made."""
        number = data.draw(st.sampled_from(sorted(self.before)))
        key, undone = next(
            (key, step) for key, steps in self.steps.items() for step in steps if step[0] == number
        )
        now = self.stands(key)
        assert now is not None
        try:
            made = undo_decision(
                self.conn,
                number,
                by=key[1],
                origin=DecisionOrigin.DESK,
                tool_version="litsweep 0",
                now=LATER,
            )
        except DecisionConflict:
            assert now[1:] != undone[1:]
        else:
            assert now[1:] == undone[1:]
            before = self.before[number]
            self.note(key, made, *(before[1:] if before else (Decision.WITHDRAWN, None)))

    @invariant()
    def every_step_is_a_row_and_the_last_one_stands(self) -> None:
        """Compare all rows, their chain and what stands."""
        decided = screening_decisions.c
        rows = {
            row.screening_decision_id: row
            for row in self.conn.execute(select(screening_decisions).order_by(decided.record_id))
        }
        assert len(rows) == sum(map(len, self.steps.values()))
        for key, steps in self.steps.items():
            former = None
            for number, decision, note in steps:
                row = rows[number]
                assert (row.decision, row.note, row.reviewer) == (decision, note, key[1])
                assert (row.supersedes_id, row.stage) == (former, key[2])
                assert row.is_standing == (number == steps[-1][0])
                former = number
        standing = {one.screening_decision_id for one in list_decisions(self.conn, topic=TOPIC)}
        assert standing == {
            steps[-1][0] for steps in self.steps.values() if steps[-1][1] is not Decision.WITHDRAWN
        }

    @rule()
    def count(self) -> None:
        """Compare the progress and the conflicts."""
        said: dict[tuple[int, Stage], set[Decision]] = {}
        for (pmid, _, stage), steps in self.steps.items():
            if steps[-1][1] is not Decision.WITHDRAWN:
                said.setdefault((pmid, stage), set()).add(steps[-1][1])
        outcomes = {key: _judge(decisions) for key, decisions in said.items()}
        for one in count_decisions(self.conn, TOPIC):
            wanted = Counter(out for (_, stage), out in outcomes.items() if stage is one.stage)
            found = (one.n_included, one.n_excluded, one.n_conflicts, one.n_unsure)
            names = ("included", "excluded", "conflict", "unsure")
            assert found == tuple(wanted[name] for name in names)
            waiting = {
                pmid
                for pmid in PMIDS
                if (pmid, one.stage) not in outcomes
                and (
                    one.stage is Stage.TITLE_ABSTRACT
                    or outcomes.get((pmid, Stage.TITLE_ABSTRACT)) == "included"
                )
            }
            assert (one.n_waiting, one.n_records) == (len(waiting), sum(found) + len(waiting))
        conflicts = {(one.pmid, one.stage) for one in list_conflicts(self.conn, topic=TOPIC)}
        assert conflicts == {key for key, out in outcomes.items() if out == "conflict"}


def _judge(decisions: set[Decision]) -> str:
    if {Decision.INCLUDE, Decision.EXCLUDE} <= decisions:
        return "conflict"
    if Decision.INCLUDE in decisions:
        return "included"
    return "excluded" if Decision.EXCLUDE in decisions else "unsure"


def test_the_tables_say_what_the_model_says(
    database: Database,
    start_run: Callable[..., int],
    make_record: Callable[..., FetchedRecord],
) -> None:
    fill_topic(database, start_run, make_record, pmids=PMIDS)
    with database.writing() as conn:
        assert get_record(conn, 1).pmid == 1
        machine: Any = type("Here", (Screening,), {"conn": conn})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15, stateful_step_count=20, deadline=None, derandomize=True
            ),
        )
