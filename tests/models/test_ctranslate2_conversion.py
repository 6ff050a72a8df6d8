import json
import shutil
from pathlib import Path

import pytest

from litsweep.errors import ModelError, ModelNotAvailable, UsageError, WeightsRefused

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("ctranslate2")

from litsweep.models import ctranslate2_conversion  # noqa: E402
from litsweep.models.ctranslate2_conversion import (  # noqa: E402
    convert_for_ctranslate2,
    find_converted,
    read_label,
)
from litsweep.models.weights import hash_weights, list_weights  # noqa: E402


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "tiny"))


def test_converted_model_lies_beside_the_safetensors_and_names_them(folder: Path) -> None:
    assert find_converted(folder) is None
    written = convert_for_ctranslate2(folder)
    assert written == folder / "ctranslate2" == find_converted(folder)
    label = read_label(written)
    assert label.weights_sha256 == hash_weights(list_weights(folder))
    assert (label.precision, label.n_positions) == ("float32", 128)
    assert label.converter.startswith("ctranslate2 ")
    assert not list(folder.glob(".converting-*"))


def test_nothing_is_overwritten(folder: Path) -> None:
    convert_for_ctranslate2(folder)
    with pytest.raises(UsageError, match="exists already"):
        convert_for_ctranslate2(folder)


def test_what_is_half_written_does_not_appear(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ctranslate2_conversion, "hash_weights", fail)
    with pytest.raises(ModelError, match="cannot be written"):
        convert_for_ctranslate2(folder)
    assert find_converted(folder) is None
    assert not (folder / "ctranslate2").exists()
    assert not list(folder.glob(".converting-*"))


def test_smaller_precision_is_smaller_on_disk(folder: Path, tmp_path: Path) -> None:
    sizes = []
    for precision in ("float32", "bfloat16", "int8"):
        written = convert_for_ctranslate2(folder, tmp_path / precision, precision=precision)
        sizes.append((written / "model.bin").stat().st_size)
        assert read_label(written).precision == precision
    assert sizes == sorted(sizes, reverse=True)
    with pytest.raises(ModelError, match="'int3' is none of float32"):
        convert_for_ctranslate2(folder, tmp_path / "int3", precision="int3")


def test_other_architectures_are_refused_by_name(tmp_path: Path, tiny_folder: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "llama"))
    config = transformers.LlamaConfig(
        vocab_size=257,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="LlamaForCausalLM cannot be converted for CTranslate2"):
        convert_for_ctranslate2(folder)
    assert find_converted(folder) is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("activation_function", "silu", "activation 'silu'"),
        ("scale_attn_weights", False, "attention that CTranslate2 does not know"),
    ],
)
def test_variants_that_would_write_another_text_are_refused(
    folder: Path, key: str, value: object, message: str
) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {key: value}))
    with pytest.raises(ModelError, match=message):
        convert_for_ctranslate2(folder)


@pytest.mark.parametrize("written", ["", "{}", "[1]", '{"weights_sha256": "0"}'])
def test_label_that_says_nothing_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / "converted.json").write_text(written)
    with pytest.raises(WeightsRefused, match="does not say what it was made from"):
        read_label(tmp_path)


def test_missing_package_is_said_with_the_way_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ctranslate2", None)
    with pytest.raises(ModelNotAvailable, match=r"pip install 'litsweep\[fast\]'"):
        convert_for_ctranslate2(folder)
