"""The sandbox is started, asked and stopped as a person does it."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import N_RECORDS, SCRIPT, Litsweep, clean_environment
from tests.fakes.pubmed_files import write_records


@contextmanager
def started(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a sandbox; yield its process and what it said until it was ready."""
    process = subprocess.Popen(
        [SCRIPT, "sandbox", *arguments],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Ctrl-C stops it" in line:
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


def test_the_sandbox_serves_until_it_is_interrupted() -> None:
    with started("--port", "0") as (process, said):
        assert f"{N_RECORDS} records and 9 full texts are served." in said
        exports = dict(re.findall(r"export (\w+)=(\S+)", said))
        reply = httpx.get(
            exports["LITSWEEP_EUTILS_URL"] + "esearch.fcgi",
            params={"db": "pubmed", "term": "all[sb]"},
            trust_env=False,
        )
        assert f"<Count>{N_RECORDS}</Count>" in reply.text
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert rest.strip() == "The sandbox has stopped."


def test_what_is_not_served_is_counted_by_reason(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03}.csv").write_text("a,b", "utf-8")
    (tmp_path / "page.html").write_text("<html></html>", "utf-8")
    with started("--data", tmp_path, "--port", "0") as (_, said):
        assert "not served: not XML (300 times, first 000.csv)" in said
        assert "not served: an HTML page (page.html)" in said
        assert "--list-skipped" in said
        assert len(said.splitlines()) < 20
    with started("--data", tmp_path, "--port", "0", "--list-skipped") as (_, said):
        assert said.count("not served: ") == 301
        assert "not served: 299.csv: not XML" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--data", "nowhere"), "nowhere"), (("--port", "99999"), "65535")],
)
def test_a_sandbox_that_cannot_be_started(
    litsweep: Litsweep, arguments: tuple[str, ...], told: str
) -> None:
    done = litsweep("sandbox", *arguments)
    assert (done.code, told in done.err) == (2, True)


def test_a_port_that_is_taken(litsweep: Litsweep) -> None:
    with started("--port", "0") as (_, said):
        port = re.findall(r"127\.0\.0\.1:(\d+)", said)[0]
        done = litsweep("sandbox", "--port", port)
    assert done.code == 2
    assert "Choose another --port" in done.err


def test_faults_a_day_and_a_log(tmp_path: Path) -> None:
    write_records(tmp_path / "base", [1, 2])
    (tmp_path / "day-1").mkdir()
    write_records(tmp_path / "day-1", [3])
    (tmp_path / "day-2").mkdir()
    write_records(tmp_path / "day-2", [4])
    faults, log = tmp_path / "faults.toml", tmp_path / "asked.jsonl"
    faults.write_text('[[fault]]\nendpoint = "esearch"\ncalls = 1\nkind = "http_503"\n')
    given = ("--data", tmp_path, "--day", "1", "--faults", faults, "--log", log, "--port", "0")
    with started(*given) as (_, said):
        assert "3 records and 0 full texts are served." in said
        address = re.findall(r"EUTILS_URL=(\S+)", said)[0]
        params = {"db": "pubmed", "term": "all[sb]"}
        replies = [
            httpx.get(f"{address}esearch.fcgi", params=params, trust_env=False) for _ in range(2)
        ]
    assert [reply.status_code for reply in replies] == [503, 200]
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["fault"], sorted(line["uids"])) for line in lines] == [
        ("http_503", []),
        (None, [1, 2, 3]),
    ]


def test_faults_that_cannot_be_read(litsweep: Litsweep, tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text("[[fault]]\nkind = 'rest'\n")
    done = litsweep("sandbox", "--faults", tmp_path / "faults.toml")
    assert (done.code, "'reset'" in done.err) == (2, True)
