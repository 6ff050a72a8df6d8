from pathlib import Path
from typing import Any

import pytest

from litsweep.errors import WeightsRefused

torch = pytest.importorskip("torch")
gguf = pytest.importorskip("gguf")
transformers = pytest.importorskip("transformers")

from litsweep.models.gguf_llama import open_gguf  # noqa: E402

CPU = torch.device("cpu")
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


@pytest.fixture(scope="module")
def llama() -> Any:
    """A small random Llama with fewer key heads than query heads and tied embeddings."""
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=260,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
        tie_word_embeddings=True,
    )
    return transformers.LlamaForCausalLM(config).eval()


def write_gguf(path: Path, model: Any, *, architecture: str = "llama", lose: str = "") -> Path:
    """Write ``model`` as llama.cpp's converter does."""
    config = model.config
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_vocab_size(config.vocab_size)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    _write_tokenizer(writer)
    for name, values in _tensors(model).items():
        if name != lose:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_tokenizer(writer: Any) -> None:
    alphabet = sorted(transformers.convert_slow_tokenizer.bytes_to_unicode().values())
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list([*SPECIAL, *alphabet, "ab"])
    writer.add_token_types([3] * 3 + [1] * (len(alphabet) + 1))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template("{{ messages[0]['content'] }}")


def _tensors(model: Any) -> dict[str, Any]:
    state = model.state_dict()
    tensors = {
        "token_embd.weight": state["model.embed_tokens.weight"],
        "output_norm.weight": state["model.norm.weight"],
    }
    mapping = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, model.config.num_hidden_layers)
    for name, values in state.items():
        if not name.startswith("model.layers"):
            continue
        target = mapping.get_name(name, try_suffixes=(".weight",))
        if "q_proj" in name:
            values = _permute(values, model.config.num_attention_heads)
        if "k_proj" in name:
            values = _permute(values, model.config.num_key_value_heads)
        tensors[target] = values
    return {name: values.contiguous().numpy() for name, values in tensors.items()}


def _permute(weights: Any, n_heads: int) -> Any:
    # llama.cpp, convert_hf_to_gguf.py, LlamaModel.permute
    rows, columns = weights.shape
    halves = weights.reshape(n_heads, 2, rows // n_heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def test_weights_and_logits_are_those_of_the_model(llama: Any, tmp_path: Path) -> None:
    model, _ = open_gguf(write_gguf(tmp_path / "m.gguf", llama), CPU)
    expected = llama.state_dict()
    found = model.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    tokens = torch.arange(40).reshape(2, 20)
    with torch.inference_mode():
        assert torch.equal(model(tokens).logits, llama(tokens).logits)


def test_tokenizer_is_the_one_described(llama: Any, tmp_path: Path) -> None:
    _, tokenizer = open_gguf(write_gguf(tmp_path / "m.gguf", llama), CPU)
    tokens = tokenizer.convert_ids_to_tokens(tokenizer.encode("ab 12<|im_end|>"))
    assert tokens == ["ab", "Ġ", "1", "2", "<|im_end|>"]
    assert tokenizer.eos_token == "<|im_end|>"
    assert tokenizer.decode(tokenizer.encode("β ≥ 12")) == "β ≥ 12"
    assert tokenizer.chat_template == "{{ messages[0]['content'] }}"


def test_other_kinds_of_files_are_refused(llama: Any, tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match="no Llama model"):
        open_gguf(write_gguf(tmp_path / "a.gguf", llama, architecture="mamba"), CPU)
    with pytest.raises(WeightsRefused, match=r"b\.gguf lacks 1 of the model's weights"):
        open_gguf(write_gguf(tmp_path / "b.gguf", llama, lose="blk.1.ffn_up.weight"), CPU)
    cut = tmp_path / "c.gguf"
    cut.write_bytes((tmp_path / "b.gguf").read_bytes()[:5000])
    with pytest.raises(WeightsRefused, match=r"c\.gguf cannot be loaded"):
        open_gguf(cut, CPU)
    cut.write_bytes(b"not a model")
    with pytest.raises(WeightsRefused, match=r"c\.gguf cannot be loaded"):
        open_gguf(cut, CPU)
