"""Converts a checkpoint of BioGPT's or GPT-2's architecture for CTranslate2, once.

CTranslate2 has no converter for BioGPT, and its own for GPT-2 ignores BioMedLM's layer scaling;
with the two layouts below it writes what transformers writes, token for token. The result lies
in a folder of its own beside the safetensors, from which it was made and by whose hash it is
known: the safetensors stay the model, this is a copy in another order.

Its vocabulary is the ids as text: litsweep tokenises by itself.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch

from litsweep.errors import ModelError, ModelNotAvailable, WeightsRefused
from litsweep.models.checkpoints import open_causal
from litsweep.models.folding import fold_layer_scaling
from litsweep.models.weights import hash_weights, list_weights
from litsweep.models.whole_folders import appearing_whole

FOLDER: Final = "ctranslate2"
"""Name of the folder of the converted model, inside the folder of the safetensors."""
_LABEL: Final = "converted.json"
_PRECISIONS: Final = ("float32", "bfloat16", "float16", "int8")
_ACTIVATIONS: Final = {"gelu": "GELU", "gelu_new": "GELUTanh", "gelu_pytorch_tanh": "GELUTanh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a converted model was made from: the hash of the safetensors, and how they are kept."""

    weights_sha256: str
    precision: str
    n_positions: int
    converter: str


def convert_for_ctranslate2(
    folder: Path, target: Path | None = None, *, precision: str = "float32"
) -> Path:
    """Convert the safetensors in ``folder``; return ``target`` (default: ``FOLDER`` in it).

    ``target`` appears whole or not at all, and is never overwritten. ``precision`` is how the
    weights are kept on disk (float32, bfloat16, float16, int8); float32 can be run as any of them.

    Raises:
        ModelNotAvailable: the package ctranslate2 is not installed.
        UsageError: ``target`` exists.
        WeightsRefused: ``folder`` cannot be read.
        ModelError: another architecture or precision, or ``target`` cannot be written.
    """
    ctranslate2 = import_ctranslate2()
    if precision not in _PRECISIONS:
        raise ModelError(f"Precision {precision!r} is none of {', '.join(_PRECISIONS)}.")
    target = folder / FOLDER if target is None else target
    with appearing_whole(target) as unfinished:
        model, _ = open_causal(folder, torch.device("cpu"))
        label = Converted(
            weights_sha256=hash_weights(list_weights(folder)),
            precision=precision,
            n_positions=int(model.config.max_position_embeddings),
            converter=f"ctranslate2 {ctranslate2.__version__}",
        )
        spec = _describe(model)
        spec.validate()
        spec.optimize(quantization=precision)
        spec.save(str(unfinished))
        (unfinished / _LABEL).write_text(json.dumps(asdict(label), indent=2) + "\n")
    return target


def find_converted(folder: Path) -> Path | None:
    """Return the converted model beside the safetensors in ``folder``, or None. Reads nothing."""
    converted = folder / FOLDER
    return converted if (converted / _LABEL).is_file() else None


