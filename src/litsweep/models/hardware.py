"""What models would run on here: a CPU or a CUDA device, with how much memory.

Asks PyTorch for the device, since what it sees is what counts: with a CPU build a GPU is of no
use. Loads no model and chooses none.
"""

import os
import resource
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from litsweep.domain.models import ModelSpec

_MEMORY: Final = Path("/proc/meminfo")
# Activations, KV cache and the library itself beside the weights, for batches that are halved
# where they do not fit: BioGPT took 1.3 times its weights, BioMedLM 1.2 times (12.3 GB).
_OVERHEAD: Final = 1.2
_BYTES_OF_FLOAT32: Final = 4
_BYTES_OF_BFLOAT16: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """One device; ``memory_bytes`` is what is free on it, 0 where that cannot be told."""

    device: str
    name: str
    memory_bytes: int

    @property
    def is_gpu(self) -> bool:
        """Whether it is a CUDA device."""
        return self.device.startswith("cuda")


def find_hardware(setting: str) -> Hardware:
    """Return the device that the setting ``device`` (auto, cpu, cuda, cuda:N) stands for here.

    A CUDA device that is named and not there counts as the CPU: loading a model on it is refused
    with the reason.
    """
    gpu = None if setting == "cpu" else _find_gpu(setting)
    return gpu or Hardware(
        device="cpu", name=f"a CPU with {os.cpu_count()} threads", memory_bytes=_free_memory()
    )


def memory_needed(spec: ModelSpec, hardware: Hardware) -> int:
    """Return about how many bytes running ``spec`` takes: 0 where its size is not known.

    Weights in bfloat16 on a GPU and in float32 on a CPU, and a fifth more.
    """
    width = _BYTES_OF_BFLOAT16 if hardware.is_gpu else _BYTES_OF_FLOAT32
    return int((spec.n_parameters or 0) * width * _OVERHEAD)


def peak_resident_bytes() -> int:
    """Return the whole process's highest resident size so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes there, KiB elsewhere


def _find_gpu(setting: str) -> Hardware | None:
    if find_spec("torch") is None:
        return None
    cuda = import_module("torch").cuda  # by name: torch belongs to the extra `models`
    index = int(setting.partition(":")[2] or 0)
    if not cuda.is_available() or index >= cuda.device_count():
        return None
    free, _ = cuda.mem_get_info(index)
    return Hardware(
        device=f"cuda:{index}", name=str(cuda.get_device_name(index)), memory_bytes=int(free)
    )


def _free_memory() -> int:
    """Return what the kernel says can be had without swapping (Linux), else all there is."""
    try:
        lines = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 0
