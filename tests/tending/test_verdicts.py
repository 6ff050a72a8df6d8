"""Which flow runs count as dead, and that silence alone does not make one so."""

from datetime import UTC, datetime, timedelta

from db.owners import Owner
from litsweep_app.tending.verdicts import LONGEST_PENDING, Run, judge

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=20)
SEEN = {"alive": True, "dead": False, "elsewhere": None}


def night(state: str = "RUNNING", since: datetime = LONG_AGO) -> Run:
    return Run(flow_run_id="night", name="nightly-all", state=state, since=since)


def part(name: str = "sweep", parent: str = "night", *, has_parent_ended: bool = False) -> Run:
    return Run(
        flow_run_id=name,
        name=name,
        state="RUNNING",
        since=LONG_AGO,
        parent_id=parent,
        has_parent_ended=has_parent_ended,
    )


def owner(process: str, flow_run_id: str = "sweep") -> Owner:
    return Owner(process=process, flow_run_id=flow_run_id, since=LONG_AGO, search_run_id=1)


def ended(*runs: Run, owners: tuple[Owner, ...] = ()) -> dict[str, str]:
    verdicts = judge(runs, owners, is_alive=SEEN.__getitem__, now=NOW)
    return {verdict.run.flow_run_id: verdict.new_state for verdict in verdicts}


def test_a_dead_process_ends_its_run_and_that_of_which_it_is_a_part() -> None:
    found = ended(part(), night(), owners=(owner("dead"),))
    assert found == {"night": "CRASHED", "sweep": "CRASHED"}
    assert list(found) == ["night", "sweep"]


def test_a_living_process_without_a_sign_of_life_is_left_alone() -> None:
    assert not ended(night(), part(), owners=(owner("alive"),))
    assert not ended(night(), part())


def test_what_cannot_be_seen_is_left_alone() -> None:
    assert not ended(night(), part(), owners=(owner("elsewhere"),))


def test_what_cannot_be_seen_is_ended_with_what_it_is_a_part_of() -> None:
    orphan = part(has_parent_ended=True)
    assert ended(orphan, owners=(owner("elsewhere"),)) == {"sweep": "CRASHED"}


def test_a_living_process_counts_more_than_a_parent_that_was_ended() -> None:
    assert not ended(part(has_parent_ended=True), owners=(owner("alive"),))


def test_books_that_an_earlier_process_left_open_do_not_end_a_run_that_goes_on() -> None:
    owners = (owner("dead", "first"), owner("alive", "second"))
    assert ended(night(), part("first"), part("second"), owners=owners) == {"first": "CRASHED"}


def test_pending_is_borne_for_a_while() -> None:
    assert not ended(night("PENDING", NOW - LONGEST_PENDING))
    late = NOW - LONGEST_PENDING - timedelta(seconds=1)
    assert ended(night("PENDING", late)) == {"night": "CRASHED"}


def test_what_was_to_be_cancelled_is_cancelled() -> None:
    dead = owner("dead", "night")
    assert ended(night("CANCELLING"), owners=(dead,)) == {"night": "CANCELLED"}
