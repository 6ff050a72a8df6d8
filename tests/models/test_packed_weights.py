from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from litsweep.models.packed_weights import PackedLinear, can_pack, pack_weights  # noqa: E402


def tiny_gpt2() -> Any:
    torch.manual_seed(1)
    config = transformers.GPT2Config(vocab_size=64, n_positions=32, n_embd=16, n_layer=2, n_head=2)
    return transformers.GPT2LMHeadModel(config).eval()


def test_packed_matrices_give_the_same_product() -> None:
    model = tiny_gpt2()
    if not can_pack(model):
        pytest.skip("this PyTorch was built without oneDNN")
    ids = torch.arange(20).reshape(2, 10)
    with torch.inference_mode():
        before = model(ids).logits
        pack_weights(model)
        after = model(ids).logits
    kinds = {type(module).__name__ for module in model.modules()}
    assert "PackedLinear" in kinds and "Conv1D" not in kinds and "Linear" not in kinds
    assert torch.allclose(before, after, atol=1e-5)


def test_bias_may_be_missing() -> None:
    layer = torch.nn.Linear(8, 5, bias=False)
    hidden = torch.randn(3, 8)
    with torch.inference_mode():
        packed = PackedLinear(layer.weight, None)(hidden)
        assert torch.allclose(packed, layer(hidden), atol=1e-6)


def test_only_float32_is_packed() -> None:
    assert not can_pack(tiny_gpt2().to(torch.bfloat16))
