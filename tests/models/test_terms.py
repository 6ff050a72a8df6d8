"""Terms are shown before the first use of a model and accepted in the settings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.errors import ModelNotAvailable
from litsweep.models.loading import is_available, load_engine
from litsweep.models.registry import BIOGPT, BIOMEDLM
from litsweep.models.terms import explain_terms, is_accepted
from litsweep.settings import Settings


def test_only_what_needs_acceptance_must_be_accepted() -> None:
    assert is_accepted(BIOGPT, Settings())
    assert not is_accepted(BIOMEDLM, Settings())


@pytest.mark.parametrize("written", ["biomedlm", "x, BioMedLM", "pubmedgpt"])
def test_a_model_is_accepted_by_name_or_alias(written: str) -> None:
    assert is_accepted(BIOMEDLM, Settings(accepted_terms=written))


def test_the_terms_say_what_is_forbidden_where_to_read_and_what_to_write() -> None:
    told = explain_terms(BIOMEDLM, Settings(accepted_terms="other"))
    assert "forbids use to provide medical advice and medical results interpretation" in told
    assert "do not recommend it for generating text in production" in told
    assert "bigscience-bloom-rail-1.0, https://huggingface.co/spaces/bigscience/license" in told
    assert "https://huggingface.co/stanford-crfm/BioMedLM" in told
    assert 'accepted_terms = "biomedlm, other"' in told
    assert 'LITSWEEP_ACCEPTED_TERMS="biomedlm, other"' in told


def test_biomedlm_is_refused_until_its_terms_are_accepted(
    biomedlm_folder: Path, install: Callable[[str, Path], Path], settings: Settings
) -> None:
    install("biomedlm", biomedlm_folder)
    assert "medical advice" in is_available(BIOMEDLM, settings).reason
    with pytest.raises(ModelNotAvailable, match='accepted_terms = "biomedlm"'):
        load_engine(BIOMEDLM, settings)
    accepting = settings.model_copy(update={"accepted_terms": "biomedlm"})
    assert is_available(BIOMEDLM, accepting).is_available
    assert load_engine(BIOMEDLM, accepting).spec is BIOMEDLM


def test_a_missing_model_is_told_to_need_acceptance_too(settings: Settings) -> None:
    assert "Its terms must be accepted as well" in is_available(BIOMEDLM, settings).reason
    assert "accepted" not in is_available(BIOGPT, settings).reason
