from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.errors import DeviceLost, ModelError, PromptTooLong
from tests.fakes.engine import fake_spec
from tests.fakes.runner import CharacterTokenizer, ScriptedRunner

pytest.importorskip("transformers")

from litsweep.models.batching import DEFAULT_BATCH_TOKENS, BatchingEngine

TEN = SamplingParams(max_new_tokens=10)


def build_engine(
    runner: ScriptedRunner,
    *,
    context_window: int = 1024,
    batch_size: int = 8,
    batch_tokens: int | None = None,
    stop_strings: tuple[str, ...] = (),
) -> BatchingEngine:
    return BatchingEngine(
        replace(fake_spec(context_window=context_window), stop_strings=stop_strings),
        runner,
        cast("Any", CharacterTokenizer()),
        weights_sha256="0" * 64,
        batch_size=batch_size,
        batch_tokens=batch_tokens,
        timeout_s=60.0,
    )


def completed(outcomes: list[Completion | ModelError]) -> list[Completion]:
    assert all(isinstance(outcome, Completion) for outcome in outcomes), outcomes
    return cast("list[Completion]", outcomes)


def fail_for(bad: str, error: Exception) -> Callable[[int, list[str]], Exception | None]:
    return lambda call, prompts: error if bad in prompts else None


def test_completions_come_in_the_order_of_the_prompts() -> None:
    runner = ScriptedRunner()
    outcomes = completed(build_engine(runner, batch_size=2).generate(["bb", "a", "cccc"], TEN))
    assert [outcome.text for outcome in outcomes] == ["BB", "A", "CCCC"]
    assert [outcome.n_input_tokens for outcome in outcomes] == [2, 1, 4]
    assert [outcome.n_output_tokens for outcome in outcomes] == [2, 1, 4]
    assert {outcome.stop_reason for outcome in outcomes} == {StopReason.END_OF_TEXT}
    assert all(outcome.duration_s >= 0 for outcome in outcomes)
    assert runner.batches == [["cccc", "bb"], ["a"]], "like lengths together, longest first"


def test_batches_keep_to_the_token_budget() -> None:
    runner = ScriptedRunner()
    prompts = ["x" * n for n in (5, 90, 30, 10, 50, 40, 20)]
    completed(build_engine(runner, batch_tokens=130).generate(prompts, TEN))
    sizes = [[len(prompt) for prompt in batch] for batch in runner.batches]
    assert sizes == [[90], [50, 40], [30, 20, 10], [5]]
    for batch in sizes:
        assert len(batch) * (max(batch) + 10) <= 130


def test_prompt_dearer_than_the_budget_stands_alone() -> None:
    runner = ScriptedRunner()
    completed(build_engine(runner, batch_tokens=20).generate(["x" * 50, "y" * 60], TEN))
    assert [len(batch) for batch in runner.batches] == [1, 1]


def test_budget_without_a_setting() -> None:
    runner = ScriptedRunner(n_positions=10_000)
    engine = build_engine(runner, context_window=10_000, batch_size=1000)
    completed(engine.generate(["x" * 1014] * 20, TEN))
    assert [len(batch) for batch in runner.batches] == [8, 8, 4]
    assert DEFAULT_BATCH_TOKENS == 8 * 1024


def test_no_prompts_give_no_completions() -> None:
    runner = ScriptedRunner()
    assert build_engine(runner).generate([], TEN) == []
    assert runner.batches == []


def test_prompt_that_does_not_fit_costs_only_itself() -> None:
    runner = ScriptedRunner()
    engine = build_engine(runner, context_window=20)
    first, second, third = engine.generate(["fits", "x" * 11, "y" * 10], TEN)
    assert isinstance(first, Completion) and isinstance(third, Completion)
    assert isinstance(second, PromptTooLong)
    assert "Prompt 2 takes 11 tokens, and 10" in str(second)
    assert "the 20 tokens that fakegpt" in str(second)
    assert runner.batches == [["y" * 10, "fits"]]


