"""A declared model says exactly which weights it means, or is refused with the reason."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from litsweep.domain.declared_models import DeclaredModel, check_names
from litsweep.domain.models import ModelKind

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHA256 = COMMIT + "0" * 24
HUB: dict[str, Any] = {
    "model_id": "example/model",
    "revision": COMMIT,
    "kind": "causal",
    "context_window": 2048,
    "licence": "MIT",
    "intended_use": "Tests.",
}


def declare(**changed: Any) -> DeclaredModel:
    return DeclaredModel.model_validate(
        {name: value for name, value in (HUB | changed).items() if value is not None}
    )


def test_a_declared_model_becomes_a_specification() -> None:
    declared = declare(stop_strings=["###"], n_parameters=5, needs_acceptance=True)
    spec = declared.as_spec("mine")
    assert (spec.name, spec.model_id, spec.revision) == ("mine", "example/model", COMMIT)
    assert spec.kind is ModelKind.CAUSAL
    assert (spec.context_window, spec.n_parameters, spec.stop_strings) == (2048, 5, ("###",))
    assert spec.needs_acceptance
    assert spec.served_at is None


def test_a_folder_without_a_revision_is_known_by_its_hash() -> None:
    declared = declare(revision=None, folder="~/weights", weights_sha256=SHA256)
    assert declared.folder == Path.home() / "weights"
    assert declared.as_spec("mine").revision == f"sha256 {SHA256[:16]}"


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000"])
def test_a_served_model_has_the_server_s_base_address(address: str) -> None:
    spec = declare(revision=None, served_at=address, kind="instruct").as_spec("mine")
    assert spec.served_at == "http://127.0.0.1:8000"
    assert spec.revision == "as served"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"revision": "main"}, "a whole commit is needed"),
        ({"revision": COMMIT[:12]}, "a whole commit is needed"),
        ({"revision": None}, "say which weights"),
        ({"revision": None, "folder": "/weights"}, "needs weights_sha256"),
        ({"weights_sha256": "abc"}, "64 hexadecimal digits"),
        ({"model_id": "../../etc"}, "must be an id on the Hugging Face hub"),
        ({"model_id": ""}, "at least 1 character"),
        ({"kind": "oracle"}, "'causal', 'instruct', 'seq2seq', 'encoder' or 'classifier'"),
        ({"context_window": 4}, "greater than or equal to 16"),
        ({"trust_remote_code": True}, "Extra inputs are not permitted"),
        ({"served_model": "x"}, "needs served_at"),
        ({"served_at": "ftp://host"}, "an address such as"),
        ({"served_at": "http://host:port"}, "an address such as"),
        ({"served_at": "http://host/?key=1"}, "an address such as"),
        ({"served_at": "http://ann:secret@host"}, "LITSWEEP_SERVED_API_KEY"),
        ({"served_at": "http://host", "kind": "classifier"}, "only kind causal or instruct"),
        ({"served_at": "http://host", "weights_sha256": SHA256}, "cannot be looked at"),
        ({"licence_url": "not an address"}, "an address such as"),
    ],
)
def test_what_is_unclear_or_unsafe_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        declare(**changed)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["auto", "none", "../up", "A", "a/b", "", ".hidden", "a" * 65])
def test_a_name_must_be_one_that_a_folder_can_have(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a model's name"):
        check_names({name: declare()})
