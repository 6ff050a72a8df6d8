"""Is a machine text a text at all: not empty, cut, looping, copied, or full of foreign markup?

It looks at the text alone, at the words of the prompt and at the title; never at the source.
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
    r"(?:^|(?<=[.!?;]\s))(?:(?:title|abstract|background|introduction|context|purpose|objectives?"
    r"|aims?|methods?|design|setting|patients|materials and methods|methods and materials"
    r"|background and (?:aims?|objectives?)|keywords|study design)\s*[:—]"
    r"|(?-i:BACKGROUND|INTRODUCTION|PURPOSE|OBJECTIVES?|AIMS?|METHODS|RESULTS|CONCLUSIONS?)\s"
    r"|(?:copyright|©|all rights reserved|pmid\b))",
    re.IGNORECASE,
)
_ECHO_WORDS: Final = 6
_LOOP_WORDS: Final = 3
# A text of which more than this share of three-word runs was there before goes round in circles.
_LOOP_SHARE: Final = 0.25
_LOOP_TIMES: Final = 3


def check_form(
    text: str,
    sentences: Sequence[str],
    *,
    prompt_wording: str,
    stop_reason: StopReason,
    title: str = "",
) -> tuple[Check, ...]:
    """Return six checks: empty, length, looping, leakage, copying, new_abstract.

    ``text`` is what the model wrote and ``sentences`` are those that are shown of it;
    ``prompt_wording`` is the prompt without what was filled in. A text that only repeats
    ``title`` tells nothing, and counts as copied.
    """
    return (
        _empty(sentences),
        _length(text, sentences, stop_reason),
        _looping(text),
        _leakage(text),
        _copying(text, sentences, prompt_wording, title),
        _new_abstract(text),
    )


def _verdict(name: str, fault: str | None, all_clear: str) -> Check:
    verdict = Verdict.FLAG if fault else Verdict.PASS
    return Check(name=name, verdict=verdict, detail=fault or all_clear)


def _empty(sentences: Sequence[str]) -> Check:
    fault = None if sentences else "The model wrote no whole sentence."
    return _verdict("empty", fault, "There is a text.")


def _length(text: str, sentences: Sequence[str], stop_reason: StopReason) -> Check:
    """Flag a text that was cut, unless what was cut off is no sentence that is shown."""
    if stop_reason not in (StopReason.LENGTH, StopReason.TIME):
        return _verdict(
            "length", None, "The model ended the text itself, or was asked for no more."
        )
    limit = "limit" if stop_reason is StopReason.LENGTH else "time limit"
    if not sentences:
        return _verdict("length", f"The model reached its {limit} within its first sentence.", "")
    is_whole = words(" ".join(sentences)) == words(text)
    left_out = "" if is_whole else " Its last, unfinished sentence was left out."
    return _verdict("length", None, f"The model reached its {limit}.{left_out}")


def _looping(text: str) -> Check:
    found = words(text)
    runs = Counter(zip(*(found[start:] for start in range(_LOOP_WORDS)), strict=False))
    n_again = sum(count - 1 for count in runs.values())
    fault = None
    if n_again and (n_again > _LOOP_SHARE * runs.total() or max(runs.values()) > _LOOP_TIMES):
        run, count = runs.most_common(1)[0]
        fault = f'The text repeats itself: "{" ".join(run)}" stands there {count} times.'
    return _verdict("looping", fault, "The text does not repeat itself.")


def _leakage(text: str) -> Check:
    markup = _MARKUP.search(text)
    fault = f'There is markup in the text: "{markup[0].strip()}".' if markup else None
    return _verdict("leakage", fault, "There is no markup in the text.")


def _copying(text: str, sentences: Sequence[str], prompt_wording: str, title: str) -> Check:
    fault = None
    if copied := _copied_run(text, prompt_wording):
        fault = f'The instruction is repeated: "{copied}".'
    elif title and words(title) and all(_is_part(sentence, title) for sentence in sentences):
        fault = "The text says no more than the title." if sentences else None
    return _verdict("copying", fault, "Neither the instruction nor the title is repeated.")


def _is_part(sentence: str, title: str) -> bool:
    return f" {' '.join(words(sentence))} " in f" {' '.join(words(title))} "


def _new_abstract(text: str) -> Check:
    heading = _NEW_ABSTRACT.search(text)
    fault = f'Another abstract begins in the text: "{heading[0].strip()}".' if heading else None
    return _verdict("new_abstract", fault, "No other abstract begins in the text.")


def _copied_run(text: str, prompt_wording: str) -> str | None:
    asked = _runs(words(prompt_wording), _ECHO_WORDS)
    return next((run for run in _runs(words(text), _ECHO_WORDS) if run in asked), None)


def _runs(found: Sequence[str], length: int) -> dict[str, None]:
    """Return the runs of ``length`` words, in order."""
    starts = range(len(found) - length + 1)
    return dict.fromkeys(" ".join(found[start : start + length]) for start in starts)