def read_label(converted: Path) -> Converted:
    """Return what the converted model in this folder was made from.

    Raises:
        WeightsRefused: that is not written there.
    """
    try:
        return Converted(**json.loads((converted / _LABEL).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise WeightsRefused(
            f"{converted} does not say what it was made from. Delete it and convert again."
        ) from error


def import_ctranslate2() -> Any:
    """Return the package, which belongs to the optional extra ``fast``.

    Raises:
        ModelNotAvailable: it is not installed.
    """
    try:
        return import_module("ctranslate2")
    except ImportError as error:
        raise ModelNotAvailable(
            "The package ctranslate2 is missing. Install it with: pip install 'litsweep[fast]'."
        ) from error


def _describe(model: Any) -> Any:
    """Return CTranslate2's description of ``model``, whose layers are given up on the way."""
    describe = _LAYOUTS.get(type(model).__name__)
    if describe is None:
        raise ModelError(
            f"{type(model).__name__} cannot be converted for CTranslate2: known are "
            f"{', '.join(_LAYOUTS)}. Set engine to transformers."
        )
    with torch.no_grad():
        spec = describe(model)
    head = model.get_output_embeddings().weight
    spec.decoder.projection.weight = head
    spec.register_vocabulary([str(i) for i in range(len(head))])
    # Only names in the vocabulary will do; that no text is made of them is litsweep's doing.
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = "0"
    return spec


def _empty_spec(n_layers: int, n_heads: int, activation: str) -> Any:
    if activation not in _ACTIVATIONS:
        raise ModelError(f"The activation {activation!r} is not converted for CTranslate2.")
    specs = import_module("ctranslate2.specs")
    return specs.TransformerDecoderModelSpec.from_config(
        n_layers,
        n_heads,
        pre_norm=True,
        activation=getattr(specs.Activation, _ACTIVATIONS[activation]),
    )


def _describe_biogpt(model: Any) -> Any:
    config, body = model.config, model.biogpt
    spec = _empty_spec(config.num_hidden_layers, config.num_attention_heads, config.hidden_act)
    decoder = spec.decoder
    decoder.scale_embeddings = config.scale_embedding
    decoder.embeddings.weight = body.embed_tokens.weight
    # The first two positions were fairseq's padding.
    decoder.position_encodings.encodings = body.embed_positions.weight[2:]
    _set_norm(decoder.layer_norm, body.layer_norm)
    for i, layer_spec in enumerate(decoder.layer):
        layer, attention = body.layers[i], body.layers[i].self_attn
        _set_norm(layer_spec.self_attention.layer_norm, layer.self_attn_layer_norm)
        joined, out = layer_spec.self_attention.linear
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        joined.weight = torch.cat([part.weight for part in parts])
        joined.bias = torch.cat([part.bias for part in parts])
        _set_linear(out, attention.out_proj.weight, attention.out_proj.bias)
        _set_norm(layer_spec.ffn.layer_norm, layer.final_layer_norm)
        _set_linear(layer_spec.ffn.linear_0, layer.fc1.weight, layer.fc1.bias)
        _set_linear(layer_spec.ffn.linear_1, layer.fc2.weight, layer.fc2.bias)
        body.layers[i] = torch.nn.Identity()  # or the largest model would be held twice
    return spec


def _describe_gpt2(model: Any) -> Any:
    config, body = model.config, model.transformer
    if not config.scale_attn_weights or config.add_cross_attention:
        raise ModelError("This GPT-2 has an attention that CTranslate2 does not know.")
    spec = _empty_spec(config.n_layer, config.n_head, config.activation_function)
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = body.wte.weight
    decoder.position_encodings.encodings = body.wpe.weight
    _set_norm(decoder.layer_norm, body.ln_f)
    for i, layer_spec in enumerate(decoder.layer):
        weights = {f"h.{i}.{name}": tensor for name, tensor in body.h[i].state_dict().items()}
        if config.scale_attn_by_inverse_layer_idx:
            weights = fold_layer_scaling(weights)
        _set_norm(layer_spec.self_attention.layer_norm, body.h[i].ln_1)
        _set_norm(layer_spec.ffn.layer_norm, body.h[i].ln_2)
        for part, name in (
            (layer_spec.self_attention.linear[0], "attn.c_attn"),
            (layer_spec.self_attention.linear[1], "attn.c_proj"),
            (layer_spec.ffn.linear_0, "mlp.c_fc"),
            (layer_spec.ffn.linear_1, "mlp.c_proj"),
        ):
            # GPT-2 keeps its matrices the other way round (Conv1D).
            weight, bias = weights[f"h.{i}.{name}.weight"], weights[f"h.{i}.{name}.bias"]
            _set_linear(part, weight.t().contiguous(), bias)
        body.h[i] = torch.nn.Identity()
    return spec


def _set_norm(spec: Any, norm: Any) -> None:
    # Of BioGPT's configuration layer_norm_eps is ignored by transformers, too: 1e-5 in all three.
    spec.gamma, spec.beta = norm.weight, norm.bias


def _set_linear(spec: Any, weight: torch.Tensor, bias: torch.Tensor) -> None:
    spec.weight, spec.bias = weight, bias


_LAYOUTS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {"BioGptForCausalLM": _describe_biogpt, "GPT2LMHeadModel": _describe_gpt2}
)
