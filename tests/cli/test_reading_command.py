"""``litsweep read`` says what was read, with what, and what is held back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from db.reading_runs import ReadingRun
from litsweep.domain.documents import DocumentKind
from litsweep_app.cli.reading import describe_run

RUN = ReadingRun(
    reading_run_id=1,
    owner="here/1/1",
    flow_run_id=None,
    kind=DocumentKind.FULL_TEXT,
    model_name="biomedlm",
    model_id="stanford-crfm/BioMedLM",
    model_revision="3e1a0ab",
    engine="ctranslate2 4.6, cuda:0, bfloat16",
    device="cuda:0",
    n_documents=10,
    n_failed=1,
    n_prompt_tokens=9000,
    n_output_tokens=600,
    generating_s=0.5,
    peak_memory_bytes=6_000_000_000,
    tool_version="0",
    started_at=datetime(2026, 11, 22, tzinfo=UTC),
    finished_at=None,
)


def test_a_run_with_a_model_says_its_speed_and_memory() -> None:
    assert describe_run(RUN) == (
        "full texts: 9 read, 1 failed, by biomedlm on ctranslate2 4.6, cuda:0, bfloat16, "
        "1200.0 tokens/s, most memory 6.00 GB"
    )


@pytest.mark.parametrize("n_failed", [0, 2])
def test_a_run_without_a_model_says_so(n_failed: int) -> None:
    run = replace(RUN, model_name=None, n_failed=n_failed)
    failed = ", 2 failed" if n_failed else ""
    assert describe_run(run) == f"full texts: {10 - n_failed} read{failed}, without a model"
