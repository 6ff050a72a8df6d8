"""Reading: have models summarise abstracts and analyse full texts, checked, and store it all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from prefect import task

from db import documents, readings
from litsweep.domain.documents import Document, DocumentKind
from litsweep.domain.generations import Engine, ReadingTask, SentenceEncoder
from litsweep.domain.readings import Reading
from litsweep.models.choosing import choose_model
from litsweep.models.loading import is_available, load_encoder, load_engine
from litsweep.models.registry import get_spec
from litsweep.reading.analyze import analyze_reports
from litsweep.reading.keys import reading_fingerprint
from litsweep.reading.options import ReadingOptions
from litsweep.reading.summarize import summarize_abstracts
from litsweep.settings import Settings, load_settings
from tasks.policies import EXTRACTION_BATCH, SIDE_EFFECTS, flow_run_id, results, tool_version


class _Read(Protocol):
    def __call__(
        self,
        documents: Sequence[Document],
        *,
        engine: Engine | None,
        encoder: SentenceEncoder | None,
        options: ReadingOptions,
    ) -> list[Reading]: ...


_READ_BY: Final[dict[DocumentKind, _Read]] = {
    DocumentKind.ABSTRACT: summarize_abstracts,
    DocumentKind.FULL_TEXT: analyze_reports,
}
_TASK: Final = {
    DocumentKind.ABSTRACT: ReadingTask.SUMMARY,
    DocumentKind.FULL_TEXT: ReadingTask.ANALYSIS,
}


def list_unread(kind: DocumentKind, topic: str | None) -> list[int]:
    """Return the documents of a kind that nothing has read yet, of one topic or of all."""
    with results() as (_, database), database.reading() as conn:
        return readings.list_unread(conn, topic=topic, kind=kind)


def batch_size(kind: DocumentKind) -> int:
    """Return how many documents to read at once: what a model takes, or many where none writes."""
    settings = load_settings()
    return settings.batch_size if choose_model(kind, settings).model else EXTRACTION_BATCH


@task(cache_policy=SIDE_EFFECTS)
def read_batch(kind: DocumentKind, document_ids: Sequence[int]) -> int:
    """Read a batch of documents of one kind and store the readings; return how many failed.

    Raises:
        ModelNotAvailable: the model that the settings name is not on this machine.
    """
    with results() as (settings, database):
        choice = choose_model(kind, settings)
        engine = load_engine(choice.model, settings) if choice.model else None
        encoder = _find_encoder(settings)
        with database.reading() as conn:
            loaded = documents.load_documents(conn, document_ids)
        done = _READ_BY[kind](
            [document for _, document in loaded],
            engine=engine,
            encoder=encoder,
            options=ReadingOptions(
                choice=choice,
                max_new_tokens=settings.max_new_tokens,
                window_overlap=settings.window_overlap,
                max_windows=settings.max_windows,
            ),
        )
        fingerprint = reading_fingerprint(engine, encoder, _TASK[kind], settings.max_new_tokens)
        with database.writing() as conn:
            for (document_id, _), reading in zip(loaded, done, strict=True):
                readings.save_reading(
                    conn,
                    document_id,
                    reading,
                    fingerprint=fingerprint,
                    flow_run_id=flow_run_id(),
                    tool_version=tool_version(),
                    now=datetime.now(UTC),
                )
    return sum(reading.failure is not None for reading in done)


def _find_encoder(settings: Settings) -> SentenceEncoder | None:
    spec = get_spec("minilm")
    return load_encoder(spec, settings) if is_available(spec, settings).is_available else None