def test_smaller_window_of_spec_and_weights_counts() -> None:
    for window, positions in ((20, 5000), (5000, 20)):
        engine = build_engine(ScriptedRunner(n_positions=positions), context_window=window)
        (outcome,) = engine.generate(["x" * 11], TEN)
        assert isinstance(outcome, PromptTooLong)


def test_batch_is_halved_while_memory_runs_out() -> None:
    runner = ScriptedRunner(fails=lambda call, prompts: MemoryError() if len(prompts) > 2 else None)
    prompts = ["x" * n for n in range(1, 8)]
    outcomes = completed(build_engine(runner).generate(prompts, TEN))
    assert [outcome.text for outcome in outcomes] == [prompt.upper() for prompt in prompts]
    assert [len(batch) for batch in runner.batches] == [7, 3, 1, 2, 4, 2, 2]
    assert runner.n_released == 3


def test_prompt_for_which_memory_never_suffices_is_left_out() -> None:
    runner = ScriptedRunner(fails=fail_for("bad", MemoryError()))
    first, bad, third = build_engine(runner).generate(["good", "bad", "fine"], TEN)
    assert isinstance(first, Completion) and isinstance(third, Completion)
    assert isinstance(bad, ModelError)
    assert "fakegpt failed on prompt 2 (3 tokens): MemoryError" in str(bad)
    assert "Memory ran out: ask for shorter texts." in str(bad)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes\nmore"), IndexError("position"), ValueError(), KeyError("x")]
)
def test_prompt_that_the_library_cannot_run_costs_only_itself(error: Exception) -> None:
    runner = ScriptedRunner(fails=fail_for("bad", error))
    outcomes = build_engine(runner).generate(["a", "bad", "c", "d", "e"], TEN)
    assert [isinstance(outcome, ModelError) for outcome in outcomes] == [0, 1, 0, 0, 0]
    assert f"prompt 2 (3 tokens): {type(error).__name__}" in str(outcomes[1])
    assert "\n" not in str(outcomes[1])


def test_failure_that_passes_costs_nothing() -> None:
    runner = ScriptedRunner(fails=lambda call, _: RuntimeError("once") if call == 2 else None)
    prompts = ["aa", "bb", "c", "d"]
    outcomes = completed(build_engine(runner, batch_size=2).generate(prompts, TEN))
    assert [outcome.text for outcome in outcomes] == ["AA", "BB", "C", "D"]
    assert len(runner.batches) == 4


@pytest.mark.parametrize(
    "message",
    [
        "CUDA error: device-side assert triggered\nCompile with TORCH_USE_CUDA_DSA",
        "CUDA error: an illegal memory access was encountered",
        "CUDA failed with error unspecified launch failure",
    ],
)
def test_lost_device_ends_the_engine(message: str) -> None:
    runner = ScriptedRunner(fails=lambda call, _: RuntimeError(message) if call == 2 else None)
    engine = build_engine(runner, batch_size=1)
    with pytest.raises(DeviceLost, match="Start the worker again") as raised:
        engine.generate(["a", "b", "c"], TEN)
    assert isinstance(raised.value.__cause__, RuntimeError)
    with pytest.raises(DeviceLost, match="context is lost"):
        engine.generate(["d"], TEN)
    assert len(runner.batches) == 2, "nothing more is asked of a lost device"


def test_batch_that_runs_out_of_time_is_kept_and_the_next_still_runs() -> None:
    runner = ScriptedRunner(lambda prompt: prompt * 5, n_steps_in_time=4)
    long, short = completed(build_engine(runner, batch_size=1).generate(["abc", ""], TEN))
    assert (long.text, long.stop_reason) == ("abca", StopReason.TIME)
    assert (short.text, short.stop_reason) == ("", StopReason.END_OF_TEXT)


