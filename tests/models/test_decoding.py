from collections.abc import Sequence
from typing import Any

import pytest

from litsweep.domain.generations import SamplingParams

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from litsweep.models import decoding  # noqa: E402
from litsweep.models.decoding import GreedyDecoder, can_decode  # noqa: E402
from litsweep.models.static_batch import StaticBatch  # noqa: E402
from tests.fakes import cuda_graphs  # noqa: E402

PROMPTS = [[5, 9, 11, 2, 7], [8, 3], [30, 31, 32, 33, 34, 35, 36, 37, 38], [40]]


def small(name: str) -> Any:
    torch.manual_seed(3)
    configs = {
        "biogpt": transformers.BioGptConfig(
            vocab_size=99,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
        ),
        "gpt2": transformers.GPT2Config(
            vocab_size=99,
            n_positions=64,
            n_embd=32,
            n_layer=2,
            n_head=4,
            scale_attn_by_inverse_layer_idx=True,
        ),
        "llama": transformers.LlamaConfig(
            vocab_size=99,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
        ),
    }
    model = transformers.AutoModelForCausalLM.from_config(configs[name]).eval()
    for weights in model.parameters():
        if weights.ndim == 2:
            weights.data.mul_(9)
    return model


def write(
    decoder: GreedyDecoder, prompts: Sequence[Sequence[int]] = PROMPTS, **options: Any
) -> list[list[int]]:
    given: dict[str, Any] = {"end_token_id": 0, "has_ended": None, "deadline": None} | options
    with torch.inference_mode():
        return decoder.run(prompts, SamplingParams(max_new_tokens=20), **given)


def naively(model: Any, prompt: Sequence[int], n_new: int = 20) -> list[int]:
    ids = list(prompt)
    with torch.inference_mode():
        for _ in range(n_new):
            ids.append(int(model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
            if ids[-1] == 0:
                break
    return ids[len(prompt) :]


@pytest.mark.parametrize("name", ["biogpt", "gpt2", "llama"])
def test_fixed_cache_writes_what_no_cache_writes(name: str) -> None:
    model = small(name)
    assert can_decode(model)
    written = write(GreedyDecoder(model, uses_graphs=False))
    assert written == [naively(model, prompt) for prompt in PROMPTS]
    assert len({tuple(row) for row in written}) == len(PROMPTS)


@pytest.mark.parametrize("n_tokens", [1, 6, 512])
def test_prompts_may_be_read_in_any_groups(n_tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(GreedyDecoder(small("gpt2"), uses_graphs=False))
    monkeypatch.setattr(decoding, "_CPU_PREFILL_TOKENS", n_tokens)
    assert write(GreedyDecoder(small("gpt2"), uses_graphs=False)) == expected


def test_looking_seldom_changes_no_text() -> None:
    model = small("biogpt")
    decoder = GreedyDecoder(model, uses_graphs=False)
    often = write(decoder)
    decoder._stride = 16
    assert write(decoder) == often
    ended = write(decoder, has_ended=lambda ids: len(ids) >= 3)
    assert [row[:3] for row in ended] == [row[:3] for row in often]
    assert {len(row) for row in ended if 0 not in row} <= {16}


@pytest.mark.parametrize("name", ["biogpt", "gpt2"])
def test_recorded_steps_write_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = small(name)
    plain = GreedyDecoder(model, uses_graphs=False)
    decoder = GreedyDecoder(model, uses_graphs=True)
    graphs = cuda_graphs.install(monkeypatch)
    others = [[71, 72], [9, 8, 7, 6], [50], [51, 52, 53]]
    assert write(decoder) == write(plain)
    assert write(decoder, others) == write(plain, others)
    assert len(graphs) == 1, "batches of one shape share a recording"
    assert graphs[0].n_plays > 20
    short = {row[0] for row in write(plain)[:3]}
    ended: dict[str, Any] = {"has_ended": lambda ids: ids[0] in short and len(ids) >= 4}
    assert write(decoder, **ended) == write(plain, **ended)
    assert len(graphs) == 2, "fewer rows are recorded again"
    decoder.release_memory()
    assert write(decoder) == write(plain)


@pytest.mark.parametrize("name", ["biogpt", "gpt2", "llama"])
def test_step_never_waits_for_the_device(name: str) -> None:
    # A step that looked at a value could not be recorded; fake tensors have none to look at.
    from torch._subclasses import FakeTensorMode

    with FakeTensorMode(), torch.inference_mode():
        model = small(name)
        batch = StaticBatch(model, 3, 64, uses_graph=False)
        batch.begin([4, 2, 9])
        states = torch.zeros(3, 2 if name == "llama" else 4, 9, 8)
        read = transformers.DynamicCache(config=model.config)
        for layer in range(2):
            read.update(states, states, layer)
        batch.store(0, 9, read)
        for _ in range(3):
            assert batch.step(torch.zeros(3, dtype=torch.long)).shape == (3, 99)


def test_models_with_other_attention_are_left_to_generate() -> None:
    config = transformers.MistralConfig(
        vocab_size=99,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=8,
    )
    assert not can_decode(transformers.AutoModelForCausalLM.from_config(config))
