"""What was done to one thing on the Prefect server, and how it is told."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from httpx import HTTPError, HTTPStatusError

from litsweep.errors import LitsweepError

Found = TypeVar("Found")


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


class Thing(Protocol[Found]):
    """Something that shall be on the server; ``Found`` is what the server tells of it."""

    @property
    def kind(self) -> str:
        """What it is, for people."""

    @property
    def name(self) -> str:
        """Which one it is, for people."""

    def find(self) -> Found | None:
        """Ask the server for it; None: there is none."""

    def differences(self, found: Found | None) -> list[str]:
        """Say in words how the server's differs from the declared one; empty: not at all."""

    def put(self, found: Found | None) -> None:
        """Make it, or change what differs, and nothing else."""

    def remarks(self, found: Found) -> list[str]:
        """Say what an operator chose there and what is therefore left."""


def settle(thing: Thing[Found], *, may_change: bool) -> Outcome:
    """Bring one thing into its declared state and look whether it is; only look without leave.

    A server that refuses costs this thing alone: the outcome says why.
    """
    try:
        found = thing.find()
        before = thing.differences(found)
        if not before:
            return _outcome(thing, Done.LEFT, [], found)
        if not may_change:
            return _outcome(thing, Done.DIFFERS, before, None)
        thing.put(found)
        now = thing.find()
        if after := thing.differences(now):
            return _outcome(thing, Done.DIFFERS, after, None)
        if found is None:
            return _outcome(thing, Done.MADE, [], now)
        return _outcome(thing, Done.REMOVED if now is None else Done.CHANGED, before, now)
    except (LitsweepError, HTTPError) as error:
        return _outcome(thing, Done.DIFFERS, [explain(error)], None)


def _outcome(thing: Thing[Found], done: Done, said: list[str], found: Found | None) -> Outcome:
    remarks = [] if found is None else thing.remarks(found)
    return Outcome(thing.kind, thing.name, done, "; ".join([*said, *remarks]))


def explain(error: LitsweepError | HTTPError) -> str:
    """Say what the server, or our own code, objected to."""
    if isinstance(error, HTTPStatusError):
        reply = error.response
        with suppress(ValueError, KeyError, TypeError):
            return f"the server says {reply.status_code}: {reply.json()['detail']}"
        return f"the server says {reply.status_code}: {reply.text[:300]}"
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
