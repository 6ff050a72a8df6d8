"""``litsweep route`` says who would read a record's texts, and why, without reading them."""

import json

import pytest

from tests.cli.conftest import Litsweep

pytestmark = pytest.mark.usefixtures("filled")


def test_a_route_is_told_with_its_reason(litsweep: Litsweep) -> None:
    done = litsweep("route", "99000001")
    assert done.code == 0
    assert "abstract: read without a model" in done.out
    assert "summary_model says none" in done.out
    assert "full text:" in done.out
    assert "hardware" not in done.out


def test_every_fact_is_told_where_it_is_asked_for(litsweep: Litsweep) -> None:
    said = litsweep("route", "--explain", "99000001").out
    for fact in ("setting: summary_model = none", "topic: no choice", "hardware:", "characters"):
        assert fact in said
    assert "English by its words" in said


def test_the_length_is_counted_by_the_models_own_tokenizer(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gguf")
    assert litsweep("topic", "models", "everything", "--summary-model", "smollm2-demo").code == 0
    routes = json.loads(litsweep("route", "99000001", "--json").out)
    (of_abstract,) = [one for one in routes if one["document"] == "abstract"]
    assert of_abstract["model"] == "smollm2-demo"
    assert of_abstract["n_tokens"] > 50
    assert of_abstract["reason"].startswith("smollm2-demo reads abstracts. The topic names it.")
    assert of_abstract["facts"]["topic"] == "smollm2-demo"


def test_a_model_that_is_not_here_is_the_reason(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_SUMMARY_MODEL", "biogpt-large")
    done = litsweep("route", "99000001")
    assert done.code == 0
    assert "names 'biogpt-large', which cannot be used here" in done.out


@pytest.mark.parametrize(("record", "code"), [("12", 2), ("none", 2), ("r99999", 2)])
def test_a_record_that_is_not_stored(litsweep: Litsweep, record: str, code: int) -> None:
    assert litsweep("route", record).code == code
