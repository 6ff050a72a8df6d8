"""Reading: have models summarise abstracts and analyse full texts, checked, and store it all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from prefect import task

from db import documents, leases, reading_runs, readings, rereads, waiting
from db.engine import Connection, Database
from db.reading_runs import ReadingRun
from db.waiting import Quarantined, Scope, Terms
from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.generations import Engine, EntailmentModel, SentenceEncoder
from litsweep.domain.models import ModelChoice
from litsweep.domain.readings import Reading
from litsweep.errors import LitsweepError
from litsweep.models.hardware import peak_resident_bytes
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.options import ReadingOptions
from litsweep.reading.summarize import summarize_abstracts
from litsweep.routing import route
from litsweep.settings import Settings
from tasks.batch_sizes import BatchSize
from tasks.policies import (
    EXTRACTION_BATCH,
    SIDE_EFFECTS,
    flow_run_id,
    results,
    this_process,
    tool_version,
)
from tasks.retrying import RETRIED, tried_again
from tasks.ways import Plan, Reader, explain_way, is_in_force, load_reader, plan_reading

# A lease is up to several batches of the engine's, which sorts them by length: among eight batches
# there are enough texts of each length to fill one without padding.
_BATCHES_A_LEASE: Final = 8


# The reader of each open run, by the run's number. What is chosen, by free memory among others,
# is chosen once a run: a model that is loaded takes the memory that it would be refused for.
_readers: Final[dict[int, Reader]] = {}


class _Read(Protocol):
    def __call__(
        self,
        documents: Sequence[Document],
        *,
        engine: Engine | None,
        encoder: SentenceEncoder | None,
        options: ReadingOptions,
        nli: EntailmentModel | None,
    ) -> list[Reading]: ...


_READ_BY: Final[dict[DocumentKind, _Read]] = {
    DocumentKind.ABSTRACT: summarize_abstracts,
    DocumentKind.FULL_TEXT: analyze_reports,
}


@tried_again
def list_scopes(topic: str | None, kinds: Sequence[DocumentKind]) -> list[Scope]:
    """Return the groups in which documents are read: of one kind and one model choice each.

    What people ask for of a model comes first.

    Raises:
        UnknownTopic: no topic has this name.
    """
    with results() as (_, database), database.reading() as conn:
        return [scope for kind in kinds for scope in _list_scopes(conn, topic, kind)]


def _list_scopes(conn: Connection, topic: str | None, kind: DocumentKind) -> list[Scope]:
    asked = [
        Scope(kind=kind, topic=topic, choice=model, is_asked=True)
        for model in waiting.list_asked_models(conn, kind, topic)
    ]
    choices = waiting.list_choices(conn, kind, topic)
    return asked + [Scope(kind=kind, topic=topic, choice=choice) for choice in choices]


@tried_again
def count_waiting(scope: Scope, since: datetime) -> int:
    """Queue what changes make worth reading again, and return how many documents wait.

    Raises:
        UnknownModel, ModelNotAvailable: the model that is chosen cannot be used here.
    """
    with results() as (settings, database):
        plan = plan_reading(scope, settings)
        with database.writing() as conn:
            terms = _make_terms(conn, settings, plan, plan.way, Terms(since=since))
        with database.reading() as conn:
            return len(waiting.list_waiting(conn, scope, terms))


def preview_waiting(scope: Scope, since: datetime) -> tuple[int, ModelChoice]:
    """Return what ``count_waiting`` would, and which model reads it and why; queue nothing.

    Raises:
        UnknownModel, ModelNotAvailable: the model that is chosen cannot be used here.
    """
    with results() as (settings, database):
        plan = plan_reading(scope, settings)
        with database.writing() as conn:
            terms = _make_terms(conn, settings, plan, plan.way, Terms(since=since))
            n_waiting = len(waiting.list_waiting(conn, scope, terms))
            conn.rollback()  # queued to be counted, and for nothing else
    return n_waiting, plan.options.choice


def open_run(scope: Scope, since: datetime) -> tuple[int, Terms]:
    """Load the models, and open a reading run; return its number, and what it may take.

    Raises:
        ModelNotAvailable, WeightsRefused: a model cannot be loaded on this machine.
    """
    with results() as (settings, database):
        reader = load_reader(plan_reading(scope, settings), settings)
        known = Terms(since=since, fingerprint=reader.fingerprint)
        run_id, terms = _add_run(database, settings, reader, known)
    _readers[run_id] = reader
    return run_id, terms


@tried_again
def _add_run(
    database: Database, settings: Settings, reader: Reader, known: Terms
) -> tuple[int, Terms]:
    with database.writing() as conn:
        terms = _make_terms(conn, settings, reader.plan, reader.way, known)
        run_id = reading_runs.open_reading_run(
            conn,
            kind=reader.plan.scope.kind,
            owner=this_process(),
            flow_run_id=flow_run_id(),
            model=reader.plan.options.choice.model,
            engine=reader.engine.description if reader.engine else "",
            device=reader.device,
            tool_version=tool_version(),
            now=datetime.now(UTC),
        )
    return run_id, terms


@tried_again
def close_run(run_id: int) -> ReadingRun:
    """Close a reading run and return it."""
    _readers.pop(run_id, None)
    with results() as (_, database), database.writing() as conn:
        return reading_runs.close_reading_run(conn, run_id, datetime.now(UTC))


def batch_size(run_id: int) -> int | BatchSize:
    """Return how many documents to lease at once: several batches of a model's, or many."""
    with results() as (settings, _):
        if _readers[run_id].engine is None:
            return EXTRACTION_BATCH
        most = _BATCHES_A_LEASE * settings.batch_size
        return BatchSize(least=settings.batch_size, most=most)


