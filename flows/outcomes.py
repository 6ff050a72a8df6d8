"""What a flow run came to, in the words that are shown to people."""

from typing import Any

from prefect.client.schemas.objects import State

from litsweep.errors import LitsweepError


def explain(state: State[Any]) -> str:
    """Return why a flow run did not complete."""
    # A raised error comes back as the state's data, and Prefect puts words of its own before it;
    # a flow that returned a failed state has only its message.
    error = state.result(raise_on_failure=False)
    if isinstance(error, LitsweepError):
        return str(error)
    return state.message or f"The run ended as {state.name}."
