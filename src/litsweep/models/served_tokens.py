"""Tokens of a prompt for a served model: how many there are, and which it must not hold.

vLLM and llama.cpp tokenise on request, each in its own way. For other servers tokens are
estimated from the length in bytes, rather too many than too few.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litsweep.errors import ModelError
from litsweep.models.served_http import ServerClient

BYTES_PER_TOKEN: Final = 2.5
"""Of 400 PubMed abstracts none had fewer than 2.77 bytes a token with the tokenizers of biogpt,
biogpt-large, or a byte-level one of BioMedLM's size (median 4.8 to 5.3)."""
TEMPLATE_TOKENS: Final = 64
"""What a chat template may add; SmolLM2's adds 31, its system message included."""
_MOST_BYTES_PER_TOKEN: Final = 20
_TOLERANCE: Final = 3  # tokens may join where a template and the prompt meet
# Marks of chat templates and vocabularies: <|im_end|>, </s>, [INST], <end_of_turn>, <pad>, …
_MARK: Final = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|</?s>|\[/?(?:INST|SYS)\]|<</?SYS>>|<(?:start|end)_of_turn>"
    r"|<(?:bos|eos|pad|unk|mask)>|</?think>",
    re.IGNORECASE,
)
_PROBE: Final = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounter:
    """Counts prompts for one served model; made by `find_counter`.

    ``frame`` is what the chat template adds, where the server counts without it.
    """

    client: ServerClient
    model: str
    is_chat: bool
    way: str
    frame: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether the server counts."""
        return self.way != "estimated"

    def count(self, text: str) -> int:
        """Return how many tokens ``text`` takes as a prompt, chat template included.

        Raises:
            ModelError: the server does not count any more.
        """
        if self.way == "vllm":
            return _ask(self.client, _for_vllm(self.model, text, is_chat=self.is_chat))
        if self.way == "llama.cpp":
            return self.frame + _ask(self.client, _for_llama(text, has_frame=self.is_chat))
        n_bytes = len(text.encode("utf-8", "surrogatepass"))
        return math.ceil(n_bytes / BYTES_PER_TOKEN) + self.frame

    def was_cut(self, text: str, n_counted: int, n_read: int) -> bool:
        """Whether a server that read ``n_read`` tokens cannot have read the whole prompt.

        ``n_counted`` is what `count` said of it.
        """
        if self.is_exact:
            return n_read < n_counted - _TOLERANCE
        return n_read * _MOST_BYTES_PER_TOKEN < len(text.encode("utf-8", "surrogatepass"))


def find_mark(text: str) -> str | None:
    """Return the first word of ``text`` that a server would take for a special token, or None.

    Servers tokenise such words as what they look like (seen with llama.cpp), so that an abstract
    could end its own request and begin another. In this process they are characters only.
    """
    found = _MARK.search(text)
    return None if found is None else found.group()


def find_counter(client: ServerClient, model: str, *, is_chat: bool) -> TokenCounter:
    """Find out how the server counts tokens; one that does not has them estimated."""
    if _answers(client, _for_vllm(model, _PROBE, is_chat=is_chat)):
        return TokenCounter(client=client, model=model, is_chat=is_chat, way="vllm")
    if _answers(client, _for_llama(_PROBE, has_frame=is_chat)):
        frame = _measure_frame(client) if is_chat else 0
        if frame is not None:
            return TokenCounter(
                client=client, model=model, is_chat=is_chat, way="llama.cpp", frame=frame
            )
    return TokenCounter(
        client=client,
        model=model,
        is_chat=is_chat,
        way="estimated",
        frame=TEMPLATE_TOKENS if is_chat else 1,
    )


def _for_vllm(model: str, text: str, *, is_chat: bool) -> dict[str, Any]:
    if is_chat:
        return {"model": model, "messages": [{"role": "user", "content": text.strip()}]}
    return {"model": model, "prompt": text}


def _for_llama(text: str, *, has_frame: bool) -> dict[str, Any]:
    return {
        "content": text.strip() if has_frame else text,
        "add_special": not has_frame,
        "parse_special": False,
    }


def _measure_frame(client: ServerClient) -> int | None:
    messages = {"messages": [{"role": "user", "content": _PROBE}]}
    framed = client.ask("/apply-template", messages).data.get("prompt")
    if not isinstance(framed, str):
        return None
    whole = _ask(client, {"content": framed, "add_special": True, "parse_special": True})
    return whole - _ask(client, _for_llama(_PROBE, has_frame=True))


def _answers(client: ServerClient, payload: Mapping[str, Any]) -> bool:
    try:
        return bool(_read_count(client.ask("/tokenize", payload).data))
    except ModelError:
        # Not every server has it, and what else lies at the address may be a page.
        return False


def _ask(client: ServerClient, payload: Mapping[str, Any]) -> int:
    found = _read_count(client.ask("/tokenize", payload).data)
    if found is None:
        raise ModelError("The server counted tokens before, and does not count this text.")
    return found


def _read_count(data: Mapping[str, Any]) -> int | None:
    count, tokens = data.get("count"), data.get("tokens")
    if isinstance(count, int):
        return count
    return len(tokens) if isinstance(tokens, list) else None
