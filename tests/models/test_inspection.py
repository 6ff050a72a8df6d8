from collections.abc import Callable
from pathlib import Path

import pytest

from litsweep.domain.models import ModelSpec
from litsweep.models.inspection import check
from litsweep.settings import Settings

pytest.importorskip("torch")


def test_check_reports_what_was_measured(
    tiny_spec: ModelSpec,
    tiny_folder: Path,
    install: Callable[[str, Path], Path],
    settings: Settings,
) -> None:
    install("tiny", tiny_folder)
    report = check(tiny_spec, settings)
    assert report.spec is tiny_spec
    assert len(report.weights_sha256) == 64
    assert report.load_seconds > 0
    assert report.speed is not None
    assert report.tokens_per_second == report.speed.single > 0
    assert report.speed.batched > 0 and report.speed.reading > 0
    assert report.engine is not None and report.engine.endswith("cpu, float32")
    assert report.gpu_memory_bytes is None
    assert report.sample_output
    assert 10_000_000 < report.peak_memory_bytes < 100_000_000_000
