"""What waits is listed, sent and tried by ``litsweep notify``; held queries are decided upon."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from db import holds, topics
from db.engine import Database, open_database
from db.holds import Comparison
from db.runs import get_run
from db.tables import (
    alerts,
    notification_items,
    publication_status_changes,
    records,
    search_strategies,
)
from litsweep.domain.holds import CountComparison, QueryCount
from litsweep.domain.publication_status import PublicationStatus
from tests.cli.conftest import NOW, Litsweep
from tests.fakes.mail_catcher import MailCatcher, catching_mail

ADDRESS = "ada@example.org"
PASSWORD = "a-secret-password"


@pytest.fixture
def database(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    # Whole: what sends keeps a database open by its address, across the tests of a process.
    url = f"sqlite:///{filled / 'litsweep.db'}"
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailCatcher]:
    with catching_mail() as catcher:
        monkeypatch.setenv("LITSWEEP_MAIL_TO", ADDRESS)
        monkeypatch.setenv("LITSWEEP_MAIL_FROM", "litsweep@example.com")
        monkeypatch.setenv("LITSWEEP_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("LITSWEEP_SMTP_PORT", str(catcher.port))
        monkeypatch.setenv("LITSWEEP_SMTP_SECURITY", "none")
        yield catcher


def retract_everything(database: Database) -> int:
    with database.writing() as conn:
        numbers = conn.scalars(select(records.c.record_id)).all()
        for number in numbers:
            change = conn.execute(
                insert(publication_status_changes).values(
                    record_id=number,
                    old_status=PublicationStatus.AS_PUBLISHED,
                    new_status=PublicationStatus.RETRACTED,
                    reasons=["Invented says so."],
                    is_first=False,
                    search_run_id=1,
                    changed_at=NOW,
                )
            ).inserted_primary_key
            assert change is not None
            conn.execute(
                insert(alerts).values(publication_status_change_id=change[0], raised_at=NOW)
            )
    return len(numbers)


def test_a_database_full_of_alerts_is_told_in_one_message(
    database: Database, mail: MailCatcher, litsweep: Litsweep
) -> None:
    n_alerts = retract_everything(database)
    done = litsweep("notify")
    assert done.code == 0, done.said
    subjects = [str(message["Subject"]) for message in mail.messages]
    assert subjects[0] == f"litsweep: {n_alerts} records retracted, doubted or deleted"
    assert len([one for one in subjects if "retracted" in one]) == 1
    assert mail.messages[0].get_content().count("Invented says so.") == n_alerts
    with database.reading() as conn:
        keys = set(conn.scalars(select(notification_items.c.item_key)))
    assert {f"alert:{number}" for number in range(1, n_alerts + 1)} <= keys
    assert litsweep("notify").code == 0
    assert len(mail.messages) == len(subjects), "nothing is told again"


def test_what_could_not_be_sent_is_listed_and_sent_later(
    database: Database, mail: MailCatcher, litsweep: Litsweep
) -> None:
    retract_everything(database)
    mail.refusal = "451 come back later"
    done = litsweep("notify")
    assert done.code == 1
    assert "451" in done.said
    assert ADDRESS not in done.said
    listed = litsweep("notify", "--dry-run", "--json")
    waiting = json.loads(listed.out)
    assert {one["attempts"] for one in waiting} == {1}
    mail.refusal = None
    assert mail.messages == []
    assert litsweep("notify").code == 0
    assert len(mail.messages) == len(waiting)
    assert "Nothing waits." in litsweep("notify", "--dry-run").said


def test_a_test_says_of_each_channel_what_happened(
    database: Database, mail: MailCatcher, litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = litsweep("notify", "--test")
    assert (done.code, len(mail.messages)) == (0, 1)
    assert "e-mail to address 1 of mail_to: it took the test message" in done.out
    mail.refusal = "550 no"
    done = litsweep("notify", "--test")
    assert done.code == 1
    assert "refuses the message: 550" in done.out


def test_without_a_channel_it_says_what_to_set(database: Database, litsweep: Litsweep) -> None:
    done = litsweep("notify")
    assert done.code == 1
    assert "Set mail_to, mail_from and smtp_host" in done.said
    assert "nobody is told of failures" in litsweep("doctor").out


def test_the_doctor_tries_the_mail_server_and_shows_no_password(
    database: Database, mail: MailCatcher, litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_SMTP_PASSWORD", PASSWORD)
    done = litsweep("doctor")
    assert f"mail server at 127.0.0.1:{mail.port}: lets us in" in done.out
    assert PASSWORD not in done.said
    assert mail.messages == []
    monkeypatch.setenv("LITSWEEP_SMTP_PORT", "9")
    assert "127.0.0.1:9 cannot be used" in litsweep("doctor").out


@pytest.fixture
def held(database: Database) -> Database:
    """A changed query of the topic ``everything`` that is held."""
    with database.writing() as conn:
        topics.change_query(conn, "everything", query="all[sb] OR x", author="A", reason="r")
        first, second = conn.scalars(
            select(search_strategies.c.search_strategy_id).order_by("search_strategy_id")
        ).all()
        comparison = Comparison(
            run=get_run(conn, 1),
            topic_id=1,
            strategy_id=second,
            former_id=first,
            former_query="all[sb]",
            hold=None,
        )
        counts = CountComparison(
            now=QueryCount(n_records=9000, query_translation="much"),
            before=QueryCount(n_records=42, query_translation="all"),
        )
        holds.open_hold(conn, comparison, counts, reason="it finds more", now=NOW + timedelta(1))
    return database


def test_a_held_query_is_never_silent(held: Database, litsweep: Litsweep) -> None:
    for command in (("runs",), ("digest",), ("doctor",)):
        assert "Not swept before a person decides" in litsweep(*command).said, command
    done = litsweep("topic", "holds")
    assert "hold 1, 2026-11-23: version 2 of the query of everything" in done.out
    assert "9,000 records in all" in done.out
    assert json.loads(litsweep("topic", "holds", "--json").out)[0]["n_before"] == 42


@pytest.mark.parametrize(
    ("verb", "said"),
    [("approve", "was approved of by Ada"), ("refuse", "was refused by Ada")],
)
def test_a_person_decides(held: Database, litsweep: Litsweep, verb: str, said: str) -> None:
    done = litsweep("topic", verb, "everything", "--by", "Ada", "--note", "meant so")
    assert done.code == 0, done.said
    assert said in done.said
    assert "No query waits." in litsweep("topic", "holds").said
    assert f"{said.removeprefix('was ')} on" in litsweep("topic", "holds", "--all").out
    again = litsweep("topic", verb, "everything", "--by", "Ben")
    assert again.code == 2
    assert "No query of everything waits" in again.said
