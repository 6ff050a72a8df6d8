"""CTranslate2 writes what transformers writes: random checkpoints in both true architectures."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.generations import SamplingParams
from litsweep.errors import ModelError, ModelNotAvailable, WeightsRefused

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("ctranslate2")

from litsweep.models.checkpoints import open_causal  # noqa: E402
from litsweep.models.ctranslate2_conversion import convert_for_ctranslate2  # noqa: E402
from litsweep.models.ctranslate2_runner import CTranslate2Runner, load_runner  # noqa: E402
from litsweep.models.sampling import build_processors  # noqa: E402
from litsweep.models.weights import hash_weights, list_weights  # noqa: E402

TEXTS = (
    "COVID-19 is",
    "Metformin 500 mg/kg lowered HbA1c (p < 0.05) in 412 adults with type 2 diabetes.",
    "Delirium",
    "We randomised 57 patients; 14 of 43 responded.",
    "Background: little is known about the long-term effects of famotidine.",
    "TNF-alpha",
    "The relation between",
    "Methods. Patients' records (n = 1,204) were read by two of us; disputes went to a third.",
    "",
    "In mice,",
    "Objectives: to find out whether aspirin prevents a second stroke in adults over 65.",
    "5'-azacytidine",
)
GREEDY = SamplingParams(max_new_tokens=24)


class Pair:
    """One checkpoint in both libraries."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.folder = Path(shutil.copytree(source, folder))
        convert_for_ctranslate2(self.folder)
        self.sha256 = hash_weights(list_weights(self.folder))
        self.runner = self.load()
        self.model, tokenizer = open_causal(self.folder, torch.device("cpu"))
        self.model.generation_config = transformers.GenerationConfig()
        self.end = int(tokenizer.eos_token_id)
        # BioMedLM's tokenizer makes no token of an empty text; a model needs one to begin with.
        self.prompts = [list(tokenizer.encode(text)) or [self.end] for text in TEXTS]

    def load(self, quantization: str = "none") -> CTranslate2Runner:
        return load_runner(
            self.folder, device="cpu", quantization=quantization, weights_sha256=self.sha256
        )

    def run(
        self, prompts: list[list[int]], sampling: SamplingParams = GREEDY, **options: Any
    ) -> list[list[int]]:
        asked: dict[str, Any] = {"has_ended": None, "deadline": None, "end_token_id": self.end}
        return self.runner.run(prompts, sampling, **(asked | options))

    def expected(
        self, prompt: list[int], sampling: SamplingParams = GREEDY, end: int | None = None
    ) -> list[int]:
        """Return what transformers writes after one prompt, without padding."""
        output: Any = self.model.generate
        written = output(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt)),
            do_sample=False,
            use_cache=True,
            max_new_tokens=sampling.max_new_tokens,
            eos_token_id=self.end if end is None else end,
            pad_token_id=self.end,
            logits_processor=build_processors(sampling, [prompt], len(prompt), torch.device("cpu")),
        )
        return list(written[0, len(prompt) :].tolist())


