"""What a run would do: which searches are due, what PubMed counts, what waits to be read.

Nothing is stored and no run is opened. Of PubMed only counts are asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from db import topics
from db.windows import DueSearch
from litsweep.domain.documents import DocumentKind
from litsweep.domain.strategies import SearchRoute, SearchStrategy
from litsweep.errors import LitsweepError, ModelNotAvailable, UnknownModel
from litsweep.sources.eutils import EutilsClient
from tasks import identify, read
from tasks.pace import open_eutils
from tasks.policies import results


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSearch:
    """A search that is due; ``n_counted`` records are what PubMed counts for it now.

    Where it could not be counted, ``problem`` says why.
    """

    topic: str
    strategy_version: int
    query: str
    search: DueSearch
    n_counted: int | None
    problem: str | None = None

    @property
    def route(self) -> SearchRoute:
        """By which way it looks for records."""
        return self.search.route

    @property
    def days(self) -> str:
        """The days that it is about, for people."""
        return "all days" if self.search.window is None else str(self.search.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReading:
    """Documents of one kind that wait to be read, by ``model`` or, where that is None, by none.

    ``reason`` says what chose the model. Where nothing can be read here, ``problem`` says why,
    and ``n_waiting`` is None. ``is_asked``: people asked for this model, and wait for it.
    """

    kind: DocumentKind
    topic: str | None
    n_waiting: int | None
    model: str | None
    reason: str
    problem: str | None = None
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a run would do, were it started now."""

    searches: tuple[PlannedSearch, ...] = ()
    readings: tuple[PlannedReading, ...] = ()

    @property
    def problems(self) -> list[str]:
        """Why parts of it could not be done, each once; what people asked for may wait."""
        found = [one.problem for one in self.searches]
        found += [one.problem for one in self.readings if not one.is_asked]
        return [problem for problem in dict.fromkeys(found) if problem is not None]


def plan_night(
    names: Sequence[str],
    since: date | None,
    until: date | None,
    *,
    reading_of: Sequence[str | None],
) -> Plan:
    """Return what the sweeps of these topics would search, and what of ``reading_of`` waits.

    None among the latter stands for all topics.

    Raises:
        UnknownTopic: no topic has one of the names.
        UsageError: the days end before they begin.
    """
    kinds = list(DocumentKind)
    return Plan(
        searches=tuple(plan_sweeps(names, since, until)),
        readings=tuple(one for topic in reading_of for one in plan_readings(topic, kinds)),
    )


def plan_sweeps(
    names: Sequence[str], since: date | None, until: date | None
) -> Iterator[PlannedSearch]:
    """Yield the searches of these topics that are due, or those of the given days, counted.

    Raises:
        UnknownTopic: no topic has one of the names.
        UsageError: the days end before they begin.
    """
    with results() as (settings, database), open_eutils(settings, database) as eutils:
        for name in names:
            with database.reading() as conn:
                strategy = topics.get_topic(conn, name).strategy
            for search in identify.list_due(name, since, until):
                yield _count(eutils, strategy, search)


def plan_backfill(
    topic: str, since: date, until: date | None, *, days: int
) -> Iterator[PlannedSearch]:
    """Yield the windows of a topic's history that are not searched to their end, counted.

    Raises:
        UnknownTopic: no topic has this name.
        UsageError: the days end before they begin.
    """
    with results() as (settings, database), open_eutils(settings, database) as eutils:
        with database.reading() as conn:
            strategy = topics.get_topic(conn, topic).strategy
        for search in identify.list_backfill(topic, since, until, days=days):
            yield _count(eutils, strategy, search)


def plan_readings(topic: str | None, kinds: Sequence[DocumentKind]) -> Iterator[PlannedReading]:
    """Yield what waits to be read now, in the groups in which it is read.

    What the sweep before it would store is not among it.

    Raises:
        UnknownTopic: no topic has this name.
    """
    since = datetime.now(UTC)
    for scope in read.list_scopes(topic, kinds):
        try:
            n_waiting, choice = read.preview_waiting(scope, since)
        except (ModelNotAvailable, UnknownModel) as error:
            yield PlannedReading(
                kind=scope.kind,
                topic=topic,
                n_waiting=None,
                model=None,
                reason="",
                problem=str(error),
                is_asked=scope.is_asked,
            )
        else:
            yield PlannedReading(
                kind=scope.kind,
                topic=topic,
                n_waiting=n_waiting,
                model=choice.model.name if choice.model else None,
                reason=choice.reason,
                is_asked=scope.is_asked,
            )


def _count(eutils: EutilsClient, strategy: SearchStrategy, search: DueSearch) -> PlannedSearch:
    n_counted, problem = None, None
    try:
        n_counted = eutils.count(strategy.query, search.window).n_records
    except LitsweepError as error:
        problem = str(error)
    return PlannedSearch(
        topic=strategy.topic,
        strategy_version=strategy.version,
        query=strategy.query,
        search=search,
        n_counted=n_counted,
        problem=problem,
    )
