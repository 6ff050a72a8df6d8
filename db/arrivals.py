"""How something came into the database: by which search or file, when, and read by what."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The run that fetched, or the file that was loaded; exactly one of them is given."""

    search_run_id: int | None = None
    load_file_id: int | None = None
    at: datetime
    tool_version: str

    @property
    def source(self) -> dict[str, int | None]:
        """The two columns that every table has whose rows came from outside."""
        return {"search_run_id": self.search_run_id, "load_file_id": self.load_file_id}
