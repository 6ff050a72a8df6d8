"""How near to its limit a GPU generates: the share of the roofline, beside transformers' own ways.

Run ``python -m benchmarks.gpu`` where there is a CUDA device; ``--rehearse`` runs the same code on
a CPU with a tiny model, in seconds, whose figures mean nothing.

Models have the true shape and random weights, bfloat16. One decoding step must read all weights
once, and the keys and values of all tokens so far: these bytes over the bandwidth that the
device shows in a copy of its own memory are the roofline, of decoding only. Times are CUDA
events' around the second of two equal runs, so that a step is recorded (as a CUDA graph) before.

Aims: 40 % of the roofline at batch 128, ten times ``pipeline``.
"""

import platform
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import torch
import transformers
from transformers import ContinuousBatchingConfig, GenerationConfig, PreTrainedModel, pipeline

from benchmarks.made_models import (
    biogpt_config,
    biomedlm_config,
    make_model,
    make_prompts,
    number_tokenizer,
    tiny_config,
)
from litsweep.domain.generations import SamplingParams
from litsweep.models.torch_runner import TransformersRunner

N_ABSTRACTS, N_FULL_TEXTS, N_WINDOWS = 5_000, 500, 7
"""A night: so many abstracts, and full texts of so many windows each."""
_PIPELINE_PROMPTS = 4
_COPY_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model with prompts of ``n_prompt`` tokens, ``n_new`` written for each."""

    name: str
    config: Any
    n_prompt: int
    n_new: int
    batches: tuple[int, ...] = (1, 8, 32, 128)


JOBS = (
    Job(name="BioGPT", config=biogpt_config(), n_prompt=300, n_new=64),
    Job(name="BioMedLM", config=biomedlm_config(), n_prompt=900, n_new=120),
)
REHEARSAL = (
    Job(name="tiny", config=tiny_config(), n_prompt=24, n_new=6, batches=(1, 4)),
    Job(name="tiny", config=tiny_config(), n_prompt=40, n_new=8, batches=(1, 4)),
)


def main() -> None:
    """Measure and print the tables."""
    is_rehearsal = "--rehearse" in sys.argv[1:]
    if not is_rehearsal and not torch.cuda.is_available():
        print("No CUDA device here: nothing was measured. (--rehearse runs the code on a CPU.)")
        return
    device = torch.device("cpu" if is_rehearsal else "cuda")
    _print_heading(device)
    bandwidth = measure_bandwidth(device, 2**24 if is_rehearsal else _COPY_BYTES)
    print(f"A copy within its memory moves {bandwidth / 1e9:,.0f} GB a second\n")
    seconds = [measure(job, device, bandwidth) for job in (REHEARSAL if is_rehearsal else JOBS)]
    abstracts, windows = seconds
    night = N_ABSTRACTS * abstracts + N_FULL_TEXTS * N_WINDOWS * windows
    print(
        f"Documents an hour: {3600 / abstracts:,.0f} abstracts, or "
        f"{3600 / windows / N_WINDOWS:,.0f} full texts of {N_WINDOWS} windows\n"
        f"A night of {N_ABSTRACTS:,} abstracts and "
        f"{N_FULL_TEXTS} full texts: {night / 3600:.2f} GPU-hours (generation alone)"
    )


def _print_heading(device: torch.device) -> None:
    is_cuda = device.type == "cuda"
    name = torch.cuda.get_device_name(device) if is_cuda else f"{platform.machine()} CPU: rehearsal"
    print(f"{datetime.now(UTC):%d %B %Y}, {name}, {shlex.join(['python', *sys.orig_argv[1:]])}")
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")


def timed(run: Callable[[], object], device: torch.device) -> float:
    """Return the seconds that ``run`` takes on the device, by its own clock where it has one."""
    if device.type != "cuda":
        started = time.perf_counter()
        run()
        return time.perf_counter() - started
    torch.cuda.reset_peak_memory_stats(device)
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    torch.cuda.synchronize(device)
    begin.record()
    run()
    end.record()
    torch.cuda.synchronize(device)
    return float(begin.elapsed_time(end)) / 1000


def measure_bandwidth(device: torch.device, n_bytes: int) -> float:
    """Return how many bytes a second are read or written while ``n_bytes`` are copied."""
    source = torch.zeros(n_bytes, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    best = min(timed(lambda: target.copy_(source), device) for _ in range(10))
    return 2 * n_bytes / best


def ideal_decoding_seconds(
    weights_bytes: int, token_bytes: int, job: Job, n_rows: int, bandwidth: float
) -> float:
    """Return how long reading alone takes for all steps after the first token.

    ``token_bytes``: keys and values of one token.
    """
    n_read = sum(
        weights_bytes + n_rows * token_bytes * (job.n_prompt + step) for step in range(1, job.n_new)
    )
    return n_read / bandwidth


def measure(job: Job, device: torch.device, bandwidth: float) -> float:
    """Print the table of one model; return seconds a prompt, ours, in the largest batch."""
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    model = make_model(job.config, device, dtype)
    weights_bytes = sum(one.numel() * one.element_size() for one in model.parameters())
    prompts = make_prompts(job.config, [job.n_prompt] * max(job.batches))
    ids = [[int(number) for number in prompt.split()] for prompt in prompts]
    print(f"{job.name}: {weights_bytes / 1e9:.2f} GB, {job.n_prompt} tokens + {job.n_new} new ones")
    print(
        f"{'':34}{'batch':>6}{'new/s':>10}{'decoding/s':>12}{'of the roofline':>17}{'GB used':>9}"
    )
    _try("pipeline (one by one)", partial(_measure_pipeline, job, model, prompts, device))
    for n_rows in job.batches:
        _try("generate_batch", partial(_measure_generate_batch, job, model, ids[:n_rows], device))
    # Last: a runner changes its model.
    runner = TransformersRunner(model)
    seconds = 0.0
    for n_rows in job.batches:
        whole, decoding = _measure_ours(job, runner, ids[:n_rows], device)
        ideal = ideal_decoding_seconds(
            weights_bytes, runner.bytes_per_token, job, n_rows, bandwidth
        )
        n_new = n_rows * job.n_new
        share = ideal / decoding
        _print_row("ours", n_rows, n_new / whole, (n_rows * (job.n_new - 1)) / decoding, share)
        seconds = whole / n_rows
    print(flush=True)
    return seconds


def _measure_ours(
    job: Job, runner: TransformersRunner, ids: Sequence[Sequence[int]], device: torch.device
) -> tuple[float, float]:
    """Return the seconds of a whole batch, and those of its decoding alone."""

    def run(n_new: int) -> list[list[int]]:
        # No token ends a text: all rows are to be written to the end.
        rows = runner.run(
            ids,
            SamplingParams(max_new_tokens=n_new),
            end_token_id=job.config.vocab_size,
            has_ended=None,
            deadline=None,
        )
        if {len(row) for row in rows} != {n_new}:
            raise RuntimeError(f"a row of {job.name} ended early")
        return rows

    run(job.n_new)
    whole = timed(lambda: run(job.n_new), device)
    run(1)
    reading = timed(lambda: run(1), device)
    return whole, max(whole - reading, 1e-9)


def _measure_pipeline(
    job: Job, model: PreTrainedModel, prompts: Sequence[str], device: torch.device
) -> None:
    tokenizer = number_tokenizer(job.config)
    write: Any = pipeline("text-generation", model=model, tokenizer=tokenizer)
    options = {"max_new_tokens": job.n_new, "min_new_tokens": job.n_new, "do_sample": False}
    write(list(prompts[:1]), **options)
    some = list(prompts[:_PIPELINE_PROMPTS])
    seconds = timed(lambda: write(some, **options), device)
    _print_row("pipeline (one by one)", 1, len(some) * job.n_new / seconds, None, None)


def _measure_generate_batch(
    job: Job, model: Any, ids: Sequence[Sequence[int]], device: torch.device
) -> None:
    """Print the row of transformers' continuous batching.

    Without its own estimates of memory, which took half a minute; its failures are only to be
    seen in what it returns.
    """
    n_tokens = len(ids) * (job.n_prompt + job.n_new)
    batching = ContinuousBatchingConfig(
        num_blocks=n_tokens // 32 + 2 * len(ids) + 8, max_batch_tokens=max(2048, job.n_prompt)
    )
    settings = GenerationConfig(
        max_new_tokens=job.n_new, do_sample=False, eos_token_id=-1, pad_token_id=0
    )

    def run() -> None:
        outputs = model.generate_batch(
            inputs=[list(one) for one in ids],
            generation_config=settings,
            continuous_batching_config=batching,
            progress_bar=False,
        )
        n_written = [len(output.generated_tokens) for output in outputs.values()]
        if n_written != [job.n_new] * len(ids):
            raise RuntimeError(f"wrote {n_written[:4]} of {job.n_new} tokens")

    run()
    seconds = timed(run, device)
    _print_row("generate_batch", len(ids), len(ids) * job.n_new / seconds, None, None)


def _try(name: str, measure_it: Callable[[], None]) -> None:
    """Print why a peer cannot be measured, instead of its row, and go on."""
    try:
        measure_it()
    except Exception as error:  # noqa: BLE001 - whatever their way raises
        print(f"{name:34}failed: {type(error).__name__}, {(str(error).splitlines() or [''])[0]}")


def _print_row(
    name: str, n_rows: int, rate: float, decoding: float | None, share: float | None
) -> None:
    memory = torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0
    print(
        f"{name:34}{n_rows:6}{rate:10,.0f}"
        + (f"{decoding:12,.0f}{share:17.1%}" if decoding and share else f"{'':29}")
        + f"{memory:9.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
