"""Finds a served model: is its server there, what is it, and does it serve what was declared?

Nothing is asked of a server that does not list the model.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelError, ModelNotAvailable
from litsweep.models.served_engine import ServedEngine
from litsweep.models.served_http import Answer, ServerClient
from litsweep.models.served_replies import ServedModel, read_models
from litsweep.models.served_tokens import find_counter
from litsweep.settings import Settings

_LOOK_SECONDS: Final = 5.0
# Where servers tell what they are: the address, its field, the software.
_VERSIONS: Final = (
    ("/version", "version", "vLLM"),
    ("/api/version", "version", "Ollama"),
    ("/props", "build_info", "llama.cpp"),
)


def connect(
    spec: ModelSpec,
    settings: Settings,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> ServedEngine:
    """Return the engine of a served model, once the server has listed it.

    Called by ``litsweep.models.loading`` only.

    Raises:
        ModelNotAvailable: the server cannot be reached, does not list the model, serves it with a
            smaller window, or is no OpenAI-compatible one.
    """
    client = ServerClient(
        spec.served_at or "",
        key=settings.served_api_key,
        timeout_s=settings.generation_timeout_seconds,
        retries=settings.retries,
        sleep=sleep,
    )
    served_model = _served_model(spec, settings)
    found = _find_served(spec, served_model, client)
    return ServedEngine(
        spec,
        client,
        find_counter(client, found.name, is_chat=spec.kind is ModelKind.INSTRUCT),
        served_model=found.name,
        software=_find_software(client, found),
        concurrency=settings.batch_size,
    )


def find_refusal(spec: ModelSpec, settings: Settings) -> str | None:
    """Ask the server once, for at most five seconds; return why it cannot be used, or None."""
    try:
        client = ServerClient(
            spec.served_at or "", key=settings.served_api_key, timeout_s=_LOOK_SECONDS, retries=0
        )
        _find_served(spec, _served_model(spec, settings), client)
    except ModelError as error:
        return str(error)
    return None


def _served_model(spec: ModelSpec, settings: Settings) -> str:
    declared = settings.models.get(spec.name)
    return (declared and declared.served_model) or spec.model_id


def _find_served(spec: ModelSpec, served_model: str, client: ServerClient) -> ServedModel:
    with _naming(spec):
        answer = client.ask("/v1/models")
        _refuse_missing_list(answer)
        listed = {model.name: model for model in read_models(answer.data)}
    # Ollama adds a tag to a name that was given without one.
    found = listed.get(served_model) or listed.get(f"{served_model}:latest")
    if found is None:
        names = ", ".join(sorted(listed)[:5]) or "none"
        raise ModelNotAvailable(
            f"The server {spec.served_at} does not serve {served_model!r}; it serves {names}. "
            f"Correct served_model in [models.{spec.name}], or serve that model."
        )
    if found.context_window is not None and found.context_window < spec.context_window:
        raise ModelNotAvailable(
            f"The server {spec.served_at} serves {found.name} with a window of "
            f"{found.context_window} tokens, and [models.{spec.name}] declares "
            f"{spec.context_window}. Declare what is served, or serve it with the larger window."
        )
    return found


def _refuse_missing_list(answer: Answer) -> None:
    if not answer.is_ok:
        raise ModelError(f"It has no /v1/models ({answer.message}): is it OpenAI-compatible?")


@contextmanager
def _naming(spec: ModelSpec) -> Iterator[None]:
    try:
        yield
    except ModelNotAvailable:
        raise
    except ModelError as error:
        raise ModelNotAvailable(f"{spec.name}, served at {spec.served_at}: {error}") from None


def _find_software(client: ServerClient, found: ServedModel) -> str:
    for path, field, software in _VERSIONS:
        try:
            told = client.ask(path).data.get(field)
        except ModelError:
            continue
        if isinstance(told, str) and told:
            return f"{software} {told:.60}"
    return found.owner[:60] or "a server that does not tell what it is"
