"""What waits for a person's own judgement, and what one who is blinded is counted."""

from sqlalchemy import select

from db.agreement import measure_agreement
from db.decisions import add_decision
from db.engine import Database
from db.judged_first import FirstJudge, list_unjudged
from db.prisma_flow import count_flow
from db.screening_protocols import set_protocol
from db.tables import records
from litsweep.domain.decisions import Decision, DecisionOrigin, NewDecision, Stage
from litsweep.domain.documents import DocumentKind
from litsweep.domain.screening import ScreeningRules
from tests.fakes.filled_database import NOW, TOPIC, fill


def test_a_text_waits_for_the_decision_of_its_stage(database: Database) -> None:
    fill(database)
    with database.writing() as conn:
        first, second, third = conn.scalars(select(records.c.record_id).limit(3)).all()
        numbers = [first, second, third]
        abstract, full_text = DocumentKind.ABSTRACT, DocumentKind.FULL_TEXT
        eager = FirstJudge(reviewer="Ben", in_every_topic=True)
        assert list_unjudged(conn, numbers, abstract, FirstJudge(reviewer="Ben")) == set()
        assert list_unjudged(conn, numbers, abstract, eager) == set(numbers)
        rules = ScreeningRules(n_reviewers=2, is_blinded=True, is_judge_first=True)
        set_protocol(conn, TOPIC, rules, author="L", reason="fresh eyes", now=NOW)
        for number, decision in ((first, Decision.INCLUDE), (second, Decision.EXCLUDE)):
            new = NewDecision(
                record_id=number,
                stage=Stage.TITLE_ABSTRACT,
                decision=decision,
                reviewer="Ben",
                decided_at=NOW,
            )
            add_decision(
                conn,
                TOPIC,
                new,
                origin=DecisionOrigin.DESK,
                tool_version="litsweep 0",
                expected_id=None,
            )
        assert list_unjudged(conn, numbers, abstract, FirstJudge(reviewer="Ben")) == {third}
        assert list_unjudged(conn, numbers, full_text, FirstJudge(reviewer="Ben")) == {first, third}
        assert list_unjudged(conn, numbers, abstract, FirstJudge(reviewer="Ada")) == set(numbers)
        assert count_flow(conn, TOPIC, viewer="Ben").screened.n_partly == 2
        assert count_flow(conn, TOPIC, viewer="Ada").screened.n_partly == 0
        assert measure_agreement(conn, TOPIC, Stage.TITLE_ABSTRACT, viewer="Ada") == []
