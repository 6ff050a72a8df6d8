from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.models import ModelKind
from litsweep.errors import SettingsError, UnknownModel
from litsweep.models.packaged import PACKAGED
from litsweep.models.registry import BIOGPT_LARGE, MODELS, get_spec, list_models
from litsweep.models.stopping import cut_at_stop
from litsweep.settings import load_settings


def test_each_model_is_found_by_its_name_and_aliases_in_any_case() -> None:
    for name, spec in MODELS.items():
        assert get_spec(name) is spec
        assert get_spec(f" {name.upper()} ") is spec
    assert get_spec("PubMedGPT") is MODELS["biomedlm"]


def test_unknown_model_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"'gpt-9'.*biogpt, biogpt-large, biomedlm or pubmedgpt"):
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
    assert spec.needs_acceptance
    assert [name for name, one in MODELS.items() if one.needs_acceptance] == ["biomedlm"]


DECLARED: dict[str, Any] = {
    "model_id": "example/model",
    "revision": "0" * 40,
    "kind": "classifier",
    "context_window": 512,
    "licence": "MIT",
    "intended_use": "Tests.",
}


def test_declared_models_are_listed_after_litsweep_s_own() -> None:
    settings = load_settings(models={"my-nli": DECLARED})
    assert [spec.name for spec in list_models(settings)] == [*MODELS, "my-nli"]
    assert get_spec("My-NLI", settings).kind is ModelKind.CLASSIFIER
    assert get_spec("pubmedgpt", settings) is MODELS["biomedlm"]
    with pytest.raises(UnknownModel, match="'my-nli'"):
        get_spec("my-nli")


@pytest.mark.parametrize("name", ["biogpt", "pubmedgpt"])
def test_a_declared_model_may_hide_no_known_one(name: str) -> None:
    settings = load_settings(models={name: DECLARED})
    for ask in (list_models, lambda settings: get_spec("minilm", settings)):
        with pytest.raises(SettingsError, match=rf"\[models.{name}\] would hide"):
            ask(settings)


def test_each_model_states_its_size_licence_and_window() -> None:
    for spec in MODELS.values():
        assert spec.n_parameters
        assert spec.licence_url is not None and spec.licence_url.startswith("https://")
    windows = {name: spec.context_window for name, spec in MODELS.items()}
    assert (windows["biogpt"], windows["biogpt-large"], windows["biomedlm"]) == (1024, 2048, 1024)


def test_stated_sizes_are_those_of_the_published_configurations() -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    large = {
        "vocab_size": 57_717,
        "hidden_size": 1600,
        "num_hidden_layers": 48,
        "num_attention_heads": 25,
        "intermediate_size": 6400,
        "max_position_embeddings": 2048,
    }
    gpt2 = {
        "vocab_size": 28_896,
        "n_embd": 2560,
        "n_layer": 32,
        "n_head": 20,
        "bos_token_id": 28_895,
        "eos_token_id": 28_895,
    }
    llama = {
        "vocab_size": 49_152,
        "hidden_size": 576,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "intermediate_size": 1536,
        "tie_word_embeddings": True,
    }
    bert = {"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536}
    with torch.device("meta"):  # shapes without memory
        built = {
            "biogpt": transformers.BioGptForCausalLM(transformers.BioGptConfig()),
            "biogpt-large": transformers.BioGptForCausalLM(transformers.BioGptConfig(**large)),
            "biomedlm": transformers.GPT2LMHeadModel(transformers.GPT2Config(**gpt2)),
            "smollm2-demo": transformers.LlamaForCausalLM(transformers.LlamaConfig(**llama)),
            "minilm": transformers.BertModel(transformers.BertConfig(**bert)),
        }
    counted = {name: model.num_parameters() for name, model in built.items()}
    assert counted == {name: spec.n_parameters for name, spec in MODELS.items()}


@pytest.mark.parametrize("mark", ["< / FREETEXT >", "< / ABSTRACT >", "< / TITLE >", "▃"])
def test_texts_of_the_large_model_end_at_its_corpus_markup(mark: str, tokenizers_dir: Path) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sacremoses")
    from litsweep.models.tokenization import PromptTokenizer

    tokenizer = transformers.BioGptTokenizer.from_pretrained(tokenizers_dir / "biogpt-large")
    ids = tokenizer.encode(f"The mean was 3.2 . {mark} Another")
    written = PromptTokenizer(tokenizer, is_chat=False).decode(ids)
    plain = tokenizer.decode(ids, skip_special_tokens=True)
    for text in (written, plain):
        cut = cut_at_stop(text, BIOGPT_LARGE.stop_strings)
        assert cut is not None
        assert cut.strip() == "The mean was 3.2."
