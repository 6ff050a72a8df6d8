"""Opens a Llama model from a GGUF file: configuration, tokenizer, de-quantised weights.

Only what the packaged demonstration model needs: the Llama architecture, a byte-level BPE
tokenizer of the ``smollm`` kind, tied embeddings. transformers reads GGUF too, with the same
weights to the last bit, in two to three times the time and with accelerate as one more package.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

from litsweep.errors import WeightsRefused
from litsweep.models.checkpoints import choose_dtype, place, refusing_damage

_LAYER_PARTS: Final = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OTHER_PARTS: Final = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
_SPECIAL_TOKEN: Final = 3  # llama.cpp's LLAMA_TOKEN_TYPE_CONTROL


def open_gguf(path: Path, device: torch.device) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Open the model and its tokenizer, ready to generate.

    Raises:
        WeightsRefused: the file is damaged, incomplete, or of another kind.
        ModelError: memory ran out.
    """
    with refusing_damage(str(path)):
        reader = GGUFReader(path)
        config = _read_config(reader)
        opened: Any = LlamaForCausalLM.from_pretrained(
            None,
            config=config,
            state_dict=_read_weights(reader),
            dtype=choose_dtype(device),
            output_loading_info=True,
        )
        model, report = opened
        return place(model, report, device, source=str(path)), read_tokenizer(reader)


def open_gguf_tokenizer(path: Path) -> PreTrainedTokenizerBase:
    """Open the tokenizer alone.

    Raises:
        WeightsRefused: the file is damaged, or of another kind.
    """
    with refusing_damage(str(path)):
        return read_tokenizer(GGUFReader(path))


def _get(reader: GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise WeightsRefused(f"The GGUF file lacks the field {key}: it is of another kind.")
    return field.contents()


def _read_config(reader: GGUFReader) -> LlamaConfig:
    if _get(reader, "general.architecture") != "llama":
        raise WeightsRefused("The GGUF file holds no Llama model.")
    return LlamaConfig(
        vocab_size=_get(reader, "llama.vocab_size"),
        hidden_size=_get(reader, "llama.embedding_length"),
        intermediate_size=_get(reader, "llama.feed_forward_length"),
        num_hidden_layers=_get(reader, "llama.block_count"),
        num_attention_heads=_get(reader, "llama.attention.head_count"),
        num_key_value_heads=_get(reader, "llama.attention.head_count_kv"),
        max_position_embeddings=_get(reader, "llama.context_length"),
        rms_norm_eps=_get(reader, "llama.attention.layer_norm_rms_epsilon"),
        rope_parameters={
            "rope_type": "default",
            "rope_theta": _get(reader, "llama.rope.freq_base"),
        },
        tie_word_embeddings=True,
    )


def _read_weights(reader: GGUFReader) -> dict[str, torch.Tensor]:
    heads = {
        "attn_q": _get(reader, "llama.attention.head_count"),
        "attn_k": _get(reader, "llama.attention.head_count_kv"),
    }
    weights = {}
    for tensor in reader.tensors:
        values = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        part = tensor.name.split(".")[-2]
        if part in heads:
            values = _undo_rotary_order(values, heads[part])
        weights[_rename(tensor.name)] = torch.tensor(values)
    return weights


def _rename(name: str) -> str:
    block, *rest = name.split(".")
    if block == "blk" and len(rest) == 3 and rest[1] in _LAYER_PARTS:
        return f"model.layers.{rest[0]}.{_LAYER_PARTS[rest[1]]}.weight"
    if block in _OTHER_PARTS:
        return f"{_OTHER_PARTS[block]}.weight"
    raise WeightsRefused(f"The GGUF file holds a tensor that Llama does not have: {name}.")


def _undo_rotary_order(values: NDArray[np.float32], n_heads: int) -> NDArray[np.float32]:
    # llama.cpp keeps the two halves of each rotary pair side by side; transformers keeps the
    # first halves before the second (convert_hf_to_gguf.py, LlamaModel.permute).
    n_rows, n_columns = values.shape
    pairs = values.reshape(n_heads, n_rows // n_heads // 2, 2, n_columns)
    return pairs.swapaxes(1, 2).reshape(values.shape)


def read_tokenizer(reader: GGUFReader) -> PreTrainedTokenizerBase:
    """Build the tokenizer that the GGUF file describes.

    Raises:
        WeightsRefused: it is of another kind than byte-level BPE with single digits.
    """
    if _get(reader, "tokenizer.ggml.pre") != "smollm":
        raise WeightsRefused("The GGUF file's tokenizer is not of the kind smollm.")
    tokens: list[str] = _get(reader, "tokenizer.ggml.tokens")
    kinds: list[int] = _get(reader, "tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in _get(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = Sequence(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in zip(tokens, kinds, strict=True)
            if kind == _SPECIAL_TOKEN
        ]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        chat_template=_get(reader, "tokenizer.chat_template"),
        bos_token=tokens[_get(reader, "tokenizer.ggml.bos_token_id")],
        eos_token=tokens[_get(reader, "tokenizer.ggml.eos_token_id")],
        unk_token=tokens[_get(reader, "tokenizer.ggml.unknown_token_id")],
        pad_token=tokens[_get(reader, "tokenizer.ggml.padding_token_id")],
    )