def test_text_as_long_as_was_asked_for_may_be_cut() -> None:
    (outcome,) = completed(build_engine(ScriptedRunner(lambda _: "x" * 99)).generate(["a"], TEN))
    assert (outcome.text, outcome.stop_reason) == ("x" * 10, StopReason.LENGTH)


def test_stop_strings_of_the_model_and_of_the_caller_end_a_text() -> None:
    engine = build_engine(ScriptedRunner(lambda prompt: prompt), stop_strings=("▃",))
    sampling = SamplingParams(max_new_tokens=50, stop_strings=("\n", "END"))
    prompts = ["one ▃ more", "two\nlines", "to the END of it", "all of it"]
    outcomes = completed(engine.generate(prompts, sampling))
    assert [outcome.text for outcome in outcomes] == ["one ", "two", "to the ", "all of it"]
    assert [outcome.stop_reason for outcome in outcomes[:3]] == [StopReason.STOP_STRING] * 3
    assert [outcome.n_output_tokens for outcome in outcomes] == [5, 4, 10, 9], "no more is written"


def test_writing_stops_after_whole_sentences() -> None:
    engine = build_engine(ScriptedRunner(lambda prompt: prompt))
    text = "It fell by 0.5 (Fig. 2). Nobody died. " + "And so on. " * 20
    sampling = SamplingParams(max_new_tokens=400, n_sentences=2)
    (outcome,) = completed(engine.generate([text], sampling))
    assert outcome.text == "It fell by 0.5 (Fig. 2). Nobody died."
    assert outcome.stop_reason is StopReason.SENTENCES
    assert outcome.n_output_tokens == len("It fell by 0.5 (Fig. 2). Nobody died. A")


def test_stop_string_longer_than_the_tail_is_found() -> None:
    stop = "=" * 60
    engine = build_engine(ScriptedRunner(lambda _: "so" + stop + "on"), stop_strings=(stop,))
    (outcome,) = completed(engine.generate(["a"], SamplingParams(max_new_tokens=90)))
    assert (outcome.text, outcome.n_output_tokens) == ("so", 62)


def test_labels_are_scored_for_each_prompt_in_order() -> None:
    runner = ScriptedRunner()
    engine = build_engine(runner, batch_size=8)
    assert engine.rank(["a", "ccc"], ["no", "yes"]) == [(-102.0, -103.0), (-302.0, -303.0)]
    assert runner.batches == [["ccc", "ccc", "a", "a"]]


def test_ranking_keeps_to_the_budget_and_to_the_window() -> None:
    runner = ScriptedRunner()
    engine = build_engine(runner, context_window=60, batch_tokens=130, batch_size=100)
    outcomes = engine.rank(["x" * 40, "y" * 20, "z" * 58, "w" * 10], ["no", "yes"])
    assert [isinstance(outcome, ModelError) for outcome in outcomes] == [0, 0, 1, 0]
    for batch in runner.batches:
        assert len(batch) * (max(map(len, batch)) + 3) <= 130


def test_ranking_fails_for_the_bad_prompt_only() -> None:
    runner = ScriptedRunner(fails=fail_for("bad", RuntimeError("no")))
    outcomes = build_engine(runner).rank(["bad", "fine"], ["a", "b"])
    assert isinstance(outcomes[0], ModelError)
    assert outcomes[1] == (-401.0, -401.0)


def test_labels_that_say_nothing_are_refused() -> None:
    engine = build_engine(ScriptedRunner())
    with pytest.raises(ModelError, match="empty label"):
        engine.rank(["a"], ["yes", ""])
    assert engine.rank(["a", "b"], []) == [(), ()]


def test_what_the_runner_says_of_itself_is_passed_on() -> None:
    engine = build_engine(ScriptedRunner())
    assert engine.description == "a script"
    assert engine.peak_memory_bytes() == 5
    assert engine.weights_sha256 == "0" * 64
    assert engine.spec.name == "fakegpt"
    assert engine.count_tokens(["abc", ""]) == [3, 0]
