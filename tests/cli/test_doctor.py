"""The doctor says what is wrong and what to do, and never what the key is."""

import json
from pathlib import Path

import pytest

from litsweep_app.sandbox import SandboxAddress
from tests.cli.conftest import KEY, Litsweep, write_settings


def findings(litsweep: Litsweep) -> dict[str, tuple[str, str]]:
    done = json.loads(litsweep("doctor", "--json").out)
    return {
        one["looked_at"].split(" at ")[0]: (one["state"], one["advice"]) for one in done["findings"]
    }


def test_all_is_well(filled: Path, litsweep: Litsweep) -> None:
    done = litsweep("doctor")
    assert done.code == 0, done.said
    assert done.out.startswith("A sweep can run.")
    assert "42 records" in done.out
    assert {state for state, _ in findings(litsweep).values()} <= {"ok", "note"}


def test_the_rate_limit_and_who_shares_it_are_said(project: Path, litsweep: Litsweep) -> None:
    _, advice = findings(litsweep)["NCBI identity"]
    assert f"100 requests a second, shared through the file {project}/litsweep.db.rate-" in advice


def test_in_a_process_it_hides_the_key(filled: Path, litsweep_process: Litsweep) -> None:
    for arguments in (("doctor",), ("doctor", "--json")):
        done = litsweep_process(*arguments, env={"NCBI_API_KEY": KEY})
        assert done.code == 0, done.said
        assert "set (hidden)" in done.out
        assert KEY not in done.said
        assert KEY[:8] not in done.said


def test_nothing_is_set_up(litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITSWEEP_EUTILS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("LITSWEEP_PMC_CLOUD_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("LITSWEEP_EUROPE_PMC_URL", "http://127.0.0.1:9/")
    done = litsweep("doctor")
    assert done.code == 1
    first, *rest = done.out.split("\n\n")
    assert first.startswith("A sweep cannot run before this is mended:")
    assert "Run `litsweep init`" in first
    assert "PubMed at http://127.0.0.1:9/" in first
    assert "Connection refused" in first
    assert "NCBI_EMAIL" in rest[0]


def test_a_refused_key(filled: Path, litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", f"invalid-{KEY}")
    done = litsweep("doctor")
    assert done.code == 1
    assert "Check NCBI_API_KEY" in done.out
    assert KEY not in done.said


@pytest.mark.parametrize(
    ("setting", "value", "looked_at", "state", "told"),
    [
        ("summary_model", "gpt-9", "model for abstracts", "problem", "no model named"),
        ("analysis_model", "biomedlm", "model for full texts", "problem", "hf download"),
        ("summary_model", "auto", "model for abstracts", "note", "biogpt is not on this machine"),
        ("summary_model", "none", "model for abstracts", "ok", "sentences of the source only"),
        ("database_url", "sqlite:///no/such.db", "results database", "problem", "litsweep init"),
        ("database_url", "mysql://u@h/d", "results database", "problem", "mysql"),
    ],
)
def test_a_setting_that_does_not_fit(
    filled: Path,
    litsweep: Litsweep,
    ncbi: SandboxAddress,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    looked_at: str,
    state: str,
    told: str,
) -> None:
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    write_settings(filled, ncbi, **{setting: f'"{value}"'})
    found = findings(litsweep)[looked_at]
    assert found[0] == state
    assert told in found[1]
    assert litsweep("doctor").code == (1 if state == "problem" else 0)


def test_settings_that_cannot_be_read_are_a_finding(litsweep: Litsweep, tmp_path: Path) -> None:
    (tmp_path / "litsweep.toml").write_text("x = [", "utf-8")
    assert litsweep("doctor").code == 1
    assert "not valid TOML" in findings(litsweep)["settings"][1]


def test_a_variable_that_sets_nothing_is_told(
    filled: Path, litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITSWEEP_EUTIL_URL", "http://127.0.0.1:9/")
    assert "LITSWEEP_EUTIL_URL" in findings(litsweep)["environment"][1]
    assert litsweep("doctor").code == 0


def test_a_password_in_an_address_is_hidden(
    litsweep: Litsweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (
        f"postgresql://ann:{KEY}@127.0.0.1:9/reviews",
        f"postgresql://127.0.0.1:9/reviews?user=ann&password={KEY}",
    ):
        monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
        done = litsweep("doctor")
        assert done.code == 1
        assert "***" in done.out
        assert KEY not in done.said
