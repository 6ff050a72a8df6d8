import inspect
from pathlib import Path

import pytest

from litsweep.errors import UsageError
from litsweep_app.sandbox import faults
from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults import Fault, FaultKind, read_fault_file


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    example = inspect.getdoc(faults) or ""
    indented = example.partition("::\n")[2].partition("\n\nCalls are")[0]
    (tmp_path / "faults.toml").write_text(inspect.cleandoc(indented))
    schedule = read_fault_file(tmp_path / "faults.toml")
    assert (schedule.seed, schedule.rate) == (7, 0.2)
    assert schedule.endpoints == frozenset({Endpoint.ESEARCH, Endpoint.EFETCH})
    assert schedule.kinds == frozenset(
        {FaultKind.HTTP_503, FaultKind.RESET, FaultKind.TRUNCATE, FaultKind.SHORT_LIST}
    )
    limit, drop, cut = schedule.faults
    assert limit == Fault(
        endpoint=Endpoint.EFETCH, calls="3-5", kind=FaultKind.RATE_LIMIT_429, retry_after=2
    )
    assert (drop.calls, drop.pmids) == (8, (99000007,))
    assert (cut.endpoint, cut.at, cut.looks_complete) == (Endpoint.PMC_CLOUD, 0.5, True)


def test_an_empty_file_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").touch()
    assert read_fault_file(tmp_path / "faults.toml").find(Endpoint.EFETCH, 1) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("seed == 3", "line 1"),
        ("sede = 3", "sede"),
        ("kinds = ['rest']", "'reset'"),
        ("[[fault]]\nkind = 'rest'", "faults 1 kind"),
        ("[[fault]]\nendpoint = 'efetch'", "kind"),
        ("[[fault]]\nkind = 'reset'\nafter = 3", "after"),
        ("[[fault]]\nkind = 'reset'\ncalls = 'often'", "often"),
        ("[[fault]]\nkind = 'short_list'\nendpoint = 'efetch'", "only at esearch"),
    ],
)
def test_what_is_not_known_is_named(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "faults.toml").write_text(content)
    with pytest.raises(UsageError, match=told) as error:
        read_fault_file(tmp_path / "faults.toml")
    assert "faults.toml" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        read_fault_file(tmp_path / "nowhere")
