"""Which readings are worth making again on a person's word, and the asking for them."""

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime

from db import rereads
from db.engine import open_database
from db.rereads import LastReading, Selection
from db.waiting import Scope
from litsweep.domain.documents import DocumentKind
from litsweep.errors import ModelNotAvailable, UnknownModel, UsageError
from litsweep.models.choosing import require_known
from litsweep.models.registry import get_spec
from litsweep.reading.keys import explain_change, is_same_way
from litsweep.settings import Settings
from tasks.ways import plan_reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants read again; ``model`` is a name, an id, or id@revision.

    ``reader`` is the model that is to read it, by name, or ``none``; None: as it is set.
    """

    since: datetime | None
    model: str | None
    topic: str | None
    kinds: tuple[DocumentKind, ...]
    reader: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many documents were asked for; how many of those only a worker with a model takes.

    ``n_same`` were read the same way already, so that they were not asked for.
    """

    n_queued: int
    n_same: int
    n_better_elsewhere: int


def request(settings: Settings, wanted: Wanted, *, reason: str, dry_run: bool) -> Counts:
    """Ask for new readings of what is wanted; ``dry_run`` only counts.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: nothing says which documents are meant.
        UnknownModel: the model that is to read does not exist, or cannot write.
    """
    if wanted.since is None and wanted.model is None and wanted.topic is None:
        raise UsageError(
            "Say which readings are meant: --since, --model or --topic, or several of them."
        )
    reader = _name_reader(wanted, settings)
    n_queued = n_same = n_elsewhere = 0
    with open_database(settings.database_url).writing() as conn:
        for kind in wanted.kinds:
            last = rereads.list_last_readings(conn, _select(wanted, kind))
            same, elsewhere = _sort_out(settings, kind, wanted.topic, last, reader)
            chosen = [one.document_id for one in last if one.document_id not in same]
            n_queued, n_same = n_queued + len(chosen), n_same + len(same)
            n_elsewhere += len(elsewhere)
            if not dry_run:
                rereads.request_rereads(
                    conn,
                    kind,
                    chosen,
                    reason=reason,
                    requested_by=_user(),
                    now=datetime.now(UTC),
                    model=reader,
                )
    return Counts(n_queued=n_queued, n_same=n_same, n_better_elsewhere=n_elsewhere)


def _select(wanted: Wanted, kind: DocumentKind) -> Selection:
    name, _, revision = (wanted.model or "").partition("@")
    try:
        model_id = get_spec(name).model_id if name else None
    except UnknownModel:
        model_id = name  # one that litsweep knew once, or of another machine
    return Selection(
        kind=kind,
        since=wanted.since,
        model_id=model_id,
        revision=revision or None,
        topic=wanted.topic,
    )


def _name_reader(wanted: Wanted, settings: Settings) -> str | None:
    if wanted.reader in (None, "none"):
        return wanted.reader
    for kind in wanted.kinds:
        require_known(kind, wanted.reader, settings)
    return get_spec(wanted.reader, settings).name


def _sort_out(
    settings: Settings,
    kind: DocumentKind,
    topic: str | None,
    last: list[LastReading],
    reader: str | None,
) -> tuple[set[int], set[int]]:
    """Return the documents that were read as they would be now, and those read better than here."""
    if reader is not None:
        # Whether they were read so is for the worker to see, which has the model.
        return set(), set()
    same: set[int] = set()
    better: set[int] = set()
    for choice in {one.choice for one in last}:
        try:
            way = plan_reading(Scope(kind=kind, topic=topic, choice=choice), settings).way
        except (ModelNotAvailable, UnknownModel):
            continue  # another machine may have the model
        for one in last:
            if one.choice != choice or one.has_failed:
                continue
            wrote = bool(one.way.get("model"))
            if is_same_way(one.way, way):
                same.add(one.document_id)
            elif explain_change(one.way, way, wrote_before=wrote) is None:
                better.add(one.document_id)
    return same, better


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container user without a name
        return "unknown"
