"""Which model reads what follows from the settings and from what is on this machine."""

from pathlib import Path

import pytest

from litsweep.domain.documents import DocumentKind
from litsweep.errors import ModelNotAvailable, UnknownModel
from litsweep.models import choosing
from litsweep.models.loading import Availability
from litsweep.settings import load_settings


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the models that are on this machine: none, until the test adds some."""
    names: set[str] = set()

    def is_available(spec: object, settings: object) -> Availability:
        name = getattr(spec, "name", "")
        return Availability(is_available=name in names, reason=f"{name} is not here.")

    monkeypatch.setattr(choosing, "is_available", is_available)
    return names


@pytest.mark.parametrize(
    ("kind", "name"), [(DocumentKind.ABSTRACT, "biogpt"), (DocumentKind.FULL_TEXT, "biomedlm")]
)
def test_auto_is_the_model_of_the_kind_where_it_is_here(
    here: set[str], kind: DocumentKind, name: str
) -> None:
    assert choosing.choose_model(kind, load_settings()) is None
    here.add(name)
    chosen = choosing.choose_model(kind, load_settings())
    assert chosen is not None
    assert chosen.name == name


def test_a_named_model_is_taken_by_name_or_alias(here: set[str]) -> None:
    here.update({"biomedlm", "smollm2-demo"})
    settings = load_settings(summary_model="smollm2-demo", analysis_model="PubMedGPT")
    chosen = [choosing.choose_model(kind, settings) for kind in DocumentKind]
    assert [spec.name for spec in chosen if spec] == ["smollm2-demo", "biomedlm"]
    choosing.require_models(settings)


def test_none_is_none_whatever_is_here(here: set[str]) -> None:
    here.add("biogpt")
    assert choosing.choose_model(DocumentKind.ABSTRACT, load_settings(summary_model="none")) is None


@pytest.mark.parametrize(
    ("named", "error", "told"),
    [
        ("biogpt", ModelNotAvailable, "summary_model is 'biogpt'.*biogpt is not here"),
        ("gpt-9", UnknownModel, "summary_model.*no model named 'gpt-9'.*auto, none"),
        ("minilm", UnknownModel, "summary_model.*cannot write"),
    ],
)
def test_what_cannot_be_used_is_refused(
    here: set[str], tmp_path: Path, named: str, error: type[Exception], told: str
) -> None:
    here.add("minilm")
    with pytest.raises(error, match=told):
        choosing.require_models(load_settings(summary_model=named))
