import hashlib
from importlib import resources

import pytest

from litsweep.domain.models import ModelKind
from litsweep.errors import UsageError
from litsweep.prompts import PromptTemplate, load_prompt

# A released text never changes: a new wording is a new file with the next version, and a new
# line here. Stored generations name their prompt by this hash.
RELEASED = {
    "abstract-summary.causal.v1.toml": (
        "3b4e62509b9a30dd16aa9020c012d7da93aa3f27d95f6e12c569a784b045397b"
    ),
    "abstract-summary.instruct.v1.toml": (
        "b668d71c0904109c8de166a63a157414f9cec48fe1a06f9e17776dba51f29c17"
    ),
    "abstract-summary.causal.v2.toml": (
        "a11603abf35ecdbb48c2d0eab12d637e123a8d039031f6fce5fd1f2bd3bb2eed"
    ),
    "abstract-summary.seq2seq.v1.toml": (
        "9622b073a8e85a741679b45ff3b2aaae3b6211f1edacc8aa2e92937759e6f983"
    ),
    "item-wording.seq2seq.v1.toml": (
        "23e2227ca00c937ffda18dfe20051bab3ae83a2a830736efc7e13f2f0fefdb00"
    ),
    "item-wording.causal.v1.toml": (
        "26e9fa9766b4c3d6af2e31c3e127e680d4102e896c74e4e977e8ef6e02d0718f"
    ),
    "item-wording.instruct.v1.toml": (
        "f690b546b6c29fe25fadc252a2ad0966b42d8a492ec9e1e284d8bff3033c8ca0"
    ),
}


def test_released_texts_have_not_changed() -> None:
    texts = resources.files("litsweep.prompts").joinpath("texts")
    found = {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest() for entry in texts.iterdir()
    }
    assert found == RELEASED


@pytest.mark.parametrize("name", ["abstract-summary", "item-wording"])
@pytest.mark.parametrize("kind", [ModelKind.CAUSAL, ModelKind.INSTRUCT, ModelKind.SEQ2SEQ])
def test_every_prompt_loads_for_every_kind_of_writing_model(name: str, kind: ModelKind) -> None:
    template = load_prompt(name, kind)
    assert (template.name, template.kind) == (name, kind)
    assert template.sha256 in RELEASED.values()
    fields = {"title": "T1", "abstract": "A1", "passage": "P1", "question": "Q1", "lead_in": "L1"}
    prompt = template.render(**fields)
    assert "{" not in prompt
    assert prompt == prompt.rstrip()
    assert ("A1" in prompt) or ("P1" in prompt)


def test_a_base_model_is_given_the_beginning_of_a_sentence() -> None:
    prompt = load_prompt("abstract-summary", ModelKind.CAUSAL).render(title="T", abstract="A.")
    assert prompt == "T A. In conclusion,"


def template(text: str) -> PromptTemplate:
    return PromptTemplate(
        name="t", version=1, kind=ModelKind.CAUSAL, text=text, stop_strings=(), sha256=""
    )


def test_braces_in_an_abstract_stay_what_they_are() -> None:
    rendered = template("{title}: {abstract}").render(title="{abstract}", abstract="{0} {x} {{}}")
    assert rendered == "{abstract}: {0} {x} {{}}"


def test_a_missing_field_is_named() -> None:
    with pytest.raises(UsageError, match="also needs abstract"):
        template("{title} {abstract}").render(title="T")


def test_the_wording_is_the_text_without_its_fields() -> None:
    assert template("Say {title} twice.").wording.split() == ["Say", "twice."]


def test_encoders_have_no_prompts() -> None:
    with pytest.raises(UsageError, match="no prompt abstract-summary"):
        load_prompt("abstract-summary", ModelKind.ENCODER)
