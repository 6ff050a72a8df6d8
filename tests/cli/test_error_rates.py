"""Error rates by command."""

import json

import pytest

from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")


def test_nothing_judged_is_said_and_an_unknown_topic_refused(litsweep: Litsweep) -> None:
    assert "Nobody has judged" in litsweep("models", "error-rates").err
    assert json.loads(litsweep("models", "error-rates", "--json").out) == []
    done = litsweep("models", "error-rates", "--topic", "everythin")
    assert (done.code, "Did you mean 'everything'?" in done.err) == (2, True)


def test_a_model_that_does_not_exist_cannot_be_asked_to_read_again(litsweep: Litsweep) -> None:
    done = litsweep("reread", "--topic", "everything", "--with", "gpt-99")
    assert (done.code, "no model named 'gpt-99'" in done.err) == (2, True)
    done = litsweep("reread", "--topic", "everything", "--kind", "abstract", "--with", "none")
    assert "are to be read again" in done.err
    models = litsweep("sql", "SELECT DISTINCT model FROM reread_requests").out
    assert "none" in models
