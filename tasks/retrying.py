"""What is worth trying again, and how often: one policy for all tasks.

Tried again is only what passes by itself and was not tried again by whoever met it: a lost
connection to the results database, or a writer who waited too long for another. The sources
have asked again for minutes before they fail (`litsweep.sources.http`), and a refusal, a full disk
or a missing model is the same a minute later. Every task is safe to run twice: what it writes is
one transaction, and one that was kept although its end was not heard of changes nothing.
"""

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypedDict, TypeVar

from prefect.client.schemas.objects import State

from litsweep.errors import DatabaseBusy, DatabaseUnreachable

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

PASSING: Final = (DatabaseUnreachable, DatabaseBusy)
"""What may be gone when it is tried again; all else of `litsweep.errors` will not."""

RECONNECTING_S: Final = 120.0
"""How long a transaction waits for a server that restarts: a crash recovery takes a minute or so.

With the pauses of a task's retries, an outage of seven minutes is outlived.
"""

_PAUSES_S: Final = (5.0, 20.0)
_JITTER: Final = 0.5
_log: Final = logging.getLogger(__name__)


class _Retries(TypedDict):
    retries: int
    retry_delay_seconds: list[float]
    retry_jitter_factor: float
    retry_condition_fn: Callable[[Any, Any, State[Any]], bool]


def is_passing(_task: object, _task_run: object, state: State[Any]) -> bool:
    """Tell Prefect whether a task that failed is to be run again."""
    return isinstance(state.result(raise_on_failure=False), PASSING)


RETRIED: Final[_Retries] = {
    "retries": len(_PAUSES_S),
    "retry_delay_seconds": list(_PAUSES_S),
    "retry_jitter_factor": _JITTER,
    "retry_condition_fn": is_passing,
}
"""What every task is declared with: ``@task(cache_policy=SIDE_EFFECTS, **RETRIED)``."""


def tried_again(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Hold a function that is no task, or the last step of a costly one, to the same policy."""

    @functools.wraps(function)
    def trying(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        for pause in _PAUSES_S:
            try:
                return function(*args, **kwargs)
            except PASSING as error:
                _log.warning("%s; tried again in %.0f s", error, pause)
            time.sleep(pause * random.uniform(1 - _JITTER, 1 + _JITTER))
        return function(*args, **kwargs)

    return trying
