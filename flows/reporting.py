"""What every flow does beside its work: fails in a sentence, is heard in the UI, shows itself.

Only a run of a deployment is shown: one of the command line prints its own, and most often its
server ends with it. Nothing here may cost a run anything but a moment.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar, cast

from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Failed

from flows import artifacts, logs
from litsweep.errors import LitsweepError, UsageError
from tasks import progress

P = ParamSpec("P")
S = TypeVar("S", bound=State[Any])
Publish = Callable[[Mapping[str, Any], datetime], None]
"""Shows what a run did: takes what it was asked for, and when it began."""

_is_shown: Final[ContextVar[bool]] = ContextVar("is_shown", default=False)


def reported(
    publish: Publish, *, inside: bool = True
) -> Callable[[Callable[P, S]], Callable[P, S]]:
    """Decorate the body of a flow; ``publish`` is called at its end, unless it was a dry run.

    With ``inside`` also for a run that is part of another one; else the outer one shows it.

    An error of ours becomes the failed state that says it: Prefect would log a traceback, and
    put words of its own before the sentence.
    """

    def decorate(body: Callable[P, S]) -> Callable[P, S]:
        @wraps(body)
        def run(*args: P.args, **kwargs: P.kwargs) -> S:
            given = signature(body).bind(*args, **kwargs)
            given.apply_defaults()
            # A function of the module, since a flow may travel to a worker of Dask, and what the
            # module keeps to itself cannot.
            return _run(lambda: body(*args, **kwargs), given.arguments, publish, inside)

        return run

    return decorate


def _run(body: Callable[[], S], given: Mapping[str, Any], publish: Publish, inside: bool) -> S:
    began_at = datetime.now(UTC)
    is_inner = _is_shown.get()
    with _showing():
        try:
            state = body()
        except LitsweepError as error:
            state = cast("S", Failed(message=str(error), data=error))
            if isinstance(error, UsageError):
                return state  # nothing was begun that could be shown
        if not (given.get("dry_run") or (is_inner and not inside)):
            _publish(publish, given, began_at)
    return state


def is_shown() -> bool:
    """Tell whether the run is one that people look at in the UI."""
    return _is_shown.get()


def _publish(publish: Publish, given: Mapping[str, Any], began_at: datetime) -> None:
    if _is_shown.get():
        with artifacts.forgiving("What this run did"):
            publish(given, began_at)


@contextmanager
def _showing() -> Iterator[None]:
    """Show what happens inside the block, if the run or the one around it is of a deployment."""
    context = FlowRunContext.get()
    flow_run = context.flow_run if context else None
    if _is_shown.get() or flow_run is None or flow_run.deployment_id is None:
        yield
        return
    token = _is_shown.set(True)
    shown = artifacts.ProgressArtifact(flow_run.id)
    try:
        with logs.sending_ours(str(flow_run.id)), progress.listening(shown):
            yield
    finally:
        shown.finish()
        _is_shown.reset(token)
