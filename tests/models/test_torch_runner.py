import copy
import functools
import itertools
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError
from litsweep.models.registry import BIOGPT, BIOMEDLM

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from litsweep.models import decoding, torch_runner  # noqa: E402
from litsweep.models.batching import BatchingEngine  # noqa: E402
from litsweep.models.checkpoints import open_causal  # noqa: E402
from litsweep.models.tokenization import PromptTokenizer  # noqa: E402
from litsweep.models.torch_runner import TransformersRunner  # noqa: E402

CPU = torch.device("cpu")
GREEDY = SamplingParams(max_new_tokens=16)
SAMPLED = SamplingParams(max_new_tokens=16, do_sample=True, seed=3)
PROMPTS = (
    "COVID-19 is",
    "Metformin 500 mg/kg lowered HbA1c (p < 0.05) in 412 adults with type 2 diabetes.",
    "Delirium",
    "We randomised 57 patients; 14 of 43 responded.",
    "Background: little is known about the long-term effects of famotidine.",
    "TNF-alpha",
    "The relation between",
)
END = 256
"""End of text in the tiny model's vocabulary, whose other tokens are bytes."""


@functools.cache
def opened(folder: Path) -> tuple[Any, Any]:
    return open_causal(folder, CPU)


def build_engine(
    folder: Path, spec: ModelSpec, batch_size: int = 4, **options: Any
) -> BatchingEngine:
    return build_with_runner(folder, spec, batch_size, **options)[0]


def build_with_runner(
    folder: Path, spec: ModelSpec, batch_size: int = 4, **options: Any
) -> tuple[BatchingEngine, TransformersRunner]:
    model, tokenizer = opened(folder)
    runner = TransformersRunner(copy.deepcopy(model), **options)  # a runner changes its model
    engine = BatchingEngine(
        spec,
        runner,
        PromptTokenizer(tokenizer, is_chat=spec.kind is ModelKind.INSTRUCT),
        weights_sha256="0" * 64,
        batch_size=batch_size,
        batch_tokens=None,
        timeout_s=60.0,
    )
    return engine, runner


def completed(outcomes: Sequence[Completion | ModelError]) -> list[Completion]:
    done = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
    assert len(done) == len(outcomes), outcomes
    return done


def texts(engine: BatchingEngine, sampling: SamplingParams = GREEDY) -> list[str]:
    return [completion.text for completion in completed(engine.generate(PROMPTS, sampling))]


def singly(engine: BatchingEngine, sampling: SamplingParams = GREEDY) -> list[str]:
    alone = [completed(engine.generate([prompt], sampling)) for prompt in PROMPTS]
    return [completion.text for (completion,) in alone]


@pytest.mark.parametrize("name", ["biogpt", "biomedlm", "tiny"])
def test_text_is_the_same_batched_single_and_by_generate(
    name: str, request: pytest.FixtureRequest, tiny_spec: ModelSpec
) -> None:
    spec = {"biogpt": BIOGPT, "biomedlm": BIOMEDLM, "tiny": tiny_spec}[name]
    folder = request.getfixturevalue(f"{name}_folder")
    engine = build_engine(folder, spec)
    batched = texts(engine)
    assert len(set(batched)) == len(PROMPTS), "the model must depend on its prompt"
    assert batched == singly(engine)
    assert batched == texts(build_engine(folder, spec, batch_size=7))
    assert batched == texts(build_engine(folder, spec, uses_own_loop=False)), "by generate()"
    assert batched == texts(build_engine(folder, spec, packs_weights=False))


def test_text_is_what_the_model_itself_finds_most_likely(biomedlm_folder: Path) -> None:
    # Without any loop: no cache, no padding, the flags of BioMedLM's own configuration.
    model, tokenizer = opened(biomedlm_folder)
    assert model.config.scale_attn_by_inverse_layer_idx and not model.config.use_cache
    tokens = tokenizer.encode(PROMPTS[1])
    n_prompt = len(tokens)
    with torch.inference_mode():
        for _ in range(8):
            logits = model(torch.tensor([tokens]), use_cache=False).logits
            tokens.append(int(logits[0, -1].argmax()))
    written = texts(build_engine(biomedlm_folder, BIOMEDLM), SamplingParams(max_new_tokens=8))[1]
    assert written == tokenizer.decode(tokens[n_prompt:])


