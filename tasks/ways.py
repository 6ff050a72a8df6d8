"""How a group of documents is to be read: the model of their topic or settings, and what else.

Planning loads nothing, so that a worker may see that nothing waits before it loads a model.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from db.readings import TASK_OF
from db.rereads import WayOfReading
from db.waiting import Scope
from litsweep.domain.generations import Engine, EntailmentModel, SentenceEncoder
from litsweep.domain.models import ModelSpec
from litsweep.models.choosing import SETTING, choose_model
from litsweep.models.loading import is_available, load_classifier, load_encoder, load_engine
from litsweep.models.registry import get_spec
from litsweep.reading.keys import (
    explain_change,
    is_same_way,
    planned_way,
    reading_fingerprint,
    reading_way,
)
from litsweep.reading.options import ReadingOptions
from litsweep.settings import Settings
from tasks.policies import overridden

_DEVICE: Final = re.compile(r"\b(?:cpu|cuda(?::\d+)?)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the documents of a scope are to be read, before any model is loaded.

    ``encoder`` compares sentences and ``nli`` checks what was written, where they are.
    """

    scope: Scope
    options: ReadingOptions
    encoder: ModelSpec | None
    nli: ModelSpec | None

    @property
    def way(self) -> dict[str, Any]:
        """What can be told of the way in which they are read: not the weights."""
        task = TASK_OF[self.scope.kind]
        return planned_way(task, self.options, encoder=self.encoder, nli=self.nli)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A plan with its models loaded; ``nli`` is what judges entailment, or None."""

    plan: Plan
    engine: Engine | None
    encoder: SentenceEncoder | None
    nli: EntailmentModel | None
    way: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """The hash that names this way of reading."""
        return reading_fingerprint(self.way)

    @property
    def device(self) -> str:
        """Where the model runs, as the engine says; empty where it says nothing."""
        found = _DEVICE.search(self.engine.description) if self.engine else None
        return found.group() if found else ""


def plan_reading(scope: Scope, settings: Settings) -> Plan:
    """Say how the documents of ``scope`` are to be read on this machine.

    What people ask for is stronger than what the run overrides, and that than what the
    documents' topic says.

    Raises:
        UnknownModel, ModelNotAvailable: the topic or the settings name a model that does not
            exist, or that cannot be used here.
    """
    options = ReadingOptions(
        choice=choose_model(
            scope.kind,
            settings,
            topic_choice=None if scope.is_asked else scope.choice,
            run_choice=overridden(SETTING[scope.kind]),
            asked_choice=scope.choice if scope.is_asked else None,
        ),
        max_new_tokens=settings.max_new_tokens,
        window_overlap=settings.window_overlap,
        max_windows=settings.max_windows,
    )
    encoder = get_spec("minilm")
    return Plan(
        scope=scope,
        options=options,
        encoder=encoder if is_available(encoder, settings).is_available else None,
        nli=None if settings.nli_model == "none" else get_spec(settings.nli_model, settings),
    )


def load_reader(plan: Plan, settings: Settings) -> Reader:
    """Load the models of a plan; a model stays loaded in this process.

    Raises:
        ModelNotAvailable, WeightsRefused: a model cannot be loaded on this machine.
    """
    model = plan.options.choice.model
    engine = load_engine(model, settings) if model else None
    encoder = load_encoder(plan.encoder, settings) if plan.encoder else None
    nli = load_classifier(plan.nli, settings) if plan.nli and engine else None
    task = TASK_OF[plan.scope.kind]
    way = reading_way(task, plan.options, engine=engine, encoder=encoder, nli=plan.nli)
    return Reader(plan=plan, engine=engine, encoder=encoder, nli=nli, way=way)


def explain_way(before: WayOfReading, way: dict[str, Any]) -> str | None:
    """Say what is gained by reading in ``way`` what was read otherwise, or None."""
    return explain_change(before.way, way, wrote_before=before.wrote)


def is_in_force(before: WayOfReading, way: dict[str, Any]) -> bool:
    """Tell whether documents were read in ``way`` before, so far as it is known."""
    return is_same_way(before.way, way)