@pytest.fixture(scope="module", params=["biogpt", "biomedlm"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    source = request.getfixturevalue(f"{request.param}_folder")
    return Pair(source, tmp_path_factory.mktemp("converted") / request.param)


def test_engine_is_engine_and_batched_is_single(pair: Pair) -> None:
    expected = [pair.expected(prompt) for prompt in pair.prompts]
    assert pair.run(pair.prompts) == expected, "12 of 12, lengths mixed"
    assert [pair.run([prompt])[0] for prompt in pair.prompts] == expected
    assert len(set(map(tuple, expected))) > 8, "the model must depend on its prompt"


def test_a_prompt_of_one_token_does_not_shorten_the_others(pair: Pair) -> None:
    prompts = [pair.prompts[1], [pair.end], pair.prompts[3], [41]]
    assert pair.run(prompts) == [pair.expected(prompt) for prompt in prompts]


def test_text_ends_with_its_end_token(pair: Pair) -> None:
    free = [pair.expected(prompt) for prompt in pair.prompts]
    end = free[1][3]
    expected = [pair.expected(prompt, end=end) for prompt in pair.prompts]
    assert pair.run(pair.prompts, end_token_id=end) == expected
    assert expected[1][-1] == end
    assert len(expected[1]) <= 4


def test_end_token_in_a_prompt_ends_nothing(pair: Pair) -> None:
    # Of a longer prompt the last tokens are taken step by step, as if they were written.
    prompts = [[41, 42], [*pair.prompts[1], pair.end, 50], [*pair.prompts[3], pair.end]]
    assert pair.run(prompts) == [pair.expected(prompt) for prompt in prompts]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_repeats_of_the_written_text_are_avoided_and_those_of_the_prompt_are_not(
    pair: Pair, n: int
) -> None:
    sampling = SamplingParams(max_new_tokens=32, no_repeat_ngram=n)
    # Prompts that hold what the model would write: it may write it once more.
    copies = [prompt + pair.expected(prompt) for prompt in pair.prompts[:4]]
    prompts = [*pair.prompts, *copies, *(copy + copy[-9:] for copy in copies)]
    expected = [pair.expected(prompt, sampling) for prompt in prompts]
    assert pair.run(prompts, sampling) == expected
    assert [pair.run([prompt], sampling)[0] for prompt in prompts] == expected
    if n < 3:
        free = SamplingParams(max_new_tokens=32)
        assert expected != [pair.expected(prompt, free) for prompt in prompts]


def test_library_option_would_count_the_prompt_in_a_mixed_batch(pair: Pair) -> None:
    # Why repeating rows are written again: once this fails, they need not be.
    short, long = [2, 5], pair.prompts[1]
    copied = long + pair.expected(long)
    options = {"sampling_topk": 1, "max_length": 24, "include_prompt_in_result": False}
    generated = pair.runner._generator.generate_batch(
        [[str(i) for i in prompt] for prompt in (short, copied)], no_repeat_ngram_size=1, **options
    )
    sampling = SamplingParams(max_new_tokens=24, no_repeat_ngram=1)
    assert generated[1].sequences_ids[0] != pair.expected(copied, sampling)


def test_rows_end_when_they_are_said_to_have_ended(pair: Pair) -> None:
    expected = [pair.expected(prompt) for prompt in pair.prompts]
    seventh = expected[1][6]

    def has_ended(written: Any) -> bool:
        return written[-1] == seventh or len(written) == 11

    for row, whole in zip(pair.run(pair.prompts, has_ended=has_ended), expected, strict=True):
        assert row == whole[: len(row)]
        assert has_ended(row)
        assert not any(has_ended(row[:i]) for i in range(1, len(row)))


def test_nothing_is_written_past_the_deadline(pair: Pair) -> None:
    rows = pair.run(pair.prompts, deadline=time.monotonic() - 1)
    assert {len(row) for row in rows} == {1}
    assert pair.run(pair.prompts, deadline=time.monotonic() + 3600) == pair.run(pair.prompts)


def test_failure_inside_a_step_is_raised_here(pair: Pair) -> None:
    def fail(_: object) -> bool:
        raise ZeroDivisionError("in the step")

    with pytest.raises(ZeroDivisionError, match="in the step"):
        pair.run(pair.prompts, has_ended=fail)


def test_scores_are_those_of_transformers(pair: Pair) -> None:
    continuations = [[7], [41, 42], [5, 6, 7, 8], *([[i, i + 1] for i in range(100, 109)])]
    scores = pair.runner.score(pair.prompts, continuations)
    for prompt, after, score in zip(pair.prompts, continuations, scores, strict=True):
        with torch.inference_mode():
            logits = pair.model(torch.tensor([prompt + after])).logits[0]
        table = logits.log_softmax(-1)
        start = len(prompt) - 1
        expected = sum(float(table[start + i, token]) for i, token in enumerate(after))
        assert score == pytest.approx(expected / len(after), abs=1e-4)


def test_sampling_is_refused(pair: Pair) -> None:
    sampling = SamplingParams(max_new_tokens=4, do_sample=True)
    with pytest.raises(ModelError, match="greedy decoding only"):
        pair.run(pair.prompts, sampling)


def test_no_prompts_give_no_rows(pair: Pair) -> None:
    assert pair.run([]) == []
    assert pair.runner.score([], []) == []


def test_runner_says_what_it_is(pair: Pair) -> None:
    assert pair.runner.description.startswith("ctranslate2 4.")
    assert pair.runner.description.endswith(", cpu, float32")
    assert pair.load("int8").description.endswith(", cpu, int8_float32")
    assert pair.runner.n_positions == 1024
    assert pair.runner.peak_memory_bytes() > 50_000_000


def test_rounded_weights_are_said(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "tiny"))
    convert_for_ctranslate2(folder, precision="bfloat16")
    sha256 = hash_weights(list_weights(folder))
    runner = load_runner(folder, device="cpu", quantization="none", weights_sha256=sha256)
    assert runner.description.endswith(", float32 from bfloat16")


def test_conversion_of_other_weights_is_refused(pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="made from other weights"):
        load_runner(pair.folder, device="cpu", quantization="none", weights_sha256="0" * 64)
    folder = Path(shutil.copytree(pair.folder, tmp_path / "damaged"))
    (folder / "ctranslate2" / "model.bin").write_bytes(b"\x06\0\0\0")
    with pytest.raises(WeightsRefused, match="cannot be loaded"):
        load_runner(folder, device="cpu", quantization="none", weights_sha256=pair.sha256)


def test_unconverted_folder_is_not_available(tiny_folder: Path) -> None:
    with pytest.raises(ModelNotAvailable, match="Convert it once"):
        load_runner(tiny_folder, device="cpu", quantization="none", weights_sha256="0" * 64)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA failed with error out of memory"), True),
        (RuntimeError("No position encodings are defined for positions >= 1024"), False),
        (ModelError("greedy decoding only"), False),
    ],
)
def test_out_of_memory_is_told_from_other_errors(
    pair: Pair, error: Exception, expected: bool
) -> None:
    assert pair.runner.is_out_of_memory(error) is expected


