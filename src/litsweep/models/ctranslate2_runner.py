"""Runs batches of token ids in CTranslate2: the texts of transformers, faster.

In float32 greedy decoding writes token for token what transformers writes; bfloat16 (the
choice on CUDA) and int8 round otherwise, and so may write other texts. Sampling is refused: its
noise belongs to PyTorch's generators.

The CUDA path was written without a GPU at hand and has not been run.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import torch

from litsweep.domain.generations import SamplingParams
from litsweep.errors import ModelError, ModelNotAvailable, WeightsRefused
from litsweep.models.checkpoints import choose_device
from litsweep.models.ctranslate2_conversion import (
    FOLDER,
    Converted,
    find_converted,
    import_ctranslate2,
    read_label,
)
from litsweep.models.hardware import peak_resident_bytes
from litsweep.models.runner import HasEnded

_SCORED_TOKENS: Final = 2048
"""Tokens scored at once: each takes its logits, 170 kB for BioGPT's vocabulary, twice."""


class CTranslate2Runner:
    """One converted model; see ``litsweep.models.runner.Runner``."""

    def __init__(self, generator: Any, label: Converted, *, version: str) -> None:
        self._generator = generator
        self._label = label
        self._version = version
        self._peak_cuda_bytes = 0

    @property
    def description(self) -> str:
        """Library and version, device, precision: see ``Engine.description``."""
        kept = self._label.precision
        kept_as = "" if kept == "float32" else f" from {kept}"
        precision = f"{self._generator.compute_type}{kept_as}"
        return f"ctranslate2 {self._version}, {self._device}, {precision}"

    @property
    def n_positions(self) -> int:
        """How many tokens, prompt and answer together, the weights have positions for."""
        return self._label.n_positions

    def run(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        """Return the new ids of each prompt: see ``Runner.run``.

        Raises:
            ModelError: sampling was asked for.
        """
        if sampling.do_sample:
            raise ModelError(
                "CTranslate2 runs greedy decoding only. Switch sampling off, or set engine to "
                "transformers."
            )
        batch = _Batch(self._generator, sampling, end_token_id, has_ended, deadline)
        rows: dict[int, list[int]] = {}
        for group in _apart([len(prompt) for prompt in prompts]):
            written = batch.write([prompts[i] for i in group])
            rows.update(zip(group, written, strict=True))
        self._note_memory()
        return [rows[i] for i in range(len(prompts))]

    def score(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
    ) -> list[float]:
        """Return the mean log-probability a token of each continuation: see ``Runner.score``."""
        results = self._generator.score_batch(
            [
                _names((*prompt, *after))
                for prompt, after in zip(prompts, continuations, strict=True)
            ],
            max_batch_size=max(_SCORED_TOKENS, self._label.n_positions),
            batch_type="tokens",
            max_input_length=0,  # nothing is cut unseen
        )
        self._note_memory()
        return [
            fmean(result.log_probs[-len(after) :])
            for result, after in zip(results, continuations, strict=True)
        ]

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether a smaller batch may succeed where ``error`` came."""
        message = str(error).lower()
        return isinstance(error, MemoryError) or "out of memory" in message or "alloc" in message

    def release_memory(self) -> None:
        """Do nothing: CTranslate2 takes a failed batch's memory back by itself."""

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far, in bytes: see ``Engine.peak_memory_bytes``.

        On CUDA the whole device's, other processes included, as seen after each batch:
        CTranslate2 keeps what it once took.
        """
        if self._generator.device == "cuda":
            return self._peak_cuda_bytes
        return peak_resident_bytes()

    @property
    def _device(self) -> str:
        generator = self._generator
        if generator.device == "cpu":
            return "cpu"
        return f"{generator.device}:{generator.device_index[0]}"

    def _note_memory(self) -> None:
        if self._generator.device == "cuda":
            free, total = torch.cuda.mem_get_info(self._generator.device_index[0])
            self._peak_cuda_bytes = max(self._peak_cuda_bytes, total - free)


class _Batch:
    """How the rows of one call are to be written."""

    def __init__(
        self,
        generator: Any,
        sampling: SamplingParams,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> None:
        self._generator = generator
        self._sampling = sampling
        self._end_token_id = end_token_id
        self._has_ended = has_ended
        self._deadline = deadline

    def write(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """Continue prompts that may run together."""
        n = self._sampling.no_repeat_ngram
        if n == 0 or len({len(prompt) for prompt in prompts}) == 1:
            return self._generate(prompts, no_repeat_ngram=n)
        # CTranslate2 looks for repeats in what it took step by step. Of prompts of one length
        # that is the new text only; of longer ones among shorter, their ends as well. So such
        # a batch is first written freely, and only what repeats itself is written again.
        watch = _RepeatWatch(n)
        rows = self._generate(prompts, no_repeat_ngram=0, watch=watch)
        by_length: dict[int, list[int]] = defaultdict(list)
        for i in sorted(watch.repeating):
            by_length[len(prompts[i])].append(i)
        for group in by_length.values():
            again = self._generate([prompts[i] for i in group], no_repeat_ngram=n)
            for i, row in zip(group, again, strict=True):
                rows[i] = row
        return rows

    def _generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        no_repeat_ngram: int,
        watch: "_RepeatWatch | None" = None,
    ) -> list[list[int]]:
        steps = _Steps(self._stops(watch))
        results = self._generator.generate_batch(
            [_names(prompt) for prompt in prompts],
            sampling_topk=1,
            max_length=self._sampling.max_new_tokens,
            no_repeat_ngram_size=no_repeat_ngram,
            include_prompt_in_result=False,
            end_token=[self._end_token_id],
            return_end_token=True,
            callback=steps if steps.stops else None,
        )
        if steps.failure is not None:
            raise steps.failure
        return [list(result.sequences_ids[0]) for result in results]

    def _stops(self, watch: "_RepeatWatch | None") -> list[Callable[[int, list[int]], bool]]:
        stops: list[Callable[[int, list[int]], bool]] = []
        if watch is not None:
            stops.append(watch.sees_repeat)
        if self._has_ended is not None:
            has_ended = self._has_ended
            stops.append(lambda _, written: has_ended(written))
        if self._deadline is not None:
            deadline = self._deadline
            stops.append(lambda *_: time.monotonic() > deadline)
        return stops


class _Steps:
    """Called after each token of each row; true ends the row.

    An exception would be lost in CTranslate2's thread: it is kept, and ends everything.
    """

    def __init__(self, stops: list[Callable[[int, list[int]], bool]]) -> None:
        self.stops = stops
        self.failure: Exception | None = None
        self._rows: dict[int, list[int]] = defaultdict(list)

    def __call__(self, step: Any) -> bool:
        row = self._rows[step.batch_id]
        row.append(step.token_id)
        try:
            return self.failure is not None or any(stop(step.batch_id, row) for stop in self.stops)
        except Exception as error:  # noqa: BLE001, raised again where it can be
            self.failure = error
            return True


class _RepeatWatch:
    """Notices the first n-gram that a row writes twice."""

    def __init__(self, n: int) -> None:
        self.repeating: set[int] = set()
        self._n = n
        self._seen: dict[int, set[tuple[int, ...]]] = defaultdict(set)

    def sees_repeat(self, row: int, written: list[int]) -> bool:
        if len(written) < self._n:
            return False
        ngram = tuple(written[-self._n :])
        if ngram in self._seen[row]:
            self.repeating.add(row)
            return True
        self._seen[row].add(ngram)
        return False


def load_runner(
    folder: Path, *, device: str, quantization: str, weights_sha256: str
) -> CTranslate2Runner:
    """Open the model that was converted from the safetensors in ``folder``.

    ``device`` and ``quantization`` are the settings (int8 or none); ``weights_sha256`` is the hash
    of the safetensors that are there now.

    Raises:
        ModelNotAvailable: the package, a converted model or the device is not here.
        WeightsRefused: it was converted from other weights, or is damaged.
    """
    ctranslate2 = import_ctranslate2()
    chosen = choose_device(device)
    converted = find_converted(folder)
    if converted is None:
        raise ModelNotAvailable(
            f"{folder} holds no model converted for CTranslate2 ({FOLDER}). Convert it once, or "
            "set engine to transformers."
        )
    label = read_label(converted)
    if label.weights_sha256 != weights_sha256:
        raise WeightsRefused(
            f"{converted} was made from other weights: SHA-256 {label.weights_sha256}, beside it "
            f"lie {weights_sha256}. Delete it and convert again."
        )
    try:
        generator = ctranslate2.Generator(
            str(converted),
            device=chosen.type,
            device_index=chosen.index or 0,
            compute_type=_compute_type(chosen, quantization),
            intra_threads=torch.get_num_threads(),
        )
    except (RuntimeError, ValueError) as error:
        raise WeightsRefused(f"{converted} cannot be loaded ({error}).") from error
    return CTranslate2Runner(generator, label, version=ctranslate2.__version__)


def _compute_type(device: torch.device, quantization: str) -> str:
    precision = "bfloat16" if device.type == "cuda" else "float32"
    return f"int8_{precision}" if quantization == "int8" else precision


def _names(ids: Sequence[int]) -> list[str]:
    # The vocabulary of a converted model: see ctranslate2_conversion.
    return list(map(str, ids))


def _apart(lengths: Sequence[int]) -> Iterator[list[int]]:
    # Where one prompt of a batch has a single token, CTranslate2 4.8.5 forgets all but the first
    # token of the others: seen, not documented.
    single = [i for i, length in enumerate(lengths) if length == 1]
    longer = [i for i, length in enumerate(lengths) if length > 1]
    yield from (group for group in (single, longer) if group)
