import pytest

from litsweep.domain.models import ModelKind
from litsweep.errors import UnknownModel
from litsweep.models.packaged import PACKAGED
from litsweep.models.registry import MODELS, get_spec


def test_each_model_is_found_by_its_name_and_aliases_in_any_case() -> None:
    for name, spec in MODELS.items():
        assert get_spec(name) is spec
        assert get_spec(f" {name.upper()} ") is spec
    assert get_spec("PubMedGPT") is MODELS["biomedlm"]


def test_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"'gpt-9'.*biogpt, biomedlm or pubmedgpt, smollm2-demo"):
        get_spec("gpt-9")


def test_names_and_aliases_are_unique() -> None:
    names = [name for spec in MODELS.values() for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


def test_only_the_packaged_writer_is_a_demonstration() -> None:
    demonstrations = [spec.name for spec in MODELS.values() if spec.is_demonstration]
    assert demonstrations == ["smollm2-demo"]
    assert "often wrong" in MODELS["smollm2-demo"].intended_use


def test_revisions_are_commits_or_name_their_package() -> None:
    for spec in MODELS.values():
        if spec.name in PACKAGED:
            packaged = PACKAGED[spec.name]
            assert spec.revision == f"{packaged.distribution} {packaged.version}"
        else:
            assert len(bytes.fromhex(spec.revision)) == 20


def test_biomedlm_states_what_its_licence_forbids() -> None:
    spec = get_spec("biomedlm")
    assert spec.kind is ModelKind.CAUSAL
    assert spec.licence == "bigscience-bloom-rail-1.0"
    assert "medical advice and medical results interpretation" in spec.intended_use
