import os
import shutil
import threading
from pathlib import Path

import pytest

from litsweep.domain.generations import Completion, SamplingParams
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import UsageError, WeightsRefused
from litsweep.models.loading import load_engine
from litsweep.models.weights import hash_weights, list_weights
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
    assert main(["causal", str(pickled), str(target)]) == 0
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
        convert_weights(ModelKind.CAUSAL, pickled, tmp_path)


def test_weights_can_be_laid_beside_their_pickle(
    pickled: Path, tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name for path in pickled.iterdir()}
    assert main(["causal", str(pickled), str(pickled)]) == 0
    assert {path.name for path in pickled.iterdir()} == before | {"model.safetensors"}
    assert capsys.readouterr().out.strip() == hash_weights(list_weights(pickled))
    kept, made = (
        safetensors_torch.load_file(folder / "model.safetensors")
        for folder in (tiny_folder, pickled)
    )
    assert kept.keys() == made.keys()
    assert all(torch.equal(kept[name], made[name]) for name in kept)
    with pytest.raises(UsageError, match="has safetensors already"):
        convert_weights(ModelKind.CAUSAL, pickled, pickled)


def test_nothing_is_asked_of_the_hub(
    pickled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # transformers asks it to convert a pickle, in a thread, unless it is told not to.
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("DISABLE_SAFETENSORS_CONVERSION", raising=False)
    started: list[str] = []
    start = threading.Thread.start

    def watch(thread: threading.Thread) -> None:
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", watch)
    convert_weights(ModelKind.CAUSAL, pickled, tmp_path / "target")
    assert not [name for name in started if "conversion" in name.lower()]


class Malicious:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def test_pickle_with_code_is_refused_and_its_code_not_run(pickled: Path, tmp_path: Path) -> None:
    torch.save({"x": Malicious()}, pickled / "pytorch_model.bin")
    with pytest.raises(WeightsRefused, match="pickled cannot be loaded"):
        convert_weights(ModelKind.CAUSAL, pickled, tmp_path / "target")
    assert not Path("ran").exists()
    assert not (tmp_path / "target").exists()


def test_failed_writing_leaves_nothing(
    pickled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["causal", str(pickled), str(tmp_path / "file" / "target")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main(["one"]) == 2
    assert main(["oracle", "one", "two"]) == 2
