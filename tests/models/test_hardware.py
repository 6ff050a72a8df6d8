"""The device is what PyTorch sees, and memory is what is free on it."""

import sys
from types import SimpleNamespace

import pytest

from litsweep.models.hardware import Hardware, find_hardware, memory_needed
from litsweep.models.registry import SMOLLM2_DEMO
from tests.fakes.engine import fake_spec


def pretend_gpus(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: n > 0,
        device_count=lambda: n,
        mem_get_info=lambda index: (70 * 10**9 - index, 80 * 10**9),
        get_device_name=lambda index: f"Big GPU {index}",
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda, __spec__=object()))


def test_the_cpu_has_memory() -> None:
    found = find_hardware("cpu")
    assert (found.device, found.is_gpu) == ("cpu", False)
    assert found.memory_bytes > 10**8


@pytest.mark.parametrize(("setting", "index"), [("auto", 0), ("cuda", 0), ("cuda:1", 1)])
def test_a_gpu_that_is_there_is_taken(
    monkeypatch: pytest.MonkeyPatch, setting: str, index: int
) -> None:
    pretend_gpus(monkeypatch, 2)
    found = find_hardware(setting)
    assert (found.device, found.name) == (f"cuda:{index}", f"Big GPU {index}")
    assert (found.is_gpu, found.memory_bytes) == (True, 70 * 10**9 - index)


@pytest.mark.parametrize(("setting", "n"), [("auto", 0), ("cuda:2", 2), ("cpu", 2)])
def test_without_it_the_cpu_is(monkeypatch: pytest.MonkeyPatch, setting: str, n: int) -> None:
    pretend_gpus(monkeypatch, n)
    assert find_hardware(setting).device == "cpu"


def test_memory_is_counted_in_the_width_of_the_device() -> None:
    spec = SMOLLM2_DEMO
    cpu = Hardware(device="cpu", name="", memory_bytes=0)
    gpu = Hardware(device="cuda:0", name="", memory_bytes=0)
    assert memory_needed(fake_spec(), cpu) == 0, "an unknown size is no obstacle"
    assert memory_needed(spec, cpu) == 2 * memory_needed(spec, gpu)
