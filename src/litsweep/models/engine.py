"""The text-generating engine: transformers and torch, on a CPU or one CUDA device.

Prompts run in batches of similar length, padded on the left, decoded greedily unless sampling is
asked for. Of the checkpoint's own generation settings nothing is used. On a CPU (float32) a batch
gives the same text as its prompts one by one; on CUDA (bfloat16) rounding depends on the shape of
the batch, so equal reruns are not promised there.

The CUDA path (bfloat16, out-of-memory recovery on a device) was written without a GPU at hand
and has not been run; the tests run the same code on a CPU.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import transformers
from transformers import (
    GenerationConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteriaList,
)

from litsweep.domain.generations import Completion, SamplingParams, StopReason
from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError, PromptTooLong
from litsweep.models.checkpoints import check_weights, choose_device, open_causal
from litsweep.models.locations import Location
from litsweep.models.sampling import build_processors
from litsweep.models.stopping import StopStrings, cut_at_stop
from litsweep.models.tokenization import PromptTokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    position: int
    tokens: list[int]


class TransformersEngine:
    """One loaded causal model; see ``litsweep.domain.generations.Engine``.

    Safe to call from several threads: calls wait for one another.
    """

    def __init__(
        self,
        spec: ModelSpec,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        weights_sha256: str,
        batch_size: int,
    ) -> None:
        self._spec = spec
        self._model = model
        self._tokenizer = PromptTokenizer(tokenizer, is_chat=spec.kind is ModelKind.INSTRUCT)
        self._weights_sha256 = weights_sha256
        self._batch_size = batch_size
        self._window = min(spec.context_window, _positions(model))
        self._lock = threading.Lock()
        # generate() fills every option that it was not given from the checkpoint's own: a
        # stored repetition penalty or a switched-off cache would act unseen.
        model.generation_config = GenerationConfig()

    @property
    def spec(self) -> ModelSpec:
        """The model that is loaded."""
        return self._spec

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights' files (see ``litsweep.models.weights.hash_weights``)."""
        return self._weights_sha256

    @property
    def description(self) -> str:
        """What runs the model: see ``Engine.description``."""
        device, dtype = self._model.device, str(self._model.dtype).removeprefix("torch.")
        versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
        return f"{versions}, {device}, {dtype}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text takes as a prompt, special tokens included."""
        return [len(self._tokenizer.encode(text)) for text in texts]

    def rank(
        self, prompts: Sequence[str], labels: Sequence[str]
    ) -> list[tuple[float, ...] | ModelError]:
        """Score labels: see ``Engine.rank``."""
        raise ModelError(f"{self._spec.name} cannot rank labels.")

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far: see ``Engine.peak_memory_bytes``."""
        return 0

    def generate(
        self, prompts: Sequence[str], sampling: SamplingParams
    ) -> list[Completion | ModelError]:
        """Continue each prompt; one completion, or why there is none, a prompt, in order.

        A sample depends on the seed and its own prompt only, not on the rest of the batch.
        """
        encoded = [
            _Prompt(position=i, tokens=self._tokenizer.encode(prompt))
            for i, prompt in enumerate(prompts)
        ]
        outcomes: dict[int, Completion | ModelError] = {
            prompt.position: error
            for prompt in encoded
            if (error := self._too_long(prompt, sampling)) is not None
        }
        # Sorted by length: padding to the longest of a mixed batch eats what batching gains.
        by_length = sorted(
            (prompt for prompt in encoded if prompt.position not in outcomes),
            key=lambda prompt: len(prompt.tokens),
        )
        with self._lock:
            for start in range(0, len(by_length), self._batch_size):
                batch = by_length[start : start + self._batch_size]
                outcomes.update(self._run(batch, sampling))
        return [outcomes[i] for i in range(len(prompts))]

    def _too_long(self, prompt: _Prompt, sampling: SamplingParams) -> PromptTooLong | None:
        n_tokens = len(prompt.tokens)
        if n_tokens + sampling.max_new_tokens <= self._window:
            return None
        return PromptTooLong(
            f"Prompt {prompt.position + 1} takes {n_tokens} tokens, and {sampling.max_new_tokens} "
            f"are to be written: together more than the {self._window} tokens that "
            f"{self._spec.name} can hold. Shorten the prompt or ask for fewer tokens."
        )

    def _run(
        self, batch: list[_Prompt], sampling: SamplingParams
    ) -> dict[int, Completion | ModelError]:
        try:
            return dict(self._attempt(batch, sampling))
        except (MemoryError, RuntimeError, ValueError, IndexError) as error:
            if len(batch) == 1:
                return {batch[0].position: self._failed(batch, error)}
        # Outside the handler: while it is live, the traceback keeps the failed batch's memory.
        torch.cuda.empty_cache()
        middle = len(batch) // 2
        return self._run(batch[:middle], sampling) | self._run(batch[middle:], sampling)

    def _failed(self, batch: list[_Prompt], error: Exception) -> ModelError:
        places = ", ".join(f"{p.position + 1} ({len(p.tokens)} tokens)" for p in batch)
        detail = (str(error).splitlines() or ["no detail"])[0]
        advice = " Memory ran out: ask for shorter texts." if _is_out_of_memory(error) else ""
        return ModelError(
            f"{self._spec.name} failed on prompt {places}: "
            f"{type(error).__name__}, {detail}.{advice}"
        )

    def _attempt(
        self, batch: list[_Prompt], sampling: SamplingParams
    ) -> Iterator[tuple[int, Completion]]:
        started = time.perf_counter()
        rows = self._generate_tokens([prompt.tokens for prompt in batch], sampling)
        duration_s = (time.perf_counter() - started) / len(batch)
        for prompt, tokens in zip(batch, rows, strict=True):
            yield prompt.position, self._complete(prompt, tokens, duration_s)

    def _generate_tokens(
        self, prompts: list[list[int]], sampling: SamplingParams
    ) -> list[list[int]]:
        width = max(map(len, prompts))
        pad = self._tokenizer.pad_token_id
        device = self._model.device
        padded = [[pad] * (width - len(tokens)) + tokens for tokens in prompts]
        mask = [[0] * (width - len(tokens)) + [1] * len(tokens) for tokens in prompts]
        with torch.inference_mode():
            output: torch.Tensor = self._model.generate(  # type: ignore[operator]
                input_ids=torch.tensor(padded, device=device),
                attention_mask=torch.tensor(mask, device=device),
                generation_config=self._configure(sampling),
                logits_processor=build_processors(sampling, prompts, width, device),
                stopping_criteria=self._stopping(width),
            )
        return [row[width:] for row in output.tolist()]

    def _configure(self, sampling: SamplingParams) -> GenerationConfig:
        return GenerationConfig(
            max_new_tokens=sampling.max_new_tokens,
            do_sample=False,  # sampling is greedy decoding of noisy scores: see SeededSampler
            num_beams=1,
            use_cache=True,  # BioMedLM's configuration switches it off: 24 times slower
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=self._tokenizer.end_token_id,
        )

    def _stopping(self, n_prompt: int) -> StoppingCriteriaList:
        criteria = StoppingCriteriaList()
        if self._spec.stop_strings:
            criteria.append(StopStrings(self._spec.stop_strings, self._tokenizer.decode, n_prompt))
        return criteria

    def _complete(self, prompt: _Prompt, tokens: list[int], duration_s: float) -> Completion:
        end = self._tokenizer.end_token_id
        has_ended = end in tokens
        written = tokens[: tokens.index(end)] if has_ended else tokens
        text = self._tokenizer.decode(written)
        cut = cut_at_stop(text, self._spec.stop_strings)
        reason = StopReason.END_OF_TEXT if has_ended else StopReason.LENGTH
        return Completion(
            text=text if cut is None else cut,
            n_input_tokens=len(prompt.tokens),
            n_output_tokens=len(written),
            stop_reason=reason if cut is None else StopReason.STOP_STRING,
            duration_s=duration_s,
        )


def load(
    spec: ModelSpec, location: Location, *, device: str, batch_size: int
) -> TransformersEngine:
    """Open the model at ``location``; called by ``litsweep.models.loading`` only.

    Raises:
        ModelNotAvailable: the device is not here.
        WeightsRefused: the files are damaged, incomplete, or not the pinned bytes.
    """
    chosen = choose_device(device)
    weights_sha256 = check_weights(location)
    model, tokenizer = _open(location, chosen)
    return TransformersEngine(
        spec, model, tokenizer, weights_sha256=weights_sha256, batch_size=batch_size
    )


def _open(
    location: Location, device: torch.device
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    if location.path.is_dir():
        return open_causal(location.path, device)
    from litsweep.models.gguf_llama import open_gguf  # gguf is needed by packaged models only

    return open_gguf(location.path, device)


def _positions(model: PreTrainedModel) -> int:
    return int(model.config.max_position_embeddings)


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    # The CPU allocator raises a plain RuntimeError: "DefaultCPUAllocator: can't allocate memory".
    message = str(error).lower()
    return "out of memory" in message or "can't allocate memory" in message
