from dataclasses import replace

from litsweep.reading.lengths import measure_length
from tests.fakes.documents import LORVEXINE, REPORT
from tests.fakes.engine import ScriptedEngine, options_for


def test_a_length_is_what_a_reading_would_find() -> None:
    engine = ScriptedEngine(lambda prompt: "")
    options = options_for(engine)
    n_words = len(LORVEXINE.text.split())
    assert measure_length(LORVEXINE, engine.spec, engine.count_tokens, options) == (n_words, None)
    n_tokens, n_windows = measure_length(REPORT, engine.spec, engine.count_tokens, options)
    assert n_tokens >= len(REPORT.text.split())
    assert n_windows == 1
    narrow = replace(engine.spec, context_window=160)
    cut = measure_length(REPORT, narrow, engine.count_tokens, options)
    assert cut[1] is not None
    assert cut[1] > 1
