"""What a query says, as a tree; the parser builds it and the evaluation walks it."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Words, or a quoted phrase, with the field tag as written (None where there is none)."""

    text: str
    is_quoted: bool
    tag: str | None

    @property
    def written(self) -> str:
        """The term as the user wrote it."""
        text = f'"{self.text}"' if self.is_quoted else self.text
        return text if self.tag is None else f"{text}[{self.tag}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Everything from ``first`` to ``last``, both included."""

    first: str
    last: str
    tag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """An earlier search of the same WebEnv: ``#1``."""

    query_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Operands joined from left to right; ``rest`` holds (AND, OR or NOT; operand)."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]


Node: TypeAlias = Term | Range | Set | Chain
