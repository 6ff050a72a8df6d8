"""Topics are added, changed, listed, shown and retired, and wrong input is told."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("project")


def test_a_query_is_stored_verbatim_and_versioned(litsweep: Litsweep) -> None:
    query = '"heart failure"[tiab]  AND (α OR “β”)\n'
    assert litsweep("topic", "add", "hearts", "--query", query, "--author", "Ann").code == 0
    changed = litsweep(
        "topic", "change", "hearts", "--query", "hearts", "--reason", "too narrow", "--author", "Bo"
    )
    assert "version 2" in changed.err
    shown = json.loads(litsweep("topic", "show", "hearts", "--json").out)
    assert [one["query"] for one in shown["versions"]] == [query, "hearts"]
    assert [one["author"] for one in shown["versions"]] == ["Ann", "Bo"]
    assert shown["versions"][1]["reason"] == "too narrow"
    assert (shown["topic"], shown["version"], shown["retired_at"]) == ("hearts", 2, None)


def test_the_same_query_again_makes_no_version(litsweep: Litsweep) -> None:
    litsweep("topic", "add", "a", "--query", "asthma")
    done = litsweep("topic", "change", "a", "--query", "asthma", "--reason", "none")
    assert done.code == 0
    assert "nothing changed" in done.err
    assert json.loads(litsweep("topic", "list", "--json").out)[0]["version"] == 1


def test_a_field_that_looks_mistyped_is_hinted_at_and_stored(litsweep: Litsweep) -> None:
    done = litsweep("topic", "add", "copd", "--query", "copd[tiabb] OR ab*[ti]")
    assert done.code == 0
    assert "[tiabb] is none of the well-known search fields. Did you mean [tiab]?" in done.err
    assert "over that of “ab*”" in done.err
    fine = litsweep("topic", "change", "copd", "--query", "copd[tiab]", "--reason", "typing")
    assert "search fields" not in fine.err


def test_lists_are_for_people_and_programs(litsweep: Litsweep) -> None:
    assert "topic add" in litsweep("topic", "list").err
    assert litsweep("topic", "list", "--json").out == "[]\n"
    litsweep("topic", "add", "asthma", "--query", "asthma[tiab]")
    assert "asthma[tiab]" in litsweep("topic", "list").out
    assert "asthma[tiab]" in litsweep("topic", "show", "asthma").out


def test_a_retired_topic_is_listed_on_demand(litsweep: Litsweep) -> None:
    litsweep("topic", "add", "asthma", "--query", "asthma")
    assert litsweep("topic", "retire", "asthma", "--reason", "done").code == 0
    assert litsweep("topic", "list", "--json").out == "[]\n"
    (topic,) = json.loads(litsweep("topic", "list", "--all", "--json").out)
    assert topic["retired_at"] is not None
    again = litsweep("topic", "retire", "asthma")
    assert (again.code, "nothing changed" in again.err) == (0, True)
    refused = litsweep("topic", "change", "asthma", "--query", "x", "--reason", "y")
    assert (refused.code, "retired" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "asthma", "--query", "x"), "already"),
        (("add", "new", "--query", "  "), "query is empty"),
        (("add", " ", "--query", "x"), "no name"),
        (("add", "a\nb", "--query", "x"), "control character"),
        (("add", "new"), "--query"),
        (("show", "astma"), "Did you mean 'asthma'?"),
        (("change", "astma", "--query", "x", "--reason", "y"), "Did you mean 'asthma'?"),
        (("retire", "astma"), "Did you mean 'asthma'?"),
        (("change", "asthma", "--query", "x"), "--reason"),
    ],
)
def test_wrong_input_is_told_and_changes_nothing(
    litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    litsweep("topic", "add", "asthma", "--query", "asthma")
    before = litsweep("topic", "show", "asthma", "--json").out
    done = litsweep("topic", *arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""
    assert litsweep("topic", "show", "asthma", "--json").out == before
    assert len(json.loads(litsweep("topic", "list", "--all", "--json").out)) == 1


def test_markup_and_emoji_codes_are_shown_as_they_are(litsweep: Litsweep, project: Path) -> None:
    litsweep("topic", "add", "odd", "--query", "x[ti] :pill: [bold]y[/bold]")
    assert "x[ti] :pill: [bold]y[/bold]" in litsweep("topic", "show", "odd").out
    assert "x[ti] :pill: [bold]y[/bold]" in litsweep("topic", "list").out
