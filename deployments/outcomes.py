"""What was done to one thing on the Prefect server, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from httpx import HTTPError, HTTPStatusError

from litsweep.errors import LitsweepError


class Done(StrEnum):
    """What became of one thing."""

    MADE = "made"
    """It was not there, and now is."""
    CHANGED = "changed"
    """It was there and differed; now it is as declared."""
    REMOVED = "removed"
    """It was ours, and is not declared any more."""
    LEFT = "left"
    """It was as declared, or is not ours to change."""
    DIFFERS = "DIFFERS"
    """It is not as declared, after all that was done."""


@dataclass(frozen=True)
class Outcome:
    """One line of the table: the thing, what became of it, and why, in words."""

    kind: str
    name: str
    done: Done
    said: str = ""


class Thing(Protocol):
    """Something that shall be on the server."""

    @property
    def kind(self) -> str:
        """What it is, for people."""

    @property
    def name(self) -> str:
        """Which one it is, for people."""

    def is_there(self) -> bool:
        """Tell whether the server has one of this name."""

    def differences(self) -> list[str]:
        """Say in words how the server's differs from the declared one; empty: not at all."""

    def put(self) -> None:
        """Make it, or change what differs, and nothing else."""

    def remarks(self) -> list[str]:
        """Say what an operator chose there and what is therefore left."""


def settle(thing: Thing, *, may_change: bool) -> Outcome:
    """Bring one thing into its declared state and look whether it is; only look without leave.

    A server that refuses costs this thing alone: the outcome says why.
    """
    try:
        was_there, before = thing.is_there(), thing.differences()
        if not before:
            return Outcome(thing.kind, thing.name, Done.LEFT, "; ".join(thing.remarks()))
        if not may_change:
            return Outcome(thing.kind, thing.name, Done.DIFFERS, "; ".join(before))
        thing.put()
        if after := thing.differences():
            return Outcome(thing.kind, thing.name, Done.DIFFERS, "; ".join(after))
        said = [*(before if was_there else []), *thing.remarks()]
        return Outcome(thing.kind, thing.name, _done(thing, was_there), "; ".join(said))
    except (LitsweepError, HTTPError) as error:
        return Outcome(thing.kind, thing.name, Done.DIFFERS, explain(error))


def _done(thing: Thing, was_there: bool) -> Done:
    if not was_there:
        return Done.MADE
    return Done.CHANGED if thing.is_there() else Done.REMOVED


def explain(error: LitsweepError | HTTPError) -> str:
    """Say what the server, or our own code, objected to."""
    if isinstance(error, HTTPStatusError):
        return f"the server answered {error.response.status_code}: {error.response.text[:300]}"
    return str(error) or type(error).__name__


def as_table(outcomes: Iterable[Outcome]) -> str:
    """Lay outcomes out in columns, one a line, those that differ at the end."""
    rows = sorted(outcomes, key=lambda each: each.done is Done.DIFFERS)
    kinds = max((len(each.kind) for each in rows), default=0)
    names = max((len(each.name) for each in rows), default=0)
    return "".join(
        f"{each.done:<8} {each.kind:<{kinds}}  {each.name:<{names}}  {each.said}".rstrip() + "\n"
        for each in rows
    )