def test_shape_of_biogpt_large_converts_exactly(tokenizers_dir: Path, tmp_path: Path) -> None:
    pytest.importorskip("sacremoses")
    source = Path(shutil.copytree(tokenizers_dir / "biogpt-large", tmp_path / "large"))
    # An odd vocabulary, 2,048 positions, an odd number of heads; two layers, and narrow.
    config = transformers.BioGptConfig(
        vocab_size=57_717,
        hidden_size=40,
        num_hidden_layers=2,
        num_attention_heads=5,
        intermediate_size=64,
        max_position_embeddings=2048,
    )
    torch.manual_seed(7)
    model = transformers.BioGptForCausalLM(config)
    for name, weights in model.named_parameters():
        if weights.ndim == 2 and "embed" not in name:
            weights.data.mul_(12)  # or it repeats its last token, whatever came before
    model.save_pretrained(source)
    pair = Pair(source, tmp_path / "converted")
    assert pair.runner.n_positions == 2048
    prompts = [*pair.prompts, list(range(5, 1205))]
    assert pair.run(prompts) == [pair.expected(prompt) for prompt in prompts]


def test_label_of_an_older_litsweep_is_refused(pair: Pair, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(pair.folder, tmp_path / "old"))
    (folder / "ctranslate2" / "converted.json").write_text(json.dumps({"by": "hand"}))
    with pytest.raises(WeightsRefused, match="does not say"):
        load_runner(folder, device="cpu", quantization="none", weights_sha256=pair.sha256)
