"""Runs batches of token ids through transformers on torch, on a CPU or one CUDA device.

bfloat16 on CUDA, float32 on CPUs; which of the two a model was opened in is
``litsweep.models.checkpoints``' decision. Causal models with plain attention run in our own loop
(``litsweep.models.decoding``), all others, seq2seq ones among them, in ``generate()``, of whose
many settings nothing is taken from the checkpoint. On a CPU a batch gives the same text as
its prompts one by one; in bfloat16 rounding depends on the shape of the batch, so equal
reruns are not promised there.

Written without a GPU at hand: the tests run the same code on a CPU, and only recording a step
as a CUDA graph (``litsweep.models.static_batch``) has no counterpart there.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import torch
import transformers
from transformers import (
    GenerationConfig,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from litsweep.domain.generations import SamplingParams
from litsweep.models.decoding import GreedyDecoder, can_decode
from litsweep.models.hardware import peak_resident_bytes
from litsweep.models.packed_weights import can_pack, pack_weights
from litsweep.models.padding import pad_left, pad_right
from litsweep.models.runner import HasEnded
from litsweep.models.sampling import build_processors
from litsweep.models.scoring import read_start_token, score_continuations

_SHARE_OF_FREE_MEMORY: Final = 0.8
"""Of what is free on a CUDA device once the weights are there; the rest is for activations."""
_UNLIMITED: Final = sys.maxsize


class TransformersRunner:
    """One opened model; see ``litsweep.models.runner.Runner``.

    ``model`` is changed: its generation settings are cleared and, on a CPU, its weights packed,
    so it is no one else's from here on. ``uses_graphs`` records decoding steps as CUDA graphs;
    None: on CUDA only.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        uses_graphs: bool | None = None,
        uses_own_loop: bool = True,
        packs_weights: bool = True,
    ) -> None:
        self._model: Any = model
        self._start = read_start_token(model) if model.config.is_encoder_decoder else None
        # generate() fills every option that it was not given from the checkpoint's own: a
        # stored repetition penalty or a switched-off cache would act unseen.
        self._model.generation_config = GenerationConfig(decoder_start_token_id=self._start)
        self._decoder: GreedyDecoder | None = None
        if uses_own_loop and can_decode(model):
            if packs_weights and can_pack(model):
                pack_weights(model)
            is_cuda = model.device.type == "cuda"
            graphs = is_cuda if uses_graphs is None else uses_graphs
            self._decoder = GreedyDecoder(model, uses_graphs=graphs)

    @property
    def description(self) -> str:
        """Library and version, device, precision."""
        device, dtype = self._model.device, str(self._model.dtype).removeprefix("torch.")
        versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
        return f"{versions}, {device}, {dtype}"

    @property
    def n_positions(self) -> int:
        """How many tokens the weights have positions for; very many where they are relative."""
        config = self._model.config.get_text_config()
        return int(getattr(config, "max_position_embeddings", None) or _UNLIMITED)

    def run(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        """Return the new ids of each prompt: see ``Runner.run``."""
        run = self._generate if self._decoder is None else self._decoder.run
        with torch.inference_mode():
            return run(
                prompts,
                sampling,
                end_token_id=end_token_id,
                has_ended=has_ended,
                deadline=deadline,
            )

    def score(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
    ) -> list[float]:
        """Return the mean natural log-probability a token of each continuation."""
        with torch.inference_mode():
            return score_continuations(self._model, prompts, continuations)

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether a smaller batch may succeed where ``error`` came."""
        if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
            return True
        # The CPU allocator raises a plain RuntimeError: "DefaultCPUAllocator: can't allocate
        # memory"; cuBLAS, too, of its own work space.
        message = str(error).lower()
        signs = ("out of memory", "can't allocate memory", "cublas_status_alloc_failed")
        return any(sign in message for sign in signs)

    def release_memory(self) -> None:
        """Give back what a failed batch left behind."""
        if self._decoder is not None:
            self._decoder.release_memory()
        if self._model.device.type == "cuda":
            torch.cuda.empty_cache()

    def peak_memory_bytes(self) -> int:
        """Return the most memory used so far: the device's, or on a CPU the whole process's."""
        if self._model.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._model.device)
        return peak_resident_bytes()

    def affordable_tokens(self) -> int | None:
        """Return how many tokens' keys and values the free memory holds; None on a CPU."""
        if self._model.device.type != "cuda":
            return None
        n_free, _ = torch.cuda.mem_get_info(self._model.device)
        return int(n_free * _SHARE_OF_FREE_MEMORY) // self.bytes_per_token

    @property
    def bytes_per_token(self) -> int:
        """Size of the keys and values of one token (BioGPT in bfloat16: 96 KiB)."""
        config = self._model.config.get_text_config(decoder=True)
        n_heads = int(config.num_attention_heads)
        size = int(getattr(config, "head_dim", None) or config.hidden_size // n_heads)
        n_kept = int(getattr(config, "num_key_value_heads", None) or n_heads)
        return 2 * int(config.num_hidden_layers) * n_kept * size * int(self._model.dtype.itemsize)

    def _generate(
        self,
        prompts: Sequence[Sequence[int]],
        sampling: SamplingParams,
        *,
        end_token_id: int,
        has_ended: HasEnded | None,
        deadline: float | None,
    ) -> list[list[int]]:
        is_seq2seq = self._start is not None
        pad = pad_right if is_seq2seq else pad_left  # an encoder counts positions from the left
        padded = pad(prompts, end_token_id, self._model.device)
        width = 1 if is_seq2seq else padded.ids.shape[1]
        output: torch.Tensor = self._model.generate(
            input_ids=padded.ids,
            attention_mask=padded.mask,
            generation_config=self._configure(sampling, end_token_id),
            logits_processor=build_processors(sampling, prompts, width, self._model.device),
            stopping_criteria=StoppingCriteriaList([_Ending(width, has_ended, deadline)]),
        )
        return [_until(end_token_id, row) for row in output[:, width:].tolist()]

    def _configure(self, sampling: SamplingParams, end_token_id: int) -> GenerationConfig:
        return GenerationConfig(
            max_new_tokens=sampling.max_new_tokens,
            do_sample=False,  # sampling is greedy decoding of noisy scores: see SeededSampler
            num_beams=1,
            use_cache=True,  # BioMedLM's configuration switches it off: 24 times slower
            pad_token_id=end_token_id,
            eos_token_id=end_token_id,
            decoder_start_token_id=self._start,
        )


class _Ending(StoppingCriteria):
    """Ends rows for ``generate()``: at the caller's word, and all of them when time is up."""

    def __init__(self, n_prompt: int, has_ended: HasEnded | None, deadline: float | None) -> None:
        self._n_prompt = n_prompt
        self._has_ended = has_ended
        self._deadline = deadline

    def __call__(
        self, input_ids: torch.Tensor, scores: torch.Tensor | None, **_: object
    ) -> torch.Tensor:
        """Return one boolean a row: whether it is over."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            return torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        done = [
            self._has_ended is not None and self._has_ended(tokens)
            for tokens in input_ids[:, self._n_prompt :].tolist()
        ]
        return torch.tensor(done, dtype=torch.bool, device=input_ids.device)


def _until(end_token_id: int, tokens: list[int]) -> list[int]:
    has_end = end_token_id in tokens
    return tokens[: tokens.index(end_token_id) + 1] if has_end else tokens
