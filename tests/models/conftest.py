"""Small random checkpoints in the true architectures, saved as the real ones are."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.settings import Settings


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is not here must never be sought on the network."""

    connect = socket.socket.connect

    def only_here(opened: socket.socket, address: Any) -> None:
        if not isinstance(address, tuple) or address[0] != "127.0.0.1":
            raise AssertionError(f"a model test opened a connection to {address}")
        connect(opened, address)  # the fake servers of served models

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose models_dir is an empty folder of the test."""
    (tmp_path / "models").mkdir()
    return Settings(models_dir=tmp_path / "models", device="cpu", batch_size=4)


@pytest.fixture
def tiny_spec() -> ModelSpec:
    """A model that no registry knows."""
    return ModelSpec(
        name="tiny",
        aliases=(),
        kind=ModelKind.CAUSAL,
        model_id="example/tiny",
        revision="0" * 40,
        context_window=128,
        licence="MIT",
        intended_use="Tests.",
    )


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer GPT-2 with BioMedLM's flags, and a tokenizer of single bytes."""
    folder = tmp_path_factory.mktemp("tiny")
    save_gpt2(folder, vocabulary=257, positions=128)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def biomedlm_folder(tmp_path_factory: pytest.TempPathFactory, tokenizers_dir: Path) -> Path:
    """BioMedLM's architecture, two layers deep, with the stand-in tokenizer."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("biomedlm")
    save_gpt2(folder, vocabulary=28_896, positions=1024)
    transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizers_dir / "biomedlm" / "standin-tokenizer.json"),
        eos_token="<|endoftext|>",
        bos_token="<|endoftext|>",
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def biogpt_folder(tmp_path_factory: pytest.TempPathFactory, tokenizers_dir: Path) -> Path:
    """BioGPT's architecture, two layers deep, with its real vocabulary and tokenizer."""
    pytest.importorskip("sacremoses")
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("biogpt") / "biogpt"
    shutil.copytree(tokenizers_dir / "biogpt", folder)
    config = transformers.BioGptConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    torch.manual_seed(7)
    _stir(transformers.BioGptForCausalLM(config)).save_pretrained(folder)
    return folder


@pytest.fixture
def install(settings: Settings) -> Callable[[str, Path], Path]:
    """Copy a checkpoint into models_dir under a model's name."""

    def copy(name: str, source: Path) -> Path:
        if settings.models_dir is None:
            raise ValueError("the settings of these tests have a models_dir")
        return Path(shutil.copytree(source, settings.models_dir / name))

    return copy


def save_gpt2(folder: Path, *, vocabulary: int, positions: int) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=vocabulary,
        n_positions=positions,
        n_embd=32,
        n_layer=2,
        n_head=4,
        scale_attn_by_inverse_layer_idx=True,
        use_cache=False,
        bos_token_id=vocabulary - 1,
        eos_token_id=vocabulary - 1,
    )
    torch.manual_seed(7)
    _stir(transformers.GPT2LMHeadModel(config)).save_pretrained(folder)


def _stir(model: Any) -> Any:
    # As initialised, a small model repeats its last token whatever came before: useless for
    # telling right from wrong. Larger weights make it depend on the whole prompt.
    for name, weights in model.named_parameters():
        if weights.ndim == 2 and "embed" not in name and "wte" not in name:
            weights.data.mul_(12)
    return model


def byte_tokenizer() -> Any:
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: i for i, character in enumerate(alphabet)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>"
    )