def test_counts_of_tokens(tiny_folder: Path, tiny_spec: ModelSpec) -> None:
    engine = build_engine(tiny_folder, tiny_spec)
    for prompt, completion in zip(
        PROMPTS, completed(engine.generate(PROMPTS, GREEDY)), strict=True
    ):
        assert completion.n_input_tokens == len(prompt) == engine.count_tokens([prompt])[0]
        assert completion.stop_reason is StopReason.LENGTH
        assert completion.n_output_tokens == 16
        assert completion.duration_s > 0


def test_text_ends_before_a_stop_string_and_writing_stops_there(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    free = texts(build_engine(tiny_folder, tiny_spec))
    stop = free[1][5:7]
    engine = build_engine(tiny_folder, replace(tiny_spec, stop_strings=(stop, "never written")))
    stopped = completed(engine.generate(PROMPTS, GREEDY))
    for completion, unstopped in zip(stopped, free, strict=True):
        assert completion.text == unstopped.split(stop)[0]
        if stop in unstopped:
            assert completion.stop_reason is StopReason.STOP_STRING
    assert stopped[1].n_output_tokens < 16


def ending_after(n_tokens: dict[int, int]) -> Callable[[Sequence[int]], bool]:
    """End the row whose first new token is given after so many tokens."""
    return lambda written: len(written) >= n_tokens.get(written[0], 10_000)


def run(runner: TransformersRunner, prompts: Sequence[Sequence[int]], **options: Any) -> Any:
    given = {"end_token_id": END, "has_ended": None, "deadline": None} | options
    return runner.run(prompts, SamplingParams(max_new_tokens=24), **given)


@pytest.mark.parametrize("uses_own_loop", [True, False])
def test_rows_that_are_over_leave_the_others_alone(
    uses_own_loop: bool, tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    _, runner = build_with_runner(tiny_folder, tiny_spec, uses_own_loop=uses_own_loop)
    prompts = [list(prompt.encode()) for prompt in PROMPTS]
    free = run(runner, prompts)
    assert {len(row) for row in free} == {24}
    lengths = {row[0]: 3 + 3 * i for i, row in enumerate(free)}
    assert len(lengths) > 4, "the rows must end at different times"
    ended = run(runner, prompts, has_ended=ending_after(lengths))
    for row, whole in zip(ended, free, strict=True):
        expected = whole[: lengths[row[0]]]
        assert row[: len(expected)] == expected
        assert set(row[len(expected) :]) <= {END}, "generate() fills up what is over"


def test_end_token_ends_a_row(tiny_folder: Path, tiny_spec: ModelSpec) -> None:
    for uses_own_loop in (True, False):
        _, runner = build_with_runner(tiny_folder, tiny_spec, uses_own_loop=uses_own_loop)
        prompts = [list(prompt.encode()) for prompt in PROMPTS]
        free = run(runner, prompts)
        end = free[2][5]
        for row, whole in zip(run(runner, prompts, end_token_id=end), free, strict=True):
            cut = whole.index(end) + 1 if end in whole else len(whole)
            assert row == whole[:cut]


@pytest.mark.parametrize("uses_own_loop", [True, False])
def test_batch_stops_at_the_token_after_its_time(
    uses_own_loop: bool,
    tiny_folder: Path,
    tiny_spec: ModelSpec,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, runner = build_with_runner(tiny_folder, tiny_spec, uses_own_loop=uses_own_loop)
    prompts = [list(prompt.encode()) for prompt in PROMPTS[:3]]
    free = run(runner, prompts)
    for module in (decoding, torch_runner):
        seconds = itertools.count()
        monkeypatch.setattr(module.time, "monotonic", lambda clock=seconds: float(next(clock)))
    # Each token looks at the clock once, and reads one second more.
    late = run(runner, prompts, deadline=6.5)
    assert 4 <= len(late[0]) <= 8
    assert late == [row[: len(late[0])] for row in free]


def test_prompts_that_are_read_after_the_time_write_nothing(
    tiny_folder: Path, tiny_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_CPU_PREFILL_TOKENS", 1)
    _, runner = build_with_runner(tiny_folder, tiny_spec)
    assert run(runner, [[65, 66], [67]], deadline=0.0) == [[], []]


def test_nothing_of_the_checkpoints_generation_settings_acts(
    tiny_folder: Path, tiny_spec: ModelSpec, tmp_path: Path
) -> None:
    plain = texts(build_engine(tiny_folder, tiny_spec))
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "opinionated"))
    opinions = {
        "do_sample": True,
        "temperature": 3.0,
        "top_k": 2,
        "repetition_penalty": 9.0,
        "no_repeat_ngram_size": 1,
        "max_length": 5,
        "min_new_tokens": 99,
        "num_beams": 3,
        "eos_token_id": list(range(200)),
        "use_cache": False,
    }
    (folder / "generation_config.json").write_text(json.dumps(opinions))
    assert texts(build_engine(folder, tiny_spec)) == plain
    assert texts(build_engine(folder, tiny_spec, uses_own_loop=False)) == plain


def test_repeats_of_the_written_text_are_avoided_when_asked(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    _, runner = build_with_runner(tiny_folder, tiny_spec)
    rows = runner.run(
        [list(prompt.encode()) for prompt in PROMPTS],
        SamplingParams(max_new_tokens=40, no_repeat_ngram=2),
        end_token_id=END,
        has_ended=None,
        deadline=None,
    )
    for row in rows:
        pairs = list(itertools.pairwise(row))
        assert len(pairs) == len(set(pairs))


def test_sample_depends_on_the_seed_and_not_on_the_batch(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine = build_engine(tiny_folder, tiny_spec)
    state = torch.get_rng_state()
    sampled = texts(engine, SAMPLED)
    assert sampled == singly(engine, SAMPLED)
    assert sampled == texts(build_engine(tiny_folder, tiny_spec, uses_own_loop=False), SAMPLED)
    assert sampled != texts(engine)
    assert sampled != texts(engine, replace(SAMPLED, seed=4))
    assert torch.equal(torch.get_rng_state(), state)


def test_sample_of_a_row_outlives_the_rows_that_end_before_it(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    _, runner = build_with_runner(tiny_folder, tiny_spec)
    prompts = [list(prompt.encode()) for prompt in PROMPTS]
    given: dict[str, Any] = {"end_token_id": END, "deadline": None}
    free = runner.run(prompts, SAMPLED, has_ended=None, **given)
    short = {row[0] for row in free[:5]}
    some = runner.run(prompts, SAMPLED, has_ended=lambda ids: ids[0] in short, **given)
    assert some[6] == (free[6][:1] if free[6][0] in short else free[6])
    assert any(len(row) == 16 for row in some) and any(len(row) == 1 for row in some)


def test_instruct_model_is_asked_through_its_chat_template(
    tiny_folder: Path, tiny_spec: ModelSpec, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "chat"))
    (folder / "chat_template.jinja").write_text(
        "{% for m in messages %}Q: {{ m['content'] }}\n{% endfor %}A:"
    )
    chat = build_engine(folder, replace(tiny_spec, kind=ModelKind.INSTRUCT))
    plain = build_engine(tiny_folder, tiny_spec)
    assert chat.count_tokens(["Why?"])[0] == len("Q: Why?\nA:")
    (asked,) = completed(chat.generate(["Why?"], GREEDY))
    (written,) = completed(plain.generate(["Q: Why?\nA:"], GREEDY))
    assert asked.text == written.text
    (chosen,), (ranked,) = chat.rank(["Why?"], ["So."]), plain.rank(["Q: Why?\nA:"], ["So."])
    assert chosen != ranked, "the answer begins with the label, a text goes on after a space"


def naive_score(model: Any, prompt: Sequence[int], tokens: Sequence[int]) -> float:
    """Score one continuation with nothing clever: the whole text, unpadded, without a cache."""
    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, *tokens]]), use_cache=False).logits[0]
    chances = logits.log_softmax(dim=-1)
    places = range(len(prompt) - 1, len(prompt) + len(tokens) - 1)
    scores = [float(chances[place, token]) for place, token in zip(places, tokens, strict=True)]
    return sum(scores) / len(scores)


