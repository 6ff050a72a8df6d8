from dataclasses import replace

from litsweep.domain.generations import ReadingTask
from litsweep.domain.models import ModelKind
from litsweep.reading.keys import reading_fingerprint
from tests.fakes.encoder import HashingEncoder
from tests.fakes.engine import ScriptedEngine


def test_the_fingerprint_tells_ways_of_reading_apart() -> None:
    engine, encoder = ScriptedEngine(str.upper), HashingEncoder()
    other_weights, other_revision = ScriptedEngine(str.upper), ScriptedEngine(str.upper)
    other_weights.weights_sha256 = "0" * 64
    other_revision.spec = replace(other_revision.spec, revision="1" * 40)
    ways = [
        (engine, encoder, ReadingTask.SUMMARY, 40),
        (engine, encoder, ReadingTask.ANALYSIS, 40),
        (engine, encoder, ReadingTask.SUMMARY, 41),
        (engine, None, ReadingTask.SUMMARY, 40),
        (None, encoder, ReadingTask.SUMMARY, 40),
        (None, None, ReadingTask.SUMMARY, 40),
        (other_weights, encoder, ReadingTask.SUMMARY, 40),
        (other_revision, encoder, ReadingTask.SUMMARY, 40),
        (ScriptedEngine(str.upper, kind=ModelKind.CAUSAL), encoder, ReadingTask.SUMMARY, 40),
    ]
    keys = [reading_fingerprint(*way) for way in ways]
    assert len(set(keys)) == len(ways)
    assert keys == [reading_fingerprint(*way) for way in ways]
    assert all(len(key) == 64 for key in keys)


def test_without_a_model_its_limit_does_not_count() -> None:
    one, other = (reading_fingerprint(None, None, ReadingTask.SUMMARY, limit) for limit in (10, 20))
    assert one == other
