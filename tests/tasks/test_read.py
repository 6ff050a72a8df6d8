"""Which model reads: the one that is named, the one that is there, or none."""

from pathlib import Path

import pytest

from litsweep.domain.documents import DocumentKind
from litsweep.errors import ModelNotAvailable, UnknownModel
from litsweep.models import choosing
from litsweep.models.choosing import choose_model
from litsweep.models.loading import Availability
from litsweep.settings import Settings
from tasks.read import choose_engine

KINDS = pytest.mark.parametrize(
    ("kind", "model"),
    [(DocumentKind.ABSTRACT, "biogpt"), (DocumentKind.FULL_TEXT, "biomedlm")],
)


def _settings(kind: DocumentKind, choice: str, **others: Path) -> Settings:
    name = "summary_model" if kind is DocumentKind.ABSTRACT else "analysis_model"
    return Settings.model_validate({name: choice, **others})


@KINDS
def test_none_is_none(kind: DocumentKind, model: str) -> None:
    assert choose_model(kind, _settings(kind, "none")) is None
    assert choose_engine(kind, _settings(kind, "none")) is None


@KINDS
@pytest.mark.parametrize("is_here", [True, False])
def test_auto_is_the_kinds_own_model_where_it_is(
    kind: DocumentKind, model: str, is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend(monkeypatch, is_here=is_here)
    chosen = choose_model(kind, _settings(kind, "auto"))
    assert (chosen.name if chosen else None) == (model if is_here else None)


def test_a_named_model_is_taken_by_its_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, is_here=True)
    chosen = choose_model(DocumentKind.ABSTRACT, _settings(DocumentKind.ABSTRACT, "pubmedgpt"))
    assert chosen is not None
    assert chosen.name == "biomedlm"


def _pretend(monkeypatch: pytest.MonkeyPatch, *, is_here: bool) -> None:
    availability = Availability(is_available=is_here, reason="for a test")
    monkeypatch.setattr(choosing, "is_available", lambda *_: availability)


@KINDS
def test_a_named_model_that_is_missing_is_an_error(
    kind: DocumentKind, model: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelNotAvailable):
        choose_engine(kind, _settings(kind, model, models_dir=tmp_path))


def test_a_name_that_no_model_has_is_an_error() -> None:
    with pytest.raises(UnknownModel):
        choose_model(DocumentKind.ABSTRACT, _settings(DocumentKind.ABSTRACT, "gpt-99"))
