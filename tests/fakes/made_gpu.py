"""A made GPU for real processes: a model that takes a fixed time, and may be lost.

``python -m tests.fakes.made_gpu COMMAND …`` runs a ``litsweep`` command with it. What it does is
set by the environment: ``MADE_GPU_LOG`` is a file to which each load of the model adds a line
with its process, ``MADE_GPU_SECONDS`` is what one prompt takes, and a prompt that holds the text
``MADE_GPU_POISON`` breaks the CUDA context, as torch reports it.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from litsweep.domain.models import ModelChoice, ModelSpec
from litsweep.models import loading
from litsweep.models.batching import BatchingEngine
from litsweep.models.loading import Availability
from litsweep.models.locations import Location
from litsweep.settings import Settings
from tasks import embed, ways
from tests.fakes.engine import fake_spec
from tests.fakes.runner import CharacterTokenizer, ScriptedRunner

_SPEC = fake_spec(context_window=8192)
_ANSWER = "Lorvexine reduced tremor in adults."


@contextmanager
def made_gpu() -> Iterator[None]:
    """Have this process read abstracts with the made model, and full texts with none."""
    absent = Availability(is_available=False, reason="too slow for a test")
    with (
        patch.object(ways, "choose_model", _choose),
        patch.object(ways, "is_available", lambda *_: absent),
        patch.object(loading, "locate", lambda *_: Location(path=Path("made"), origin="a test")),
        patch.object(loading, "_open_engine", _open_engine),
        patch.object(embed, "is_needed", lambda _: False),
    ):
        yield


def _choose(kind: object, settings: Settings, **_choices: str | None) -> ModelChoice:
    spec = _SPEC if settings.summary_model == "auto" else None
    return ModelChoice(model=spec, reason="The test says so.")


def _open_engine(spec: ModelSpec, found: Location, settings: Settings) -> BatchingEngine:
    log = os.environ.get("MADE_GPU_LOG")
    if log:
        with Path(log).open("a", encoding="utf-8") as lines:
            lines.write(f"{os.getpid()}\n")
    return BatchingEngine(
        replace(spec, stop_strings=()),
        cast("Any", _MadeRunner()),
        cast("Any", CharacterTokenizer()),
        weights_sha256="0" * 64,
        batch_size=settings.batch_size,
        batch_tokens=None,
        timeout_s=60.0,
    )


class _MadeRunner(ScriptedRunner):
    def __init__(self) -> None:
        super().__init__(lambda _: _ANSWER, n_positions=8192, fails=self._break)
        self._seconds = float(os.environ.get("MADE_GPU_SECONDS", "0"))
        self._poison = os.environ.get("MADE_GPU_POISON", "")

    def _begin(self, prompts: Sequence[Sequence[int]]) -> None:
        super()._begin(prompts)
        time.sleep(self._seconds * len(prompts))

    def _break(self, _call: int, prompts: list[str]) -> Exception | None:
        if self._poison and any(self._poison in prompt for prompt in prompts):
            return RuntimeError("CUDA error: device-side assert triggered\nCompile with …")
        return None


def main() -> None:
    """Run a ``litsweep`` command."""
    from litsweep_app.cli import main as run_command

    with made_gpu():
        run_command()


if __name__ == "__main__":
    sys.argv[0] = "litsweep"
    main()
