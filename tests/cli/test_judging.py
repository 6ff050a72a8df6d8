"""Judgements by command: what people found right or wrong, and of which model."""

import json
from datetime import UTC, datetime

import pytest

from db.engine import open_database
from db.judgements import judge_sentence
from litsweep.domain.judgements import Fault, Judgement, Opinion
from litsweep.settings import load_settings
from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")


def test_judgements_are_listed_with_their_text_and_narrowed(litsweep: Litsweep) -> None:
    assert "No judgement" in litsweep("judgements", "list").err
    database = open_database(load_settings().database_url)
    wrong = Opinion(judgement=Judgement.WRONG, fault=Fault.OTHER, note="an odd end")
    with database.writing() as conn:
        for position, (who, opinion) in enumerate(
            (("Ada Fiction", Opinion(judgement=Judgement.RIGHT)), ("Ben Invented", wrong))
        ):
            judge_sentence(
                conn, 1, position, opinion, reviewer=who, now=datetime.now(UTC), tool_version="t"
            )
    database.close()
    lines = litsweep("judgements", "list", "--topic", "everything").out.splitlines()
    assert lines[0].startswith("sentence 1: PMID ")
    assert "summary: right, Ada Fiction, " in lines[0]
    assert "wrong (other), Ben Invented" in lines[2]
    assert lines[4] == "  note: an odd end"
    (ben,) = json.loads(litsweep("judgements", "list", "--by", "Ben Invented", "--json").out)
    assert (ben["kind"], ben["fault"], ben["model_id"]) == ("sentence", "other", "lexical")
    assert json.loads(litsweep("judgements", "list", "--model", "nobody", "--json").out) == []
    assert litsweep("judgements", "list", "--kind", "finding").out == ""
    cut = litsweep("judgements", "list", "--limit", "1")
    assert (cut.out.startswith("sentence 2"), "Only the newest 1" in cut.err) == (True, True)
    assert litsweep("judgements", "list", "--topic", "everythin").code == 2
