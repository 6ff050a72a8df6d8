"""Why a flow did not complete, in words."""

from prefect.client.schemas.objects import State
from prefect.states import Crashed, Failed

from flows.outcomes import explain
from litsweep.errors import SourceUnreachable


def test_our_own_error_speaks_for_itself() -> None:
    error = SourceUnreachable("PubMed did not answer.")
    state: State[None] = Failed(message=f"Flow run encountered an exception: {error!r}", data=error)
    assert explain(state) == "PubMed did not answer."


def test_a_message_is_given_as_it_is() -> None:
    assert explain(Failed(message="The sweep does not add up.")) == "The sweep does not add up."


def test_a_state_without_words_is_named() -> None:
    assert explain(Crashed(message=None)) == "The run ended as Crashed."
