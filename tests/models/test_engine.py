import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.generations import SamplingParams, StopReason
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError, PromptTooLong
from litsweep.models.registry import BIOGPT, BIOMEDLM

torch = pytest.importorskip("torch")

from litsweep.models.checkpoints import open_causal  # noqa: E402
from litsweep.models.engine import TransformersEngine  # noqa: E402

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


def build_engine(folder: Path, spec: ModelSpec, batch_size: int = 4) -> TransformersEngine:
    return build_with_model(folder, spec, batch_size)[0]


def build_with_model(
    folder: Path, spec: ModelSpec, batch_size: int = 4
) -> tuple[TransformersEngine, Any]:
    model, tokenizer = open_causal(folder, CPU)
    engine = TransformersEngine(
        spec, model, tokenizer, weights_sha256="0" * 64, batch_size=batch_size
    )
    return engine, model


def texts(engine: TransformersEngine, sampling: SamplingParams = GREEDY) -> list[str]:
    return [completion.text for completion in engine.generate(PROMPTS, sampling)]


def singly(engine: TransformersEngine, sampling: SamplingParams = GREEDY) -> list[str]:
    return [engine.generate([prompt], sampling)[0].text for prompt in PROMPTS]


@pytest.mark.parametrize("name", ["biogpt", "biomedlm", "tiny"])
def test_batched_text_is_the_text_of_single_prompts(
    name: str, request: pytest.FixtureRequest, tiny_spec: ModelSpec
) -> None:
    spec = {"biogpt": BIOGPT, "biomedlm": BIOMEDLM, "tiny": tiny_spec}[name]
    engine = build_engine(request.getfixturevalue(f"{name}_folder"), spec)
    batched = texts(engine)
    assert batched == singly(engine)
    assert len(set(batched)) == len(PROMPTS), "the model must depend on its prompt"


def test_text_is_what_the_model_itself_finds_most_likely(biomedlm_folder: Path) -> None:
    # Without generate(): no cache, no padding, the flags of BioMedLM's own configuration.
    model, tokenizer = open_causal(biomedlm_folder, CPU)
    assert model.config.scale_attn_by_inverse_layer_idx and not model.config.use_cache
    tokens = tokenizer.encode(PROMPTS[1])
    n_prompt = len(tokens)
    with torch.inference_mode():
        for _ in range(8):
            logits = model(torch.tensor([tokens]), use_cache=False).logits
            tokens.append(int(logits[0, -1].argmax()))
    engine = TransformersEngine(BIOMEDLM, model, tokenizer, weights_sha256="", batch_size=4)
    written = engine.generate(PROMPTS, SamplingParams(max_new_tokens=8))[1].text
    assert written == tokenizer.decode(tokens[n_prompt:])


def test_no_prompts_give_no_completions(tiny_folder: Path, tiny_spec: ModelSpec) -> None:
    assert build_engine(tiny_folder, tiny_spec).generate([], GREEDY) == []


def test_counts_of_tokens(tiny_folder: Path, tiny_spec: ModelSpec) -> None:
    engine = build_engine(tiny_folder, tiny_spec)
    completions = engine.generate(PROMPTS, GREEDY)
    for prompt, completion in zip(PROMPTS, completions, strict=True):
        assert completion.n_input_tokens == len(prompt) == engine.count_tokens([prompt])[0]
        assert completion.stop_reason is StopReason.LENGTH
        assert completion.n_output_tokens == 16
        assert completion.duration_s > 0


