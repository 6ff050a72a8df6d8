"""What changed between two versions of a record, field by field, for people to read."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from litsweep.domain.records import Record

# Enough to see what a change is about; the versions themselves are kept whole.
_MOST_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field with its old and new content, shortened; lists show what left and what came."""

    field: str
    before: str
    after: str


def describe_changes(before: Record, after: Record) -> tuple[Change, ...]:
    """Return the fields of a record that differ, in the order of `Record`."""
    changes = []
    for field in fields(Record):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            changes.append(_describe(field.name, old, new))
    return tuple(changes)


def _describe(name: str, old: Any, new: Any) -> Change:
    if isinstance(old, tuple) and isinstance(new, tuple):
        left = [one for one in old if one not in new]
        came = [one for one in new if one not in old]
        # Where nothing left or came, the order changed: show the lists whole.
        old, new = (left, came) if left or came else (old, new)
    return Change(field=name, before=_show(old), after=_show(new))


def _show(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(one) for name, one in asdict(value).items() if one not in (None, ())}
    return value if isinstance(value, str | int | float | bool) else str(value)
