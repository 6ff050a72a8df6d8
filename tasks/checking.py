"""What a run is asked for, checked before anything is searched or read.

A wrong value must not cost a night, nor become an empty one. The messages are for whoever filled
in the form: they name the value, what there is, and the way out.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from db import topics
from litsweep.domain.documents import DocumentKind
from litsweep.domain.strategies import DateField, DateWindow
from litsweep.models.choosing import choose_model, require_known
from tasks.policies import current_settings, results


def check_topics(names: Sequence[str]) -> None:
    """Refuse topics that cannot be searched for.

    Raises:
        UnknownTopic: no topic has one of these names.
        UsageError: one of them is retired.
    """
    with results() as (_, database), database.reading() as conn:
        for name in names:
            topics.get_swept_topic(conn, name)


def check_topic_exists(name: str | None) -> None:
    """Refuse a topic that does not exist; a retired one may be read and loaded for.

    Raises:
        UnknownTopic: no topic has this name.
    """
    if name is not None:
        with results() as (_, database), database.reading() as conn:
            topics.get_topic(conn, name)


def check_days(since: date | None, until: date | None) -> None:
    """Refuse days that end before they begin; without a last day, it is today.

    Raises:
        UsageError: they do.
    """
    if since is not None:
        last_day = until or datetime.now(UTC).date()
        DateWindow(date_field=DateField.CRDT, first_day=since, last_day=last_day)


def check_models(
    summary_model: str | None, analysis_model: str | None, *, reads_here: bool
) -> None:
    """Refuse models that do not exist, or, where this machine ``reads_here``, cannot be used here.

    Raises:
        UnknownModel: no model is called so; the message lists those that are known.
        ModelNotAvailable: it cannot be used on this machine.
    """
    settings = current_settings()
    asked = {DocumentKind.ABSTRACT: summary_model, DocumentKind.FULL_TEXT: analysis_model}
    for kind, named in asked.items():
        if named is None:
            continue
        require_known(kind, named, settings)
        if reads_here:
            choose_model(kind, settings, run_choice=named)