def test_prompt_that_does_not_fit_is_refused_before_anything_runs(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine, model = build_with_model(tiny_folder, tiny_spec)
    fits = "x" * (128 - 16)
    assert engine.generate([fits], GREEDY)[0].n_input_tokens == 112
    model.generate = None
    with pytest.raises(
        PromptTooLong, match=r"Prompt 2 takes 113 tokens, and 16 .* the 128 tokens that tiny"
    ):
        engine.generate(["short", fits + "x"], GREEDY)


def test_smaller_window_of_spec_and_checkpoint_counts(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    for window in (20, 5000):
        engine = build_engine(tiny_folder, replace(tiny_spec, context_window=window))
        with pytest.raises(PromptTooLong, match=f"the {min(window, 128)} tokens"):
            engine.generate(["x" * 120], GREEDY)


def test_text_ends_before_a_stop_string_and_writing_stops_there(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    free = texts(build_engine(tiny_folder, tiny_spec))
    stop = free[1][5:7]
    engine = build_engine(tiny_folder, replace(tiny_spec, stop_strings=(stop, "never written")))
    for completion, unstopped in zip(engine.generate(PROMPTS, GREEDY), free, strict=True):
        assert completion.text == unstopped.split(stop)[0]
        if stop in unstopped:
            assert completion.stop_reason is StopReason.STOP_STRING
    stopped = engine.generate(PROMPTS[1:2], GREEDY)[0]
    assert stopped.n_output_tokens < 16


def test_end_token_ends_the_text_and_is_not_counted(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine, model = build_with_model(tiny_folder, tiny_spec)
    prompt = torch.zeros(1, 3, dtype=torch.long)
    written = torch.tensor([[65 - 33, 66 - 33, 256, 256]])
    model.generate = lambda **_: torch.cat([prompt, written], dim=1)
    (completion,) = engine.generate(["abc"], GREEDY)
    assert (completion.text, completion.n_output_tokens) == ("AB", 2)
    assert completion.stop_reason is StopReason.END_OF_TEXT


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


def test_repeats_of_the_written_text_are_avoided_when_asked(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine, model = build_with_model(tiny_folder, tiny_spec)
    model_tokens: list[list[int]] = []
    original = model.generate

    def spy(**options: Any) -> Any:
        output = original(**options)
        width = options["input_ids"].shape[1]
        model_tokens.extend(row[width:] for row in output.tolist())
        return output

    model.generate = spy
    engine.generate(PROMPTS, SamplingParams(max_new_tokens=40, no_repeat_ngram=2))
    for row in model_tokens:
        pairs = list(itertools.pairwise(row))
        assert len(pairs) == len(set(pairs))


def test_sample_depends_on_the_seed_and_not_on_the_batch(
    tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine = build_engine(tiny_folder, tiny_spec)
    state = torch.get_rng_state()
    sampled = texts(engine, SAMPLED)
    assert sampled == singly(engine, SAMPLED)
    assert sampled != texts(engine)
    assert sampled != texts(engine, replace(SAMPLED, seed=4))
    assert torch.equal(torch.get_rng_state(), state)


def scarce(original: Callable[..., Any], most: int, sizes: list[int]) -> Callable[..., Any]:
    """Return generate() on a machine whose memory holds a batch of ``most`` prompts."""

    def generate(**options: Any) -> Any:
        sizes.append(len(options["input_ids"]))
        if sizes[-1] > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return original(**options)

    return generate


def test_batch_is_halved_while_memory_runs_out(tiny_folder: Path, tiny_spec: ModelSpec) -> None:
    expected = texts(build_engine(tiny_folder, tiny_spec))
    engine, model = build_with_model(tiny_folder, tiny_spec, batch_size=8)
    sizes: list[int] = []
    model.generate = scarce(model.generate, 2, sizes)
    assert texts(engine) == expected
    assert sizes == [7, 3, 1, 2, 4, 2, 2]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        RuntimeError("CUDA error: device-side assert triggered\nmore"),
        IndexError("index out of range in self"),
    ],
)
def test_failure_names_the_prompt_and_is_ours(
    error: Exception, tiny_folder: Path, tiny_spec: ModelSpec
) -> None:
    engine, model = build_with_model(tiny_folder, tiny_spec, batch_size=1)

    def fail(**_: Any) -> None:
        raise error

    model.generate = fail
    with pytest.raises(
        ModelError, match=rf"tiny failed on prompt 1 \(3 tokens\): {type(error).__name__}"
    ):
        engine.generate(["abc"], GREEDY)


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
    asked = chat.generate(["Why?"], GREEDY)[0].text
    assert asked == plain.generate(["Q: Why?\nA:"], GREEDY)[0].text
