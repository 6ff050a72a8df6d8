"""Reading: drain what waits to be read, abstracts first, then full texts, beside other workers."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import AwaitingRetry, Cancelled, Completed, Failed

from db.reading_runs import ReadingRun
from db.waiting import Scope
from flows import pages, planning, retrieval, run_names
from flows.notifying import tell
from flows.parameters import (
    AnalysisModel,
    DryRun,
    Kinds,
    RetrieveReports,
    SummaryModel,
    TopicIfAny,
    Topics,
)
from flows.reporting import reported
from litsweep.domain.documents import DocumentKind
from litsweep.errors import DeviceLost, ModelError, ModelNotAvailable, UnknownModel
from tasks import cancelling, checking, embed, leasing, progress, read
from tasks.cancelling import Stop
from tasks.policies import as_it_is, overriding

_logger: Final = logging.getLogger(__name__)


@flow(flow_run_name=run_names.name_reading, on_failure=[tell], on_crashed=[tell])
@reported(pages.show_reading, inside=False)
def read_documents(
    topic: TopicIfAny = None,
    retrieve_reports: RetrieveReports = False,
    kinds: Kinds = None,
    summary_model: SummaryModel = None,
    analysis_model: AnalysisModel = None,
    topics: Topics = None,
    dry_run: DryRun = False,
) -> State[int]:
    """Summarise the unread abstracts and analyse the unread full texts, checked and stored.

    Several runs may drain one database, on any number of machines: each takes batches, and
    what a dead run held is read by another. What was read in an older way (model, revision,
    prompt, decoding) is read again, unless the settings say otherwise. Completes with the
    number of documents read. Fails when some could not be read; their reasons are stored, and
    the next run tries them again, three times in all. A run that is cancelled, or whose worker
    ends, first stores the batch that it is reading.

    Args:
        topic: Name of the topic, as the command litsweep topic list shows it; None: all topics,
            unless some are named below.
        retrieve_reports: Whether to seek missing full texts first.
        kinds: Which documents to read; None: abstracts and full texts.
        summary_model: Reads abstracts in this run: a model's name, auto or none; None: what the
            topic or the settings say.
        analysis_model: Reads full texts in this run: a model's name, auto or none; None: what
            the topic or the settings say.
        topics: Names of several topics; None: the one above, or all.
        dry_run: Only say what waits to be read, and with which model; store nothing.
    """
    for name in (names := _names(topic, topics)):
        checking.check_topic_exists(name)
    checking.check_models(summary_model, analysis_model, reads_here=True)
    scopes: list[str | None] = [*names] or [None]
    with overriding(summary_model=summary_model, analysis_model=analysis_model):
        if dry_run:
            return planning.plan_reading(scopes, kinds or list(DocumentKind))
        return _read(scopes, retrieve_reports, kinds or list(DocumentKind))


def _names(topic: str | None, topics: list[str] | None) -> list[str]:
    return list(dict.fromkeys([*([topic] if topic else []), *(topics or [])]))


def _read(
    names: Sequence[str | None], retrieve_reports: bool, kinds: list[DocumentKind]
) -> State[int]:
    since = datetime.now(UTC)
    if retrieve_reports:
        for name in names:
            retrieval.retrieve_reports(name)
    runs: list[ReadingRun] = []
    problems: list[str] = []
    unanswered: list[str] = []
    with leasing.holding_leases():
        for kind, name in product(kinds, names):
            for scope in read.list_scopes(name, [kind]):
                try:
                    runs += _drain(scope, since)
                except (ModelNotAvailable, UnknownModel) as error:
                    # Another worker may have the model; what does not need it is read here.
                    # Nor does a whole night fail for one text that a person wants read otherwise.
                    (unanswered if scope.is_asked else problems).append(str(error))
            if kind is DocumentKind.ABSTRACT:
                _embed(name)
    for reason in dict.fromkeys(unanswered):
        get_run_logger().warning("%s", reason)
    return _conclude(runs, problems, unanswered)


def _conclude(
    runs: Sequence[ReadingRun], problems: list[str], unanswered: Sequence[str]
) -> State[int]:
    n_read, n_failed = sum(run.n_documents for run in runs), sum(run.n_failed for run in runs)
    stop = cancelling.find_stop()
    if stop is not None:
        return _stopped(stop, n_read)
    if n_failed:
        problems.append(
            f"{n_failed} of {n_read} documents could not be read whole; "
            "`litsweep show PMID` gives each one's reason, and the next run tries them again."
        )
    if problems:
        return Failed(message="\n".join(problems))
    said = "; ".join([f"{n_read} documents read", *dict.fromkeys(unanswered)])
    return Completed(message=said, data=n_read)


def _stopped(stop: Stop, n_read: int) -> State[int]:
    done = f"{n_read} documents were read and are stored; the rest waits"
    if stop is Stop.CANCELLED:
        return Cancelled(message=f"Cancelled: {done} for the next reading.")
    if cancelling.find_deployed_run() is None:  # nobody can start it again
        return Failed(message=f"The worker was told to end: {done} for the next reading.")
    return AwaitingRetry(message=f"Its worker was told to end: {done} for another worker.")


def _drain(scope: Scope, since: datetime) -> list[ReadingRun]:
    """Read what waits of one kind and model choice; the model is loaded only if anything does."""
    if cancelling.find_stop():
        return []
    n_waiting = read.count_waiting(scope, since)
    if not n_waiting:
        return []
    counted = f"{scope.kind.replace('_', ' ')}s read"
    _logger.info("%d %ss wait to be read.", n_waiting, scope.kind.replace("_", " "))
    progress.report(counted, 0, n_waiting)  # a model may take a while to load
    run_id, terms = read.open_run(scope, since)
    try:
        for batch in leasing.lease_batches(scope, terms, read.batch_size(run_id)):
            read.read_batch(as_it_is(batch), run_id)
            progress.report(counted, len(batch), n_waiting)
            if cancelling.find_stop():
                break
    except DeviceLost as error:
        cancelling.end_lost_worker(str(error))
        raise
    finally:
        run = read.close_run(run_id)
    _log(run)
    return [run]


def _embed(topic: str | None) -> None:
    """Make the vectors that abstracts are compared by; a night does not fail for want of them."""
    try:
        if cancelling.find_stop() or not embed.is_needed(topic):
            return
        made = embed.embed_abstracts(topic)
    except (ModelError, UnknownModel) as error:
        _warn_once(f"Records are not compared by their meaning. {error}")
        return
    get_run_logger().info("vectors of meaning: %d made by %s", made.n_made, made.encoder)
    for failure in made.failures:
        get_run_logger().warning("no vector of meaning: %s", failure)


@cache
def _warn_once(message: str) -> None:
    get_run_logger().warning(message)


def _log(run: ReadingRun) -> None:
    speed = run.tokens_per_second
    get_run_logger().info(
        "%s: %d read, %d failed; %s; %s; most memory %.2f GB",
        run.kind.replace("_", " "),
        run.n_documents,
        run.n_failed,
        f"{run.model_name} on {run.engine}" if run.model_name else "no model",
        f"{speed:.1f} tokens/s" if speed else "nothing written",
        run.peak_memory_bytes / 1e9,
    )
