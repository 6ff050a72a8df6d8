"""Conversions run in a process of their own, which is told nothing but where the files are."""

import json
import os
import shutil
from pathlib import Path

import pytest

from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelError, UsageError
from litsweep.models import converting
from litsweep.models.converting import convert_apart, convert_for_ctranslate2

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("/tmp/litsweep-ran",)


@pytest.fixture
def pickled(tiny_folder: Path, tmp_path: Path) -> Path:
    """The tiny model as its authors might have published it."""
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "pickled"))
    weights = safetensors_torch.load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


def test_the_converter_s_refusal_is_passed_on(
    pickled: Path, tiny_spec: ModelSpec, tmp_path: Path
) -> None:
    torch.save({"x": Malicious()}, pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled cannot be loaded"):
        convert_apart(tiny_spec, pickled, tmp_path / "target")
    assert not Path("/tmp/litsweep-ran").exists()
    assert not (tmp_path / "target").exists()


def test_the_process_gets_no_part_of_this_environment(
    tiny_spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_SERVED_API_KEY", "secret")
    monkeypatch.setenv("NCBI_API_KEY", "secret")
    module = (
        "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv, sys.stdin.read()]))"
    )
    (tmp_path / "telling.py").write_text(module)
    (tmp_path / "config.json").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(converting, "CONVERTER", "telling")
    environment, arguments, given = json.loads(convert_apart(tiny_spec, tmp_path, tmp_path / "x"))
    assert "secret" not in json.dumps(environment)
    assert "HOME" not in environment
    assert environment["HF_HUB_OFFLINE"] == environment["DISABLE_SAFETENSORS_CONVERSION"] == "1"
    assert arguments[1:] == ["causal", str(tmp_path), str(tmp_path / "x")]
    assert given == ""


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("raise SystemExit(137)", "ended with 137: it said nothing.*memory ran out"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with -9"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_process_that_dies_is_told(
    module: str, told: str, tiny_spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text(module)
    (tmp_path / "config.json").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(converting, "CONVERTER", "dying")
    with pytest.raises(ModelError, match=told):
        convert_apart(tiny_spec, tmp_path, tmp_path / "x")


def test_a_folder_that_is_no_model_is_named(tiny_spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no config\.json"):
        convert_apart(tiny_spec, tmp_path / "gone", tmp_path / "x")


def test_ctranslate2_s_files_are_not_overwritten_nor_made_without_it(
    tiny_spec: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").touch()
    monkeypatch.setattr(converting, "is_installed", lambda: False)
    with pytest.raises(ModelError, match=r"pip install 'litsweep\[fast\]'"):
        convert_for_ctranslate2(tiny_spec, tmp_path)
    (tmp_path / "ctranslate2").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        convert_for_ctranslate2(tiny_spec, tmp_path)
