"""How a document was read, and what is worth reading again."""

from dataclasses import replace
from typing import Any

from litsweep.domain.generations import ReadingTask
from litsweep.domain.models import ModelChoice, ModelKind
from litsweep.reading.keys import (
    explain_change,
    is_same_way,
    planned_way,
    reading_fingerprint,
    reading_way,
)
from tests.fakes.encoder import HashingEncoder
from tests.fakes.engine import ScriptedEngine, options_for

SUMMARY, ANALYSIS = ReadingTask.SUMMARY, ReadingTask.ANALYSIS


def way_of(
    engine: ScriptedEngine | None = None,
    encoder: HashingEncoder | None = None,
    task: ReadingTask = SUMMARY,
    **options: int,
) -> dict[str, Any]:
    return reading_way(task, options_for(engine, **options), engine=engine, encoder=encoder)


def altered(**changes: str) -> ScriptedEngine:
    engine = ScriptedEngine(str.upper)
    for name, value in changes.items():
        setattr(engine, name, value)
    return engine


ENGINE, ENCODER = ScriptedEngine(str.upper), HashingEncoder()


def test_the_fingerprint_tells_ways_of_reading_apart() -> None:
    other_revision = ScriptedEngine(str.upper)
    other_revision.spec = replace(other_revision.spec, revision="1" * 40)
    ways = [
        way_of(ENGINE, ENCODER),
        way_of(ENGINE, ENCODER, ANALYSIS),
        way_of(ENGINE, ENCODER, ANALYSIS, window_overlap=2),
        way_of(ENGINE, ENCODER, max_new_tokens=41),
        way_of(ENGINE),
        way_of(None, ENCODER),
        way_of(),
        way_of(altered(weights_sha256="0" * 64), ENCODER),
        way_of(altered(description="ctranslate2 4.0, cpu, int8"), ENCODER),
        way_of(other_revision, ENCODER),
        way_of(ScriptedEngine(str.upper, kind=ModelKind.CAUSAL), ENCODER),
        reading_way(SUMMARY, options_for(ENGINE), engine=ENGINE, encoder=ENCODER, nli=ENCODER.spec),
    ]
    keys = [reading_fingerprint(way) for way in ways]
    assert len(set(keys)) == len(ways)
    assert all(len(key) == 64 for key in keys)


def test_engines_and_devices_that_write_the_same_are_one_way() -> None:
    here, there = (
        way_of(altered(description=text)) for text in ("torch, cpu, float32", "torch, cuda:0, bf16")
    )
    assert reading_fingerprint(here) == reading_fingerprint(there)


def test_without_a_model_its_limit_does_not_count() -> None:
    one, other = (reading_fingerprint(way_of(max_new_tokens=limit)) for limit in (10, 20))
    assert one == other


def test_a_plan_is_the_way_but_for_what_only_loading_tells() -> None:
    for task in ReadingTask:
        plan = planned_way(task, options_for(ENGINE), encoder=ENCODER.spec)
        whole = way_of(ENGINE, ENCODER, task)
        assert is_same_way(whole, plan)
        assert explain_change(whole, plan, wrote_before=True) is None
        assert set(whole) - set(plan) == {"weights", "precision", "ranked_by_weights"}


def test_what_changed_is_said_in_words() -> None:
    old = way_of(ENGINE, ENCODER)
    newer = ScriptedEngine(str.upper)
    newer.spec = replace(newer.spec, revision="1" * 40)
    said = explain_change(old, way_of(newer, ENCODER, max_new_tokens=9), wrote_before=True)
    assert said is not None
    assert f"the model's revision ({'0' * 40} before, {'1' * 40} now)" in said
    assert "how words are chosen" in said
    weights = explain_change(old, way_of(altered(weights_sha256="0"), ENCODER), wrote_before=True)
    assert weights == "Changed: the model's weights."
    version = explain_change(old | {"version": 1}, old, wrote_before=True)
    assert version == "Changed: the rules of reading (1 before, 2 now)."
    first = explain_change(way_of(None, ENCODER), old, wrote_before=False)
    assert first == "No model had read it, and example/fakegpt reads now."
    unknown = explain_change({}, old, wrote_before=False)
    assert unknown is not None and "older litsweep" in unknown


def test_nothing_is_gained_by_a_worse_way_or_the_same() -> None:
    with_model = way_of(ENGINE, ENCODER)
    assert explain_change(with_model, with_model, wrote_before=True) is None
    assert explain_change(with_model, way_of(None, ENCODER), wrote_before=True) is None
    assert explain_change({}, way_of(None, ENCODER), wrote_before=True) is None
    assert explain_change(with_model, way_of(ENGINE), wrote_before=True) is None
    assert explain_change(way_of(ENGINE), with_model, wrote_before=True) is not None
    assert not is_same_way({}, with_model)


def test_the_choice_and_not_the_engine_names_the_model_of_a_plan() -> None:
    none = replace(options_for(ENGINE), choice=ModelChoice(model=None, reason="none"))
    assert planned_way(SUMMARY, none)["model"] is None
