"""``litsweep models``: what there is, on what terms, what it costs, and conversion."""

import json
from pathlib import Path
from typing import Any

import pytest

from litsweep_app.cli import models as command
from tests.cli.conftest import Done, Litsweep
from tests.fakes.served_models import MODEL, FakeServer, serving
from tests.models.conftest import byte_tokenizer, save_gpt2


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def downloaded(tmp_path: Path) -> Path:
    """A tiny model as its authors might have published it: a pickle."""
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    folder = tmp_path / "downloaded"
    save_gpt2(folder, vocabulary=257, positions=128)
    byte_tokenizer().save_pretrained(folder)
    weights = safetensors.load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


def declare(**declared: Any) -> None:
    """Write settings with one model of one's own, called mine."""
    values = {
        "model_id": MODEL,
        "kind": "causal",
        "context_window": 128,
        "licence": "MIT",
        "intended_use": "Tests of the command line.",
    } | declared
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    head = 'models_dir = "models"\ndevice = "cpu"\nretries = 0\n'
    Path("litsweep.toml").write_text(head + "[models.mine]\n" + "\n".join(lines) + "\n", "utf-8")


def listed(done: Done) -> dict[str, dict[str, Any]]:
    assert done.code == 0, done.err
    return {one["name"]: one for one in json.loads(done.out)}


def test_the_list_says_what_each_model_is_and_may_be_used_for(litsweep: Litsweep) -> None:
    done = litsweep("models", "list")
    assert done.code == 0
    told = " ".join(done.out.split())
    for part in (
        "biomedlm (also pubmedgpt)",
        "parameters: 2,594 million",
        "context window: 1,024 tokens",
        "licence: bigscience-bloom-rail-1.0 https://huggingface.co/spaces/bigscience/license",
        "medical advice and medical results interpretation",
        "terms: not accepted yet",
        "hf download microsoft/BioGPT-Large --revision c6a5136a91c5e3150d9f05ab9d33927a3210a22e",
        "smollm2-demo: a demonstration, often wrong",
        "pinned weights: sha256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ):
        assert part in told, part


def test_declared_models_are_listed_with_the_others(litsweep: Litsweep) -> None:
    declare(revision="0" * 40, needs_acceptance=True)
    found = listed(litsweep("models", "list", "--json"))
    assert list(found)[:3] == ["biogpt", "biogpt-large", "biomedlm"]
    mine = found["mine"]
    assert (mine["is_declared"], mine["is_accepted"], mine["is_available"]) == (True, False, False)
    assert mine["revision"] == "0" * 40
    assert mine["engine"] is None
    assert found["biogpt"]["n_parameters"] == 346_763_264


def test_acceptance_is_shown(litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSWEEP_ACCEPTED_TERMS", "biomedlm")
    assert listed(litsweep("models", "list", "--json"))["biomedlm"]["is_accepted"]
    assert "terms: accepted in accepted_terms" in litsweep("models", "list").out


def test_a_pickle_is_converted_listed_and_tried(litsweep: Litsweep, downloaded: Path) -> None:
    declare(revision="0" * 40)
    done = litsweep("models", "convert", "mine", downloaded)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "Written: models/mine"
    assert not list(Path("models/mine").glob("*.bin"))
    found = listed(litsweep("models", "list", "--json"))["mine"]
    assert (found["is_available"], found["engine"]) == (True, "transformers")
    tried = litsweep("models", "check", "mine")
    assert tried.code == 0, tried.err
    assert lines[1] in tried.out
    for told in ("transformers ", "one prompt at a time", "eight prompts at once", "reads", "MiB"):
        assert told in tried.out


def test_conversion_needs_to_know_where_to(litsweep: Litsweep, downloaded: Path) -> None:
    done = litsweep("models", "convert", "biogpt", downloaded)
    assert done.code != 0
    assert "--target FOLDER/biogpt" in done.err


def test_conversion_for_ctranslate2_is_handed_on(
    litsweep: Litsweep, downloaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, Path]] = []

    def convert(spec: Any, source: Path) -> Path:
        handed.append((spec.name, source))
        return source / "ctranslate2"

    monkeypatch.setattr(command, "convert_for_ctranslate2", convert)
    done = litsweep("models", "convert", "biogpt", downloaded, "--engine", "ctranslate2")
    assert done.out == f"Written: {downloaded / 'ctranslate2'}\n"
    assert handed == [("biogpt", downloaded)]
    refused = litsweep(
        "models", "convert", "biogpt", downloaded, "--engine", "ctranslate2", "--target", "x"
    )
    assert "--target is for safetensors" in refused.err


def test_a_served_model_is_listed_and_tried(litsweep: Litsweep) -> None:
    with serving(FakeServer()) as server:
        declare(served_at=server.address)
        found = listed(litsweep("models", "list", "--json"))["mine"]
        assert found["is_available"], found["reason"]
        assert (found["revision"], found["engine"]) == ("as served", "a server")
        tried = litsweep("models", "check", "mine")
    assert tried.code == 0, tried.err
    assert "served elsewhere" in tried.out
    gone = listed(litsweep("models", "list", "--json"))["mine"]
    assert not gone["is_available"]


def test_a_model_that_cannot_be_used_is_not_tried(litsweep: Litsweep) -> None:
    done = litsweep("models", "check", "biogpt")
    assert done.code == 1
    assert "biogpt cannot be used: no weights" in done.err
    unknown = litsweep("models", "check", "gpt-9")
    assert unknown.code == 2
    assert "There is no model named 'gpt-9'" in unknown.err
