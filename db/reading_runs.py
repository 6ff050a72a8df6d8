"""Reading runs: what one worker read with one model, how fast, and with how much memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from db.reading_rows import generations_of
from db.tables import reading_runs
from db.writing import add_row
from litsweep.domain.documents import DocumentKind
from litsweep.domain.models import ModelSpec
from litsweep.domain.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRun:
    """One row of the runs; memory in bytes, ``generating_s`` in seconds."""

    reading_run_id: int
    owner: str
    flow_run_id: str | None
    kind: DocumentKind
    model_name: str | None
    model_id: str | None
    model_revision: str | None
    engine: str
    device: str
    n_documents: int
    n_failed: int
    n_prompt_tokens: int
    n_output_tokens: int
    generating_s: float
    peak_memory_bytes: int
    tool_version: str
    started_at: datetime
    finished_at: datetime | None

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens written in a second of the model's own time; None where none was written."""
        return self.n_output_tokens / self.generating_s if self.generating_s else None


def open_reading_run(
    conn: Connection,
    *,
    kind: DocumentKind,
    owner: str,
    flow_run_id: str | None,
    model: ModelSpec | None,
    engine: str,
    device: str,
    tool_version: str,
    now: datetime,
) -> int:
    """Begin a run and return its number."""
    return add_row(
        conn,
        reading_runs,
        owner=owner,
        flow_run_id=flow_run_id,
        kind=kind,
        model_name=model and model.name,
        model_id=model and model.model_id,
        model_revision=model and model.revision,
        engine=engine,
        device=device,
        n_documents=0,
        n_failed=0,
        n_prompt_tokens=0,
        n_output_tokens=0,
        generating_s=0.0,
        peak_memory_bytes=0,
        tool_version=tool_version,
        started_at=now,
    )


def add_to_run(
    conn: Connection, reading_run_id: int, done: Iterable[Reading], *, peak_memory_bytes: int
) -> None:
    """Add stored readings to the run's counts."""
    stored = list(done)
    calls = [call for reading in stored for call in generations_of(reading)]
    run = get_reading_run(conn, reading_run_id)
    conn.execute(
        reading_runs.update()
        .where(reading_runs.c.reading_run_id == reading_run_id)
        .values(
            n_documents=run.n_documents + len(stored),
            n_failed=run.n_failed + sum(reading.failure is not None for reading in stored),
            n_prompt_tokens=run.n_prompt_tokens + sum(call.n_input_tokens for call in calls),
            n_output_tokens=run.n_output_tokens + sum(call.n_output_tokens for call in calls),
            generating_s=run.generating_s + sum(call.duration_s for call in calls),
            peak_memory_bytes=max(run.peak_memory_bytes, peak_memory_bytes),
        )
    )


def close_reading_run(conn: Connection, reading_run_id: int, now: datetime) -> ReadingRun:
    """End the run and return it."""
    conn.execute(
        reading_runs.update()
        .where(reading_runs.c.reading_run_id == reading_run_id)
        .values(finished_at=now)
    )
    return get_reading_run(conn, reading_run_id)


def get_reading_run(conn: Connection, reading_run_id: int) -> ReadingRun:
    """Return the run with this number."""
    is_it = reading_runs.c.reading_run_id == reading_run_id
    return ReadingRun(**conn.execute(select(reading_runs).where(is_it)).mappings().one())


def list_reading_runs(
    conn: Connection, *, owner: str | None = None, since: datetime | None = None
) -> list[ReadingRun]:
    """Return the runs, of one worker and begun at ``since`` or later where given, newest first."""
    statement = select(reading_runs).order_by(reading_runs.c.reading_run_id.desc())
    if owner is not None:
        statement = statement.where(reading_runs.c.owner == owner)
    if since is not None:
        statement = statement.where(reading_runs.c.started_at >= since)
    return [ReadingRun(**row) for row in conn.execute(statement).mappings()]
