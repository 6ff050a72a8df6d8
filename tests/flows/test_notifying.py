"""People are told what runs bring, miss and fail at, and asked about queries that find more."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret

from db import holds, notifications, runs, topics
from db.engine import Database
from flows.nightly import nightly
from flows.reading_place import ReadingPlace
from litsweep.domain.strategies import RunStatus
from litsweep.errors import ChannelUnreachable, DeliveryFailed, SettingsError
from litsweep.settings import Settings
from tasks import telling
from tasks.blocks import check_block, list_blocks, send_by_block
from tests.fakes.hook_catcher import HookCatcher, catching_hooks
from tests.fakes.mail_catcher import MailCatcher, catching_mail
from tests.fakes.meddled_ncbi import Question
from tests.fakes.pubmed_files import write_records
from tests.flows.conftest import Serve
from tests.flows.nights import SINCE, add_topic, count, last_run, stored_pmids

pytestmark = pytest.mark.usefixtures("recorded")

TOKEN = "xoxb-a-secret"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_records(tmp_path / "ncbi", range(1001, 1021))
    return tmp_path / "ncbi"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailCatcher]:
    """A mail server that the settings name."""
    with catching_mail() as catcher:
        monkeypatch.setenv("LITSWEEP_MAIL_TO", "ada@example.org")
        monkeypatch.setenv("LITSWEEP_MAIL_FROM", "litsweep@example.com")
        monkeypatch.setenv("LITSWEEP_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("LITSWEEP_SMTP_PORT", str(catcher.port))
        monkeypatch.setenv("LITSWEEP_SMTP_SECURITY", "none")
        monkeypatch.setenv("LITSWEEP_DESK_URL", "http://desk.example.org/")
        yield catcher


def night(*names: str) -> str | None:
    """Sweep over all days without reading; return why the night failed, or None."""
    state = nightly([*names] or None, SINCE, None, ReadingPlace.NOWHERE, return_state=True)
    return None if state.is_completed() else str(state.message)


def subjects(mail: MailCatcher) -> list[str]:
    return [str(message["Subject"]) for message in mail.messages]


def n_waiting(database: Database) -> int:
    with database.reading() as conn:
        return len(notifications.list_waiting(conn))


def test_a_night_tells_what_it_brought_and_one_without_news_that_it_ran(
    database: Database, data: Path, serve: Serve, mail: MailCatcher
) -> None:
    with serve(data):
        assert night() is None
        assert night() is None
    assert subjects(mail) == [
        "litsweep: 20 new, 0 changed, the search succeeded",
        "litsweep: nothing new, the search succeeded",
    ]
    first, second = (message.get_content() for message in mail.messages)
    assert "PMID 1001 https://pubmed.ncbi.nlm.nih.gov/1001/" in first
    assert "National Library of Medicine" in " ".join(first.split())
    assert "http://desk.example.org" in first
    assert "nothing new: the search succeeded" in second


def test_a_mail_server_that_is_away_costs_no_night(
    database: Database,
    data: Path,
    serve: Serve,
    mail: MailCatcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serve(data):
        with monkeypatch.context() as away:
            away.setenv("LITSWEEP_SMTP_PORT", "9")
            assert night() is None
        run = last_run(database)
        assert any("127.0.0.1:9 cannot be used" in warning for warning in run.warnings)
        assert (n_waiting(database), subjects(mail)) == (1, [])
        assert night() is None
    assert n_waiting(database) == 0
    assert len(subjects(mail)) == 2


def test_a_failed_search_is_told_once_and_as_what_it_is(
    database: Database, data: Path, serve: Serve, mail: MailCatcher
) -> None:
    def refuse(question: Question) -> Question | int:
        return 500 if question.tool == "efetch" else question

    with serve(data, meddle=refuse):
        assert night() is not None
    assert subjects(mail) == [
        "litsweep: failed: everything",
        "litsweep: nothing new, 1 of 1 searches did not succeed",
    ]
    text = mail.messages[0].get_content()
    assert "litsweep doctor" in text
    assert "http://desk.example.org/runs/1" in text
    assert count(database, "notification_items") == 2


def test_a_record_that_does_not_come_is_told_once(
    database: Database, data: Path, serve: Serve, mail: MailCatcher
) -> None:
    def drop(question: Question) -> Question:
        return question.without(1007) if question.tool == "efetch" else question

    with serve(data, meddle=drop):
        night()
        night()
    gaps = [one for one in mail.messages if one["Subject"] == "litsweep: gap: 1 records missing"]
    assert len(gaps) == 1
    assert "PMID 1007 (everything)" in gaps[0].get_content()


def test_a_broadened_query_waits_for_a_person_and_the_others_do_not(
    database: Database,
    data: Path,
    serve: Serve,
    mail: MailCatcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LITSWEEP_HOLD_RECORDS", "10")
    add_topic(database, "narrow", "1001[uid]")
    with serve(data):
        assert night("narrow") is None
        with database.writing() as conn:
            topics.change_query(conn, "narrow", query="all[sb]", author="A", reason="broader")
        for _ in range(2):
            said = night("narrow", "everything")
            assert said is not None
            assert said.startswith("Held: version 2 of the query of narrow waits for a person")
        with database.reading() as conn:
            (hold,) = holds.list_holds(conn)
            held, *_ = runs.list_runs(conn, topic="narrow")
        assert (hold.n_now, hold.n_before) == (20, 1)
        assert (held.status, held.n_ids) == (RunStatus.FAILED, 0)
        assert len(stored_pmids(database)) == 20, "the other topic was swept"
        told = [one for one in mail.messages if "waits for you: narrow" in one["Subject"]]
        assert len(told) == 1
        assert "litsweep topic approve 'narrow' --by NAME" in told[0].get_content()
        assert not [one for one in subjects(mail) if "failed" in one]
        with database.writing() as conn:
            holds.decide(conn, 1, is_approved=True, by="Ada", note=None, now=hold.opened_at)
        assert night("narrow") is None
    run = last_run(database, "narrow")
    assert (run.status, run.strategy_version, run.n_ids) == (RunStatus.COMPLETE, 2, 20)


def test_a_refused_query_stays_held_without_asking_pubmed(
    database: Database, data: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_HOLD_RECORDS", "10")
    add_topic(database, "narrow", "1001[uid]")
    with serve(data):
        night("narrow")
        with database.writing() as conn:
            topics.change_query(conn, "narrow", query="all[sb]", author="A", reason="broader")
        night("narrow")
    with database.writing() as conn:
        hold = holds.find_open_hold(conn, "narrow")
        holds.decide(conn, 1, is_approved=False, by="Ben", note=None, now=hold.opened_at)
    with serve(data, meddle=lambda question: 500):
        said = night("narrow")
    assert said is not None
    assert "was refused by Ben" in said


@pytest.fixture
def hook() -> Iterator[HookCatcher]:
    """A web hook, and a block ``custom-webhook/team`` on the server that posts to it."""
    with catching_hooks() as catcher:
        block = CustomWebhookNotificationBlock(
            name="team",
            url=f"http://127.0.0.1:{catcher.port}/{TOKEN}",
            json_data={"subject": "{{subject}}", "text": "{{body}}"},
        )
        block.save("team", overwrite=True)
        yield catcher


def test_a_block_tells_people(
    database: Database,
    data: Path,
    serve: Serve,
    hook: HookCatcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LITSWEEP_NOTIFICATION_BLOCKS", "custom-webhook/team")
    with serve(data):
        assert night() is None
    (body,) = hook.bodies
    posted = json.loads(body)
    assert posted["subject"] == "litsweep: 20 new, 0 changed, the search succeeded"
    assert "PMID 1001" in posted["text"]
    assert n_waiting(database) == 0


def test_a_block_that_fails_gives_no_secret_away(
    database: Database, hook: HookCatcher, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    caplog.set_level(logging.DEBUG, "httpx")
    message = telling.build_test(datetime.now(UTC))
    with pytest.raises(DeliveryFailed, match=r"custom-webhook/team .*\(HTTP 500\)") as caught:
        send_by_block(message, "custom-webhook/team")
    assert TOKEN not in str(caught.value) + caplog.text


def test_blocks_that_cannot_tell_anybody(database: Database, hook: HookCatcher) -> None:
    with pytest.raises(ChannelUnreachable, match="There is no block custom-webhook/nobody"):
        check_block("custom-webhook/nobody")
    Secret(value=TOKEN).save("litsweep-test-secret", overwrite=True)
    with pytest.raises(ChannelUnreachable, match="is no notification block"):
        check_block("secret/litsweep-test-secret")
    with pytest.raises(SettingsError, match="a block is TYPE/NAME"):
        list_blocks(Settings(notification_blocks="team"))


def test_what_one_process_told_is_not_told_by_another(
    database: Database, data: Path, serve: Serve, mail: MailCatcher
) -> None:
    with serve(data):
        night()
    assert telling.raise_due() == []
    assert telling.send_waiting().n_sent == 0