def count_unread(topic: str | None) -> int:
    """Return how many documents wait to be read, by whatever worker and model.

    Raises:
        UnknownTopic: no topic has this name.
    """
    with results() as (_, database), database.reading() as conn:
        return sum(waiting.count_unread(conn, kind, topic) for kind in DocumentKind)


@tried_again
def list_quarantined(
    topic: str | None, kinds: Sequence[DocumentKind] = tuple(DocumentKind)
) -> list[Quarantined]:
    """Return the documents that are tried no more until they are asked for again.

    Raises:
        UnknownTopic: no topic has this name.
    """
    with results() as (_, database), database.reading() as conn:
        return [
            one for kind in kinds for one in waiting.list_quarantined(conn, topic=topic, kind=kind)
        ]


@task(cache_policy=SIDE_EFFECTS, **RETRIED)
def read_batch(document_ids: Sequence[int], run_id: int) -> int:
    """Read documents that this process has leased and store the readings; return how many failed.

    ``run_id`` is a run that `open_run` opened in this process. What another worker took over
    meanwhile is not stored: it is that worker's.

    Raises:
        ModelError: the model as a whole can be used no more.
    """
    reader = _readers[run_id]
    with results() as (_, database):
        with database.reading() as conn:
            loaded = documents.load_documents(conn, document_ids)
        done = _read_all(reader, [document for _, document in loaded])
        made = {number: one for (number, _), one in zip(loaded, done, strict=True)}
        stored = _store(database, reader, made, run_id)
    return sum(reading.failure is not None for reading in stored)


def _make_terms(
    conn: Connection, settings: Settings, plan: Plan, way: dict[str, Any], terms: Terms
) -> Terms:
    """Queue what ``way`` makes worth reading again, and say what of it this worker may take."""
    if plan.scope.is_asked:
        rereads.show_asked_again(
            conn, plan.scope, is_same=lambda before: is_in_force(before, way)
        )
        return terms
    if settings.reread_on_change:
        rereads.queue_changed(
            conn,
            plan.scope,
            explain=lambda before: explain_way(before, way),
            is_same=lambda before: is_in_force(before, way),
            requested_by=tool_version(),
            now=datetime.now(UTC),
        )
    ways = rereads.list_ways(conn, plan.scope.kind)
    worse = tuple(one.fingerprint for one in ways if explain_way(one, way))
    return Terms(since=terms.since, fingerprint=terms.fingerprint, replaceable=worse)


def _read_all(reader: Reader, texts: Sequence[Document]) -> list[Reading]:
    """Read documents together; where one breaks the reading of all, each alone."""
    try:
        return _read_together(reader, texts)
    except LitsweepError:
        raise
    except Exception as error:  # noqa: BLE001 - one document must not cost the others
        if len(texts) > 1:
            return [reading for text in texts for reading in _read_all(reader, [text])]
        failure = f"It could not be read: {type(error).__name__}: {error}"
        taken = route(texts[0], reader.plan.options.choice)
        return [Reading(document=texts[0], route=taken, failure=failure)]


def _read_together(reader: Reader, texts: Sequence[Document]) -> list[Reading]:
    return _READ_BY[reader.plan.scope.kind](
        texts,
        engine=reader.engine,
        encoder=reader.encoder,
        options=reader.plan.options,
        nli=reader.nli,
    )


@tried_again
def _store(
    database: Database, reader: Reader, made: dict[int, Reading], run_id: int
) -> list[Reading]:
    """Store the readings of the documents that this process still holds; return those."""
    scope, numbers = reader.plan.scope, list(made)
    kind = scope.kind
    with database.writing() as conn:
        held = leases.list_held(conn, kind, numbers, this_process())
        stored = {number: reading for number, reading in made.items() if number in held}
        for number, reading in stored.items():
            readings.save_reading(
                conn,
                number,
                reading,
                fingerprint=reader.fingerprint,
                way=reader.way,
                reading_run_id=run_id,
                flow_run_id=flow_run_id(),
                tool_version=tool_version(),
                now=datetime.now(UTC),
                asked_model=scope.choice if scope.is_asked else None,
            )
        leases.finish(conn, kind, numbers, this_process())
        peak = _peak_memory_bytes(reader.engine)
        reading_runs.add_to_run(conn, run_id, stored.values(), peak_memory_bytes=peak)
    return list(stored.values())


def _peak_memory_bytes(engine: Engine | None) -> int:
    if engine is not None:
        return engine.peak_memory_bytes()
    return peak_resident_bytes()
