import sys
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from benchmarks import gpu  # noqa: E402


def test_roofline_counts_weights_and_growing_keys() -> None:
    job = replace(gpu.REHEARSAL[0], n_prompt=10, n_new=3)
    # Two steps after the first token: 100 + 2 rows x 5 bytes x 11 tokens, then x 12 tokens.
    assert gpu.ideal_decoding_seconds(100, 5, job, 2, bandwidth=1.0) == 210 + 220


def test_without_a_device_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu"])
    gpu.main()
    assert "No CUDA device here: nothing was measured." in capsys.readouterr().out


def test_rehearsal_runs_every_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = tuple(replace(job, batches=(2,)) for job in gpu.REHEARSAL)
    monkeypatch.setattr(gpu, "REHEARSAL", jobs)
    monkeypatch.setattr(sys, "argv", ["gpu", "--rehearse"])
    gpu.main()
    printed = capsys.readouterr().out
    assert "failed" not in printed
    for way in ("pipeline (one by one)", "generate_batch", "ours"):
        assert printed.count(f"\n{way} ") == 2
    assert "A night of 5,000 abstracts and 500 full texts" in printed
