"""Settings come from the environment, the file and the defaults, and keep their secrets."""

import json
from pathlib import Path

import pytest

from litsweep.errors import SettingsError
from litsweep.settings import (
    Settings,
    describe,
    hide_password,
    load_settings,
    settings_file,
    unknown_variables,
)

KEY = "0123456789abcdef-secret"


def write(text: str) -> Path:
    path = Path("litsweep.toml")
    path.write_text(text, "utf-8")
    return path


def test_the_environment_is_stronger_than_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('overlap_days = 3\nbatch_size = 4\nncbi_email = "file@example.org"\n')
    monkeypatch.setenv("LITSWEEP_OVERLAP_DAYS", "5")
    monkeypatch.setenv("NCBI_EMAIL", "environment@example.org")
    settings = load_settings(retries=1)
    assert (settings.overlap_days, settings.batch_size, settings.retries) == (5, 4, 1)
    assert settings.ncbi_email == "environment@example.org"
    assert settings.first_window_days == 30


def test_the_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("overlap_days = 7", "utf-8")
    monkeypatch.setenv("LITSWEEP_SETTINGS_FILE", str(tmp_path / "other.toml"))
    assert settings_file() == tmp_path / "other.toml"
    assert load_settings().overlap_days == 7


def test_an_empty_variable_or_value_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    write('ncbi_email = " "\nncbi_api_key = ""\n')
    monkeypatch.setenv("NCBI_API_KEY", "")
    monkeypatch.setenv("LITSWEEP_BATCH_SIZE", "")
    settings = load_settings()
    assert (settings.ncbi_email, settings.ncbi_api_key, settings.batch_size) == (None, None, 8)
    assert settings.effective_requests_per_second == 3.0


def test_the_rate_follows_the_key_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    assert load_settings().effective_requests_per_second == 10.0
    assert load_settings(requests_per_second=1).effective_requests_per_second == 1.0


def test_the_key_is_nowhere_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    settings = load_settings()
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(describe(settings))]
    assert not any(KEY in text for text in shown)
    assert describe(settings)["ncbi_api_key"] == "set (hidden)"


@pytest.mark.parametrize(
    "text", [f"batch_size = '{KEY}'", f"ncbi_apikey = '{KEY}'", f"device = '{KEY}'", f"x = '{KEY}"]
)
def test_a_secret_in_the_wrong_line_is_not_repeated(text: str) -> None:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///litsweep.db", "sqlite:///litsweep.db"),
        ("sqlite:////data/a.db", "sqlite:////data/a.db"),
        ("postgresql://ann@host/db", "postgresql://ann@host/db"),
        ("postgresql://ann:pass@host:5432/db", "postgresql://ann:***@host:5432/db"),
        ("postgresql://ann:p@ss@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://ann:ann@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://h/db?user=a&password=pass", "postgresql://h/db?user=a&password=***"),
        ("postgresql:///db?password=pass&x=1", "postgresql:///db?password=***&x=1"),
        ("http://ann:pass@proxy/", "http://ann:***@proxy/"),
        ("postgresql://ann:pass@[host", "(not an address)"),
    ],
)
def test_passwords_in_addresses_are_hidden(url: str, shown: str) -> None:
    assert hide_password(url) == shown


def test_addresses_end_with_a_slash() -> None:
    assert load_settings(eutils_url="http://127.0.0.1:1/x").eutils_url == "http://127.0.0.1:1/x/"


def test_the_home_folder_is_meant_by_a_tilde() -> None:
    write('models_dir = "~/models"')
    assert load_settings().models_dir == Path.home() / "models"


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1"])
def test_devices_that_can_be_set(device: str) -> None:
    assert load_settings(device=device).device == device


def test_variables_that_set_nothing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSWEEP_RETRIES", "1")
    monkeypatch.setenv("LITSWEEP_NCBI_EMAIL", "a@example.org")
    monkeypatch.setenv("LITSWEEP_RETRYS", "1")
    assert "LITSWEEP_RETRYS" in unknown_variables()
    assert not {"LITSWEEP_RETRIES", "LITSWEEP_NCBI_EMAIL"} & set(unknown_variables())


def test_each_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


DECLARED = """
[models.clinical-t5]
model_id = "example/clinical-t5"
revision = "0123456789abcdef0123456789abcdef01234567"
kind = "seq2seq"
context_window = 512
licence = "MIT"
intended_use = "Summaries."
"""


def test_models_are_declared_in_the_file_and_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(DECLARED)
    other = {
        "model_id": "qwen3",
        "kind": "instruct",
        "context_window": 4096,
        "licence": "Apache-2.0",
        "intended_use": "Summaries.",
        "served_at": "http://127.0.0.1:11434/v1",
    }
    monkeypatch.setenv("LITSWEEP_MODELS", json.dumps({"served-qwen": other}))
    settings = load_settings()
    assert settings.models["clinical-t5"].context_window == 512
    assert settings.models["served-qwen"].served_at == "http://127.0.0.1:11434"
    assert set(describe(settings)["models"].split(", ")) == {"clinical-t5", "served-qwen"}


def test_no_declared_models_are_described_as_such() -> None:
    assert describe(load_settings())["models"] == "not set"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('revision = "main"', "models.clinical-t5.revision: a whole commit is needed"),
        ("wndow = 3", "models.clinical-t5.wndow: there is no such setting"),
        ("[models.auto]", "models.auto.model_id: Field required"),
    ],
)
def test_a_wrong_declaration_is_named(wrong: str, told: str) -> None:
    text = DECLARED
    if wrong.startswith("revision"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith("revision"))
    write(f"{text}\n{wrong}\n")
    with pytest.raises(SettingsError, match=told):
        load_settings()


def test_a_variable_that_is_no_json_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LITSWEEP_MODELS", f"{{{KEY}")
    with pytest.raises(SettingsError, match=r"is not the JSON that it should be.*models") as caught:
        load_settings()
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_key_of_served_models_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSWEEP_SERVED_API_KEY", KEY)
    settings = load_settings()
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(describe(settings))]
    assert not any(KEY in text for text in shown)
    assert describe(settings)["served_api_key"] == "set (hidden)"


def test_accepted_terms_are_names_in_any_case() -> None:
    settings = load_settings(accepted_terms=" BioMedLM, ,mine ")
    assert settings.accepted_models == {"biomedlm", "mine"}
