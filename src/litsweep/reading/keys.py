"""Was a document already read the same way? A fingerprint of everything but the document."""

import hashlib
import json
from typing import Final

from litsweep.domain.generations import Engine, ReadingTask, SentenceEncoder
from litsweep.prompts import load_prompt
from litsweep.reading import summarize, wording
from litsweep.reading.embedding import LEXICAL
from litsweep.reading.generating import sampling_for

READING_VERSION: Final = 1
"""Raised when items, ranking, thresholds or checks change so that readings should be renewed."""


def reading_fingerprint(
    engine: Engine | None,
    encoder: SentenceEncoder | None,
    task: ReadingTask,
    max_new_tokens: int,
) -> str:
    """Return a hash, in hexadecimal: equal for readings that would be made in the same way.

    It covers the task, models with revision and weights, prompt, decoding and the version above.
    """
    way = {
        "version": READING_VERSION,
        "task": task.value,
        "ranked_by": [encoder.spec.model_id, encoder.weights_sha256] if encoder else [LEXICAL],
        "written_by": _describe(engine, task, max_new_tokens) if engine else [],
    }
    return hashlib.sha256(json.dumps(way, sort_keys=True).encode()).hexdigest()


def _describe(engine: Engine, task: ReadingTask, max_new_tokens: int) -> list[str]:
    name = summarize.PROMPT if task is ReadingTask.SUMMARY else wording.PROMPT
    return [
        engine.spec.model_id,
        engine.spec.revision,
        engine.weights_sha256,
        load_prompt(name, engine.spec.kind).sha256,
        sampling_for(max_new_tokens).sha256,
    ]
