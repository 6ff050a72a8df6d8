import subprocess
import sys
from collections import Counter

import pytest

from litsweep.errors import UsageError
from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults.kinds import ALTERATIONS, FaultKind, fitting_endpoints
from litsweep_app.sandbox.faults.schedule import Fault, FaultSchedule

RESET = FaultKind.RESET


@pytest.mark.parametrize(
    ("calls", "hit"),
    [
        (3, [3]),
        ("3", [3]),
        ("3-5", [3, 4, 5]),
        ("7-", [7, 8, 9]),
        ("every 4", [4, 8]),
        ("always", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
)
def test_calls_are_named_one_by_one_or_as_a_range(calls: int | str, hit: list[int]) -> None:
    fault = Fault(endpoint=Endpoint.EFETCH, kind=RESET, calls=calls)
    assert [call for call in range(1, 10) if fault.befalls(Endpoint.EFETCH, call)] == hit
    assert not any(fault.befalls(Endpoint.EFETCH_PMC, call) for call in range(1, 10))


@pytest.mark.parametrize("calls", ["", "3..5", "-3", "every", "every 0x", "3-5-7"])
def test_calls_that_cannot_be_read_are_refused(calls: str) -> None:
    with pytest.raises(UsageError, match="every 7"):
        Fault(kind=RESET, calls=calls)


def test_what_an_endpoint_does_not_say_cannot_be_altered() -> None:
    with pytest.raises(UsageError, match="only at esearch"):
        Fault(endpoint=Endpoint.EFETCH, kind=FaultKind.SHORT_LIST)
    anywhere = Fault(kind=FaultKind.SHORT_LIST)
    assert anywhere.befalls(Endpoint.ESEARCH, 1)
    assert not anywhere.befalls(Endpoint.EFETCH, 1)


def test_the_first_entry_that_fits_counts() -> None:
    schedule = FaultSchedule(
        faults=(
            Fault(endpoint=Endpoint.EFETCH, kind=FaultKind.HTTP_503, calls="2-3"),
            Fault(kind=RESET, calls="every 3"),
        )
    )
    found = [schedule.find(Endpoint.EFETCH, call) for call in range(1, 7)]
    assert [fault and fault.kind for fault in found] == [
        None,
        FaultKind.HTTP_503,
        FaultKind.HTTP_503,
        None,
        None,
        RESET,
    ]


def _table(schedule: FaultSchedule, n_calls: int) -> dict[tuple[Endpoint, int], Fault | None]:
    return {
        (endpoint, call): schedule.find(endpoint, call)
        for endpoint in Endpoint
        for call in range(1, n_calls + 1)
    }


def test_the_same_seed_gives_the_same_faults_in_any_order() -> None:
    table = _table(FaultSchedule.seeded(7), 50)
    again = FaultSchedule.seeded(7)
    assert {place: again.find(*place) for place in reversed(table)} == table
    assert _table(FaultSchedule.seeded(8), 50) != table


def test_another_process_draws_the_same_faults() -> None:
    code = (
        "from litsweep_app.sandbox import Endpoint, FaultSchedule\n"
        "schedule = FaultSchedule.seeded(7)\n"
        "print([schedule.find(Endpoint.EFETCH, call) for call in range(1, 40)])"
    )
    done = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    schedule = FaultSchedule.seeded(7)
    here = [schedule.find(Endpoint.EFETCH, call) for call in range(1, 40)]
    assert {one.stdout.strip() for one in done} == {str(here)}


def test_about_as_many_calls_fail_as_the_rate_says_each_as_it_can() -> None:
    table = _table(FaultSchedule.seeded(3, rate=0.3), 400)
    faults = {place: fault for place, fault in table.items() if fault}
    assert 0.27 < len(faults) / len(table) < 0.33
    assert all(place[0] in fitting_endpoints(fault.kind) for place, fault in faults.items())
    drawn = Counter(fault.kind for fault in faults.values())
    assert set(drawn) == set(FaultKind) - {FaultKind.IDCONV_MIXED_200}


def test_a_seeded_schedule_may_be_limited() -> None:
    kinds = {FaultKind.RESET, FaultKind.SHORT_LIST}
    schedule = FaultSchedule.seeded(
        1, rate=1.0, kinds=kinds, endpoints={Endpoint.ESEARCH, Endpoint.EFETCH}
    )
    table = _table(schedule, 30)
    assert {endpoint for (endpoint, _), fault in table.items() if fault} == {
        Endpoint.ESEARCH,
        Endpoint.EFETCH,
    }
    at_efetch = {
        fault.kind for (endpoint, _), fault in table.items() if fault and endpoint == "efetch"
    }
    assert at_efetch == {FaultKind.RESET}
    assert {fault.kind for fault in table.values() if fault} == kinds


def test_every_kind_can_happen_somewhere_but_the_one_without_an_endpoint() -> None:
    homeless = [kind for kind in FaultKind if not fitting_endpoints(kind)]
    assert homeless == [FaultKind.IDCONV_MIXED_200]
    assert all(fitting_endpoints(kind) == fits for kind, fits in ALTERATIONS.items())