@pytest.mark.parametrize("name", ["biogpt", "biomedlm"])
def test_scores_are_those_of_one_text_at_a_time(name: str, request: pytest.FixtureRequest) -> None:
    spec = {"biogpt": BIOGPT, "biomedlm": BIOMEDLM}[name]
    folder = request.getfixturevalue(f"{name}_folder")
    engine = build_engine(folder, spec, batch_size=9)
    labels = ["yes", "no", "not reported in this text"]
    model, tokenizer = opened(folder)
    for prompt, scores in zip(PROMPTS, engine.rank(PROMPTS, labels), strict=True):
        ids = tokenizer.encode(prompt)
        expected = []
        for label in labels:
            tokens = tokenizer.encode(f" {label}", add_special_tokens=False)
            expected.append(naive_score(model, ids, tokens))
        assert scores == pytest.approx(expected, abs=1e-3)


def test_label_may_fill_the_window_to_the_last_position(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine = build_engine(tiny_folder, tiny_spec)
    fits, too_long = engine.rank(["x" * 122, "y" * 123], ["a", "label"])
    assert isinstance(fits, tuple) and len(fits) == 2
    assert isinstance(too_long, ModelError)


@pytest.fixture(scope="module")
def seq2seq() -> Any:
    """A small random BART: positions are learned, so that wrong padding shows."""
    torch.manual_seed(5)
    config = transformers.BartConfig(
        vocab_size=257,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=128,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=256,
        decoder_start_token_id=256,
        forced_eos_token_id=None,
    )
    model = transformers.BartForConditionalGeneration(config).eval()
    for weights in model.parameters():
        if weights.ndim == 2:
            weights.data.mul_(8)
    return model


def test_seq2seq_model_writes_the_same_batched_and_single(seq2seq: Any) -> None:
    runner = TransformersRunner(seq2seq)
    assert runner.n_positions == 128
    prompts = [list(prompt.encode()) for prompt in PROMPTS]
    batched = run(runner, prompts)
    assert batched == [run(runner, [prompt])[0] for prompt in prompts]
    assert len({tuple(row) for row in batched}) > 3
    scores = runner.score(prompts, [row[:4] for row in batched])
    alone = [
        runner.score([prompt], [row[:4]])[0] for prompt, row in zip(prompts, batched, strict=True)
    ]
    assert scores == pytest.approx(alone, abs=1e-4)
    others = runner.score(prompts, [[65, 66, 67, 68]] * len(prompts))
    assert all(best > other for best, other in zip(scores, others, strict=True))


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("CUDA error: device-side assert triggered"), False),
        (IndexError("index out of range in self"), False),
    ],
)
def test_lack_of_memory_is_told_from_other_failures(
    error: Exception, is_memory: bool, tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    _, runner = build_with_runner(tiny_folder, tiny_spec)
    assert runner.is_out_of_memory(error) is is_memory


def test_what_is_reported_of_the_model(biogpt_folder: Path) -> None:
    engine, runner = build_with_runner(biogpt_folder, BIOGPT)
    assert engine.description.endswith(", cpu, float32")
    assert f"transformers {transformers.__version__}, torch {torch.__version__}" in (
        engine.description
    )
    assert runner.n_positions == 1024
    assert runner.bytes_per_token == 2 * 2 * 32 * 4  # keys and values, layers, width, float32
    assert runner.affordable_tokens() is None
    assert 10_000_000 < engine.peak_memory_bytes() < 100_000_000_000
    runner.release_memory()
