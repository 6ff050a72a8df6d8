"""Reads what OpenAI-compatible servers reply: completions, scores, and the list of models.

No request is made here. A reply that lacks what it must have is an error, never an empty text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litsweep.domain.generations import StopReason
from litsweep.errors import ModelError, PromptTooLong
from litsweep.models.served_http import Answer

_TOO_LONG: Final = re.compile(
    r"context (length|size|window)|exceed_context|maximum .{0,40}tokens|too long|input length",
    re.IGNORECASE,
)
_REASONS: Final = {"stop": StopReason.END_OF_TEXT, "length": StopReason.LENGTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedText:
    """What a server wrote for one prompt; token counts are None where it gives none."""

    text: str
    stop_reason: StopReason
    n_input_tokens: int | None
    n_output_tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """One entry of ``/v1/models``; ``context_window`` is None where the server does not tell."""

    name: str
    owner: str
    context_window: int | None


def read_models(data: Mapping[str, Any]) -> list[ServedModel]:
    """Return the models that a server lists (``/v1/models``).

    Raises:
        ModelError: it is no such list.
    """
    entries = data.get("data")
    if not isinstance(entries, list):
        raise ModelError("Its /v1/models is no list of models: is it OpenAI-compatible?")
    return [
        ServedModel(
            name=entry["id"],
            owner=str(entry.get("owned_by") or ""),
            context_window=_read_window(entry),
        )
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    ]


def _read_window(entry: Mapping[str, Any]) -> int | None:
    # vLLM: max_model_len. llama.cpp: meta.n_ctx, and n_ctx_train, which the weights allow.
    meta = entry.get("meta")
    inner = meta if isinstance(meta, dict) else {}
    found = (entry.get("max_model_len"), inner.get("n_ctx"), inner.get("n_ctx_train"))
    return next((value for value in found if isinstance(value, int) and value > 0), None)


def read_text(data: Mapping[str, Any], *, is_chat: bool) -> ServedText:
    """Return the text of a completion or chat completion.

    Raises:
        ModelError: there is no text, or it ended for a reason that makes it none.
    """
    choice = _first_choice(data)
    message = choice.get("message")
    text = (message or {}).get("content") if is_chat else choice.get("text")
    if not isinstance(text, str):
        raise ModelError("Its reply holds no text.")
    finish = choice.get("finish_reason")
    if finish not in _REASONS:
        raise ModelError(f"It ended the text for a reason that is not known: {finish!r:.60}.")
    reason = _REASONS[finish]
    if isinstance(choice.get("stop_reason"), str):  # vLLM: the stop string that was met
        reason = StopReason.STOP_STRING
    usage = data.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return ServedText(
        text=text,
        stop_reason=reason,
        n_input_tokens=_count(counts.get("prompt_tokens")),
        n_output_tokens=_count(counts.get("completion_tokens")),
    )


def read_label_score(data: Mapping[str, Any], *, prompt: str, label: str) -> float:
    """Return the mean log-probability a token of ``label`` after ``prompt``, from an echo.

    The reply is that to ``prompt + label`` with ``echo`` and ``logprobs``: token after token with
    the offset of its first character.

    Raises:
        ModelError: the server gives no log-probabilities of what it was given, or a token lies
            across the border of prompt and label.
    """
    found = _first_choice(data).get("logprobs")
    scores: Any = (found or {}).get("token_logprobs")
    offsets: Any = (found or {}).get("text_offset")
    if not _are_lists_of_one_length(scores, offsets):
        raise ModelError(
            "It gives no log-probabilities of a given text, so labels cannot be ranked."
        )
    end = len(prompt) + len(label)
    of_label = [
        (score, offset)
        for score, offset in zip(scores, offsets, strict=True)
        if len(prompt) <= offset < end
    ]
    if not of_label or of_label[0][1] != len(prompt):
        raise ModelError(
            f"Its tokens do not begin where the label {label!r} begins, so it cannot be ranked."
        )
    if any(not isinstance(score, int | float) for score, _ in of_label):
        raise ModelError("It leaves out log-probabilities of the label, so it cannot be ranked.")
    return float(sum(score for score, _ in of_label) / len(of_label))


def refusal(answer: Answer, *, name: str, position: int) -> ModelError:
    """Return the error for a request about one prompt that the server refused."""
    said = f"{name}'s server refused prompt {position + 1}: {answer.message.rstrip('.')}."
    if answer.status in (400, 413, 422, 500) and _TOO_LONG.search(answer.message):
        return PromptTooLong(f"{said} Shorten the prompt, or serve the model with a larger window.")
    return ModelError(said)


def _first_choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = data.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    raise ModelError("Its reply holds no completion.")


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _are_lists_of_one_length(*found: Any) -> bool:
    if not all(isinstance(each, Sequence) and not isinstance(each, str) for each in found):
        return False
    return len({len(each) for each in found}) == 1 and len(found[0]) > 0
