"""The parameters of one request, from its address and its form alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values in the order given; a name may come several times."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a name."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return [value for key, value in self.pairs if key == name]

    def number(self, name: str, default: int) -> int:
        """Return a count; ``default`` where it is missing or no number from 0."""
        value = self.get(name).strip()
        return int(value) if value.isdecimal() and len(value) < 19 else default

    def ids(self) -> list[str]:
        """Return the ids of every ``id`` parameter, split at commas."""
        return [one.strip() for many in self.all("id") for one in many.split(",") if one.strip()]

    @property
    def wants_json(self) -> bool:
        """Whether the reply should be JSON."""
        return self.get("retmode").lower() == "json"

    @property
    def db(self) -> str:
        """The database asked for, in lower case; PubMed when none is named."""
        return self.get("db").strip().lower() or "pubmed"


def read_parameters(query: str, form: str) -> Parameters:
    """Read the query string and the body of a form."""
    pairs: Iterable[tuple[str, str]] = (
        *parse_qsl(query, keep_blank_values=True),
        *parse_qsl(form, keep_blank_values=True),
    )
    return Parameters(tuple(pairs))
