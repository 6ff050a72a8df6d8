"""How a document was read, in parts: were two readings made the same way, and what changed?

A way is JSON, stored with each reading; its hash, the fingerprint, covers everything but the
document. A reading is repeated only where the document or the way is another one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from litsweep.domain.generations import Engine, ReadingTask, SentenceEncoder
from litsweep.domain.models import ModelSpec
from litsweep.prompts import load_prompt
from litsweep.reading import summarize, wording
from litsweep.reading.embedding import LEXICAL
from litsweep.reading.generating import sampling_for
from litsweep.reading.options import ReadingOptions
from litsweep.reading.ranking import N_SENTENCES

READING_VERSION: Final = 2
"""Raised when items, ranking, thresholds or checks change so that readings should be renewed."""

_ASKED_FOR: Final = {
    ReadingTask.SUMMARY: (summarize.PROMPT, N_SENTENCES),
    ReadingTask.ANALYSIS: (wording.PROMPT, wording.N_SENTENCES),
}
_NAMES: Final = {
    "version": "the rules of reading",
    "ranked_by": "the model that compares sentences",
    "ranked_by_weights": "the weights of the model that compares sentences",
    "checked_by": "the model that checks sentences",
    "model": "the model",
    "revision": "the model's revision",
    "weights": "the model's weights",
    "precision": "the model's precision",
    "prompt": "the prompt",
    "decoding": "how words are chosen",
    "windows": "how windows are cut",
}
_UNKNOWN_WAY: Final = "It was read by an older litsweep, which did not keep how."


def planned_way(
    task: ReadingTask,
    options: ReadingOptions,
    *,
    encoder: ModelSpec | None = None,
    nli: ModelSpec | None = None,
) -> dict[str, Any]:
    """Return all of a way that can be told without loading a model: not the weights' hashes."""
    model = options.choice.model
    way: dict[str, Any] = {
        "version": READING_VERSION,
        "task": task.value,
        "ranked_by": encoder.model_id if encoder else LEXICAL,
        "checked_by": f"{nli.model_id}@{nli.revision}" if nli and model else None,
        "model": model and model.model_id,
        "revision": model and model.revision,
    }
    if task is ReadingTask.ANALYSIS:
        way["windows"] = [options.window_overlap, options.max_windows]
    if model is not None:
        prompt, n_sentences = _ASKED_FOR[task]
        template = load_prompt(prompt, model.kind)
        sampling = sampling_for(options.max_new_tokens, template, n_sentences=n_sentences)
        way["prompt"], way["decoding"] = template.sha256, sampling.sha256
    return way


def reading_way(
    task: ReadingTask,
    options: ReadingOptions,
    *,
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    nli: ModelSpec | None = None,
) -> dict[str, Any]:
    """Return the whole way: `planned_way` with the weights and the precision that are loaded."""
    way = planned_way(task, options, encoder=encoder.spec if encoder else None, nli=nli)
    if encoder is not None:
        way["ranked_by_weights"] = encoder.weights_sha256
    if engine is not None:
        way["weights"] = engine.weights_sha256
        # Engines and devices write the same text but for rounding, and several share the work:
        # only what is meant to write another text counts.
        way["precision"] = "int8" if "int8" in engine.description else "full"
    return way


def reading_fingerprint(way: Mapping[str, Any]) -> str:
    """Return a hash of the way, in hexadecimal: equal for readings made in the same way."""
    return hashlib.sha256(json.dumps(way, sort_keys=True).encode()).hexdigest()


def explain_change(
    before: Mapping[str, Any], now: Mapping[str, Any], *, wrote_before: bool
) -> str | None:
    """Say what makes ``now`` another way than ``before``, or None where nothing is to be gained.

    Only parts that both have are compared, so that a planned way may stand for a whole one.
    ``wrote_before``: a model read then, as is known even of a reading whose way is not. A
    worse way is no reason: one without a model does not replace one with a model, nor the
    comparing of words alone that of meanings.
    """
    if wrote_before and now["model"] is None:
        return None
    if not before:
        return _UNKNOWN_WAY
    if before["model"] is None and now["model"] is not None:
        return f"No model had read it, and {now['model']} reads now."
    changed = [name for name in _NAMES if name in before and name in now]
    changed = [name for name in changed if before[name] != now[name]]
    if now["ranked_by"] == LEXICAL and "ranked_by" in changed:
        changed.remove("ranked_by")
    if not changed:
        return None
    return f"Changed: {'; '.join(_describe(name, before[name], now[name]) for name in changed)}."


def is_same_way(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether two ways agree in all parts that both have; an unknown way agrees with none."""
    common = before.keys() & now.keys()
    return bool(before) and all(before[name] == now[name] for name in common)


def _describe(name: str, before: Any, now: Any) -> str:
    if name in ("model", "revision", "ranked_by", "checked_by", "precision", "version"):
        return f"{_NAMES[name]} ({before} before, {now} now)"
    return _NAMES[name]
