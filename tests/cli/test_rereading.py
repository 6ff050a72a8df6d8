"""Asking for new readings by command, and choosing a topic's own models."""

import pytest

from tests.cli.conftest import N_RECORDS, Litsweep

pytestmark = pytest.mark.usefixtures("filled")


def n_requests(litsweep: Litsweep) -> int:
    return int(litsweep("sql", "SELECT count(*) FROM reread_requests").out.split()[-1])


@pytest.mark.parametrize("option", [("--topic", "everything"), ("--since", "2026-11-22")])
def test_a_dry_run_says_how_many_and_asks_for_none(
    litsweep: Litsweep, option: tuple[str, str]
) -> None:
    done = litsweep("reread", *option, "--dry-run")
    assert (done.code, f"{N_RECORDS} documents would be read again." in done.err) == (0, True)
    assert n_requests(litsweep) == 0


def test_asking_twice_asks_once(litsweep: Litsweep) -> None:
    for reason in ("doubts", "more doubts"):
        done = litsweep("reread", "--topic", "everything", "--kind", "abstract", "--reason", reason)
        assert f"{N_RECORDS} documents are to be read again." in done.err
    assert n_requests(litsweep) == N_RECORDS
    reasons = litsweep("sql", "SELECT DISTINCT reason FROM reread_requests").out
    assert "more doubts" in reasons


@pytest.mark.parametrize(
    "option",
    [("--since", "2026-11-23"), ("--model", "biogpt"), ("--model", "somebody/model@12ab")],
)
def test_what_no_reading_matches_is_not_asked_for(
    litsweep: Litsweep, option: tuple[str, str]
) -> None:
    assert "0 documents are to be" in litsweep("reread", *option).err
    assert n_requests(litsweep) == 0


def test_everything_at_once_must_be_said(litsweep: Litsweep) -> None:
    done = litsweep("reread")
    assert (done.code, "--since, --model or --topic" in done.err) == (2, True)
    done = litsweep("reread", "--topic", "everythin")
    assert (done.code, "Did you mean 'everything'?" in done.err) == (2, True)


def test_a_topic_chooses_its_models(litsweep: Litsweep) -> None:
    models = ("topic", "models", "everything")
    assert litsweep(*models).out.count("as the settings say") == 2
    assert "full texts: biomedlm" in litsweep(*models, "--analysis-model", "pubmedgpt").out
    assert "abstracts: none\n" in litsweep(*models, "--summary-model", "none").out
    back = litsweep(*models, "--analysis-model", "default").out
    assert back.count("as the settings say") == 1
    assert "abstracts: none\n" in back


@pytest.mark.parametrize(
    ("name", "told"), [("gpt-99", "no model named 'gpt-99'"), ("minilm", "cannot write")]
)
def test_a_topic_cannot_choose_what_cannot_write(litsweep: Litsweep, name: str, told: str) -> None:
    done = litsweep("topic", "models", "everything", "--summary-model", name)
    assert (done.code, told in done.err) == (2, True)
