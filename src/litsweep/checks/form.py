"""Is a machine text a text at all: not empty, cut, looping, or full of foreign markup?

It looks at the text alone, and at the words of the prompt; never at the source.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from litsweep.checks.words import words
from litsweep.domain.generations import StopReason
from litsweep.domain.readings import Check, Verdict

# BioGPT's fine-tuned checkpoints leak "learned1", BioGPT-Large "< / FREETEXT >" and "▃" (their
# corpus markup); chat models leak "<|…|>".
_MARKUP: Final = re.compile(
    r"\blearned\d+\b|<\s*/?\s*[A-Za-z][A-Za-z-]*\s*>|<\|.*?\|>|▃|\[/?INST\]|^#{1,6}\s|```",
    re.MULTILINE,
)
_NEW_ABSTRACT: Final = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:title|abstract|background|introduction|objectives?|aims?|methods?)\s*[:—]",
    re.IGNORECASE,
)
_ECHO_WORDS: Final = 6
_LOOP_WORDS: Final = 3
# A text of which more than this share of three-word runs was there before goes round in circles.
_LOOP_SHARE: Final = 0.25
_LOOP_TIMES: Final = 3


def check_form(
    text: str, sentences: Sequence[str], *, prompt_wording: str, stop_reason: StopReason
) -> tuple[Check, ...]:
    """Return the checks ``empty``, ``length``, ``looping`` and ``leakage``.

    ``text`` is what the model wrote and ``sentences`` are those that are shown of it;
    ``prompt_wording`` is the prompt without what was filled in.
    """
    return (
        _empty(sentences),
        _length(text, sentences, stop_reason),
        _looping(text),
        _leakage(text, prompt_wording),
    )


def _verdict(name: str, fault: str | None, all_clear: str) -> Check:
    verdict = Verdict.FLAG if fault else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=fault or all_clear)


def _empty(sentences: Sequence[str]) -> Check:
    fault = None if sentences else "The model wrote no whole sentence."
    return _verdict("empty", fault, "There is a text.")


def _length(text: str, sentences: Sequence[str], stop_reason: StopReason) -> Check:
    fault = None
    if stop_reason is StopReason.LENGTH:
        is_whole = words(" ".join(sentences)) == words(text)
        left_out = "" if is_whole else " Its last, unfinished sentence was left out."
        fault = f"The model had not ended when it reached its limit.{left_out}"
    return _verdict("length", fault, "The model ended the text itself.")


def _looping(text: str) -> Check:
    found = words(text)
    runs = Counter(zip(*(found[start:] for start in range(_LOOP_WORDS)), strict=False))
    n_again = sum(count - 1 for count in runs.values())
    fault = None
    if n_again and (n_again > _LOOP_SHARE * runs.total() or max(runs.values()) > _LOOP_TIMES):
        run, count = runs.most_common(1)[0]
        fault = f'The text repeats itself: "{" ".join(run)}" stands there {count} times.'
    return _verdict("looping", fault, "The text does not repeat itself.")


def _leakage(text: str, prompt_wording: str) -> Check:
    fault = None
    if markup := _MARKUP.search(text):
        fault = f'There is markup in the text: "{markup[0].strip()}".'
    elif heading := _NEW_ABSTRACT.search(text):
        fault = f'Another abstract begins in the text: "{heading[0].strip()}".'
    elif copied := _copied_run(text, prompt_wording):
        fault = f'The instruction is repeated: "{copied}".'
    return _verdict("leakage", fault, "There is no markup, heading or instruction in the text.")


def _copied_run(text: str, prompt_wording: str) -> str | None:
    asked = _runs(words(prompt_wording), _ECHO_WORDS)
    return next((run for run in _runs(words(text), _ECHO_WORDS) if run in asked), None)


def _runs(found: Sequence[str], length: int) -> dict[str, None]:
    """Return the runs of ``length`` words, in order."""
    starts = range(len(found) - length + 1)
    return dict.fromkeys(" ".join(found[start : start + length]) for start in starts)
