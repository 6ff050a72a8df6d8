"""Column types: what a value looks like in the database, the same on SQLite and PostgreSQL.

People read these tables by SQL, so that a time is ISO 8601 text where the database has
no type for it, and a state is its word.
"""

import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, DateTime, Dialect, Enum, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

STATE_LENGTH: Final = 16

# A lone surrogate cannot be encoded, and PostgreSQL has no NUL in text. A byte-level
# tokenizer can write both, and a summary must not be lost to one bad character.
_UNSTORABLE: Final = {0: "\ufffd"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

# XML shrinks to a third at level 3, twice as fast as at zlib's own choice of 6.
_ZLIB_LEVEL: Final = 3

Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Time(TypeDecorator[datetime]):
    """An aware time, kept in UTC; ISO 8601 text of fixed width on SQLite, so that it sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose text for SQLite, which has no type for times."""
        impl = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(impl)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time, turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; times are stored in UTC.")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return time.astimezone(UTC)


class Zipped(TypeDecorator[bytes]):
    """Bytes as fetched, compressed with zlib in the table and whole again when read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compress."""
        return None if value is None else zlib.compress(value, _ZLIB_LEVEL)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        """Decompress."""
        return None if value is None else zlib.decompress(value)


class MachineText(TypeDecorator[str]):
    """Text that a model or an error wrote: a character that cannot be stored becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what no database can hold."""
        return None if value is None else value.translate(_UNSTORABLE)


def state(members: type[StrEnum], name: str, length: int = STATE_LENGTH) -> Enum:
    """Return the type of a column that holds one of ``members``, checked by the database.

    ``length`` is the column's width in characters, for members with longer words.
    """
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=length,
        values_callable=lambda enum: [member.value for member in enum],
    )
