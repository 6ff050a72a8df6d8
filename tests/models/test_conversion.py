import os
import shutil
from pathlib import Path

import pytest

from litsweep.domain.generations import Completion, SamplingParams
from litsweep.domain.models import ModelSpec
from litsweep.errors import UsageError, WeightsRefused
from litsweep.models.loading import load_engine
from litsweep.settings import Settings

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

from litsweep.models.conversion import convert_weights, main  # noqa: E402


@pytest.fixture
def pickled(tiny_folder: Path, tmp_path: Path) -> Path:
    """The tiny model as its authors might have published it."""
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "pickled"))
    weights = safetensors_torch.load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


def test_converted_model_writes_what_the_original_writes(
    pickled: Path, tiny_folder: Path, tiny_spec: ModelSpec, settings: Settings, tmp_path: Path
) -> None:
    target = tmp_path / "models" / "tiny"
    assert main([str(pickled), str(target)]) == 0
    assert not list(target.glob("*.bin"))
    converted = load_engine(tiny_spec, settings)
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "tiny").symlink_to(tiny_folder)
    original = load_engine(
        tiny_spec, settings.model_copy(update={"models_dir": tmp_path / "originals"})
    )
    sampling = SamplingParams(max_new_tokens=12)
    (written,) = converted.generate(["COVID-19 is"], sampling)
    (expected,) = original.generate(["COVID-19 is"], sampling)
    assert isinstance(written, Completion) and isinstance(expected, Completion)
    assert written.text == expected.text


def test_existing_folder_is_not_overwritten(pickled: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        convert_weights(pickled, tmp_path)


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def test_pickle_with_code_is_refused_and_its_code_not_run(pickled: Path, tmp_path: Path) -> None:
    torch.save({"x": Malicious()}, pickled / "pytorch_model.bin")
    with pytest.raises(WeightsRefused, match="pickled cannot be loaded"):
        convert_weights(pickled, tmp_path / "target")
    assert not Path("ran").exists()
    assert not (tmp_path / "target").exists()


def test_failed_writing_leaves_nothing(
    pickled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([str(pickled), str(tmp_path / "file" / "target")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main(["one"]) == 2
