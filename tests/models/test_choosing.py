"""Which model reads what follows from topic, settings, and what is on this machine."""

from dataclasses import replace
from typing import Any

import pytest

from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelSpec
from litsweep.errors import ModelNotAvailable, UnknownModel
from litsweep.models import choosing
from litsweep.models.choosing import choose_encoder, choose_model, name_encoder
from litsweep.models.hardware import Hardware
from litsweep.models.loading import Availability
from litsweep.models.registry import get_spec
from litsweep.settings import load_settings

CPU = Hardware(device="cpu", name="a CPU with 2 threads", memory_bytes=64 * 10**9)
GPU = Hardware(device="cuda:0", name="one GPU", memory_bytes=80 * 10**9)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the models that are on this machine: none, until the test adds some."""
    names: set[str] = set()

    def is_available(spec: ModelSpec, settings: object) -> Availability:
        return Availability(is_available=spec.name in names, reason=f"{spec.name} is not here.")

    monkeypatch.setattr(choosing, "is_available", is_available)
    use(monkeypatch, GPU)
    return names


def use(monkeypatch: pytest.MonkeyPatch, hardware: Hardware) -> None:
    monkeypatch.setattr(choosing, "find_hardware", lambda _: hardware)


def sized(monkeypatch: pytest.MonkeyPatch, name: str, n_parameters: int) -> None:
    """Have the registry say how large a model is."""
    changed = replace(get_spec(name), n_parameters=n_parameters)

    def find(asked: str, *_: Any) -> ModelSpec:
        return changed if asked == name else get_spec(asked)

    monkeypatch.setattr(choosing, "get_spec", find)


@pytest.mark.parametrize(
    ("kind", "name"), [(DocumentKind.ABSTRACT, "biogpt"), (DocumentKind.FULL_TEXT, "biomedlm")]
)
def test_auto_is_the_model_of_the_kind_where_it_is_here(
    here: set[str], kind: DocumentKind, name: str
) -> None:
    none = choose_model(kind, load_settings())
    assert none.model is None
    assert f"{name} is not here" in none.reason
    here.add(name)
    chosen = choose_model(kind, load_settings())
    assert chosen.model is not None
    assert chosen.model.name == name
    assert chosen.reason == "It is the usual one, on one GPU."


def test_a_large_model_is_left_to_a_gpu_unless_it_is_named(
    here: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.add("biomedlm")
    use(monkeypatch, CPU)
    sized(monkeypatch, "biomedlm", 2_600_000_000)
    usual = choose_model(DocumentKind.FULL_TEXT, load_settings())
    assert usual.model is None
    assert (
        'no GPU is, and on a CPU it takes many minutes a report; analysis_model = "biomedlm"'
        in (usual.reason)
    )
    named = choose_model(DocumentKind.FULL_TEXT, load_settings(analysis_model="biomedlm"))
    assert named.model is not None


def test_a_model_that_memory_cannot_hold_is_not_chosen_and_not_accepted(
    here: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here.add("biogpt")
    use(monkeypatch, replace(CPU, memory_bytes=10**9))
    sized(monkeypatch, "biogpt", 347_000_000)
    told = "biogpt takes about 1.7 GB, and a CPU with 2 threads has 1.0 GB free"
    assert told in choose_model(DocumentKind.ABSTRACT, load_settings()).reason
    with pytest.raises(ModelNotAvailable, match=told):
        choose_model(DocumentKind.ABSTRACT, load_settings(summary_model="biogpt"))


def test_a_named_model_is_taken_by_name_or_alias(here: set[str]) -> None:
    here.update({"biomedlm", "smollm2-demo"})
    settings = load_settings(summary_model="smollm2-demo", analysis_model="PubMedGPT")
    chosen = [choose_model(kind, settings).model for kind in DocumentKind]
    assert [spec.name for spec in chosen if spec] == ["smollm2-demo", "biomedlm"]
    choosing.require_models(settings)


def test_none_is_none_whatever_is_here(here: set[str]) -> None:
    here.add("biogpt")
    chosen = choose_model(DocumentKind.ABSTRACT, load_settings(summary_model="none"))
    assert chosen.model is None
    assert chosen.reason == "The setting summary_model says none."


def test_a_topics_own_choice_goes_before_the_settings(here: set[str]) -> None:
    here.update({"biogpt", "smollm2-demo"})
    settings = load_settings(summary_model="biogpt")
    demo = choose_model(DocumentKind.ABSTRACT, settings, topic_choice="smollm2-demo")
    assert demo.model is not None
    assert (demo.model.name, demo.reason) == ("smollm2-demo", "The topic names it.")
    none = choose_model(DocumentKind.ABSTRACT, settings, topic_choice="none")
    assert (none.model, none.reason) == (None, "The topic says none.")
    with pytest.raises(UnknownModel, match=r"The topic is wrong.*no model named 'gpt-9'"):
        choose_model(DocumentKind.ABSTRACT, settings, topic_choice="gpt-9")


@pytest.mark.parametrize(
    ("named", "error", "told"),
    [
        ("biogpt", ModelNotAvailable, "summary_model names 'biogpt'.*biogpt is not here"),
        ("gpt-9", UnknownModel, "summary_model.*no model named 'gpt-9'.*auto, none"),
        ("minilm", UnknownModel, "summary_model.*cannot write"),
    ],
)
def test_what_cannot_be_used_is_refused(
    here: set[str], named: str, error: type[Exception], told: str
) -> None:
    here.add("minilm")
    with pytest.raises(error, match=told):
        choosing.require_models(load_settings(summary_model=named))


def test_the_usual_encoder_compares_records_where_it_is_here(here: set[str]) -> None:
    none = choose_encoder(load_settings())
    assert (none.model, "minilm is not here" in none.reason) == (None, True)
    here.add("minilm")
    chosen = choose_encoder(load_settings()).model
    assert chosen is not None
    assert chosen.name == "minilm"
    assert choose_encoder(load_settings(embedding_model="MiniLM")).model == chosen


def test_none_compares_no_records(here: set[str]) -> None:
    here.add("minilm")
    settings = load_settings(embedding_model="none")
    assert name_encoder(settings) is None
    assert choose_encoder(settings).model is None


def test_an_encoder_that_is_named_and_not_here_is_an_error(here: set[str]) -> None:
    settings = load_settings(embedding_model="minilm")
    named = name_encoder(settings)
    assert named is not None
    with pytest.raises(ModelNotAvailable, match=r"'minilm', which cannot be used here: minilm is"):
        choose_encoder(settings)


@pytest.mark.parametrize(("name", "told"), [("biogpt", "no sentence encoder"), ("x", "is wrong")])
def test_only_encoders_compare_records(here: set[str], name: str, told: str) -> None:
    with pytest.raises(UnknownModel, match=told):
        choose_encoder(load_settings(embedding_model=name))
