"""What is said stays readable: on 80 columns, in a pipe, and beside a progress bar."""

import io
import logging
import re

import pytest
from rich.console import Console

from litsweep_app.cli import console
from litsweep_app.cli.logs import speak

LONG = "  model: " + "word " * 40 + "https://example.org/" + "a" * 90


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal of 80 columns in place of both streams."""
    screen = io.StringIO()
    terminal = Console(
        file=screen, force_terminal=True, width=80, soft_wrap=True, highlight=False, markup=False
    )
    monkeypatch.setattr(console, "out", terminal)
    monkeypatch.setattr(console, "err", terminal)
    return screen


def plain(screen: io.StringIO) -> list[str]:
    """Return the lines that were ever on the screen, without colours and movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()).replace("\r", "\n").split("\n")


def test_long_lines_wrap_at_words_with_an_indent(screen: io.StringIO) -> None:
    console.show(f"first\n{LONG}")
    first, second, *rest = [line for line in plain(screen) if line]
    assert (first, second[:9]) == ("first", "  model: ")
    assert all(line.startswith("    ") for line in rest)
    assert len(second) <= 80
    assert rest[-1].strip() == "https://example.org/" + "a" * 90, "an address is never broken"


def test_a_pipe_gets_lines_whole(capsys: pytest.CaptureFixture[str]) -> None:
    console.show(LONG)
    console.show_table(["a", "b"], [["x" * 200, 1.23456789], [None, "[95% CI]"]])
    whole, *table = capsys.readouterr().out.splitlines()
    assert whole == LONG
    assert any("x" * 200 in line and "1.23457" in line for line in table)
    assert any("[95% CI]" in line for line in table)


def test_a_warning_stands_above_the_progress_bar(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = "pubmed: no reply; try 2 of 6 in 1.0 s"
    speak("WARNING")
    with console.progress_bars() as advance:
        advance("records fetched", 0, 10)
        logging.getLogger("litsweep.sources").warning(warning)
        logging.getLogger("litsweep.sources").info("not said at this level")
        logging.getLogger("somebody.else").error("not ours")
        advance("records fetched", 10, 10)
    lines = plain(screen)
    assert f"WARNING litsweep.sources: {warning}" in [line.rstrip() for line in lines]
    assert any("records fetched" in line and "10/10" in line for line in lines)
    assert not any("not said" in line or "not ours" in line for line in lines)


def test_without_a_terminal_each_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress_bars() as advance:
        for n_more in (0, 200, 50):
            advance("records fetched", n_more, 250)
        advance("records fetched", 0, 3)  # the next topic
        advance("records fetched", 3, 3)
    assert capsys.readouterr().err.splitlines() == [
        "records fetched: 0 of 250",
        "records fetched: 200 of 250",
        "records fetched: 250 of 250",
        "records fetched: 0 of 3",
        "records fetched: 3 of 3",
    ]


@pytest.mark.parametrize(("level", "said"), [("INFO", True), ("ERROR", False)])
def test_the_level_is_the_setting(
    capsys: pytest.CaptureFixture[str], level: str, said: bool
) -> None:
    speak(level)
    speak(level)  # again, as in a second command of one process
    logging.getLogger("db.anything").info("hello")
    assert capsys.readouterr().err.count("INFO db.anything: hello") == int(said)
