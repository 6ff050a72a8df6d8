from datetime import UTC, datetime

import pytest

from db.engine import Database
from db.topics import (
    add_topic,
    change_query,
    find_topic,
    get_topic,
    list_strategies,
    list_topics,
    retire_topic,
)
from litsweep.domain.strategies import Topic
from litsweep.errors import UnknownTopic, UsageError

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
QUERY = '  "asthma"[mh] AND (budesonide[tiab])\n'


def add(database: Database, name: str = "asthma", query: str = QUERY) -> Topic:
    with database.writing() as conn:
        return add_topic(conn, name=name, query=query, author="Ann", reason="first", now=NOW)


def test_a_query_is_stored_verbatim(database: Database) -> None:
    added = add(database)
    with database.reading() as conn:
        topic = get_topic(conn, "asthma")
    assert topic == added
    assert (topic.strategy.version, topic.strategy.query) == (1, QUERY)
    assert (topic.created_at, topic.retired_at) == (NOW, None)


def test_a_changed_query_is_a_new_version_and_the_old_one_stays(database: Database) -> None:
    first = add(database).strategy
    with database.writing() as conn:
        topic = change_query(conn, "asthma", query="copd", author="Bo", reason="wider", now=NOW)
        assert list_strategies(conn, "asthma") == [first, topic.strategy]
    assert (topic.strategy.version, topic.strategy.query) == (2, "copd")
    assert (topic.strategy.author, topic.strategy.reason) == ("Bo", "wider")


def test_the_same_query_adds_no_version_and_one_space_does(database: Database) -> None:
    topic = add(database)
    with database.writing() as conn:
        assert change_query(conn, "asthma", query=QUERY, author="B", reason="r") == topic
        assert change_query(conn, "asthma", query=QUERY + " ", author="B", reason="r") != topic
        assert len(list_strategies(conn, "asthma")) == 2


def test_a_name_is_taken_once_also_by_a_retired_topic(database: Database) -> None:
    add(database)
    with database.writing() as conn:
        retire_topic(conn, "asthma", author="Ann", reason="done")
    with pytest.raises(UsageError, match="'asthma' already"):
        add(database)


@pytest.mark.parametrize("name", ["", "  ", " asthma", "a\nb", "a\x00b", "a\udc80b", "x" * 101])
def test_a_name_that_cannot_be_shown_is_refused(sqlite_database: Database, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        add(sqlite_database, name)


@pytest.mark.parametrize("name", ["x" * 100, "Crohn's disease – α", "喘息"])
def test_any_other_name_is_fine(database: Database, name: str) -> None:
    assert add(database, name).name == name


@pytest.mark.parametrize("query", ["", " \n", "a\x00", "a\udc80"])
def test_a_query_that_is_no_text_is_refused(sqlite_database: Database, query: str) -> None:
    with pytest.raises(UsageError, match="query"):
        add(sqlite_database, query=query)
    add(sqlite_database, "copd")
    with pytest.raises(UsageError, match="query"), sqlite_database.writing() as conn:
        change_query(conn, "copd", query=query, author="B", reason="r")


def test_an_unknown_name_offers_names_like_it(database: Database) -> None:
    with database.reading() as conn, pytest.raises(UnknownTopic, match="litsweep topic add"):
        get_topic(conn, "asthma")
    add(database)
    with database.reading() as conn:
        assert find_topic(conn, "astma") is None
        with pytest.raises(UnknownTopic, match="Did you mean 'asthma'"):
            get_topic(conn, "astma")
        with pytest.raises(UnknownTopic, match="litsweep topic list"):
            list_strategies(conn, "gout")


def test_a_retired_topic_is_listed_only_when_asked_for(database: Database) -> None:
    add(database, "copd")
    add(database, "asthma")
    later = datetime(2026, 12, 1, tzinfo=UTC)
    with database.writing() as conn:
        retired = retire_topic(conn, "copd", author="Ann", reason="answered", now=later)
        again = retire_topic(conn, "copd", author="Bo", reason="again")
    assert retired.retired_at == later
    assert again == retired
    with database.reading() as conn:
        assert [topic.name for topic in list_topics(conn)] == ["asthma"]
        assert [topic.name for topic in list_topics(conn, include_retired=True)] == [
            "asthma",
            "copd",
        ]
        with pytest.raises(UsageError, match="retired on 2026-12-01"):
            change_query(conn, "copd", query="x", author="B", reason="r")
