"""Alerts in words: which record is retracted or the like, who says so, whom it concerns."""

from collections.abc import Iterator

from litsweep.domain.alerts import Alert
from litsweep.domain.publication_status import PublicationStatus


def alert_lines(alert: Alert) -> Iterator[str]:
    """Yield one alert with its reasons."""
    yield (
        f"alert {alert.alert_id}, {alert.raised_at:%Y-%m-%d}: PMID {alert.pmid} is "
        f"{in_words(alert.new_status)} (it was {in_words(alert.old_status)})"
    )
    yield f"  {alert.title or '(PubMed gives no title)'}"
    yield f"  https://pubmed.ncbi.nlm.nih.gov/{alert.pmid}/; topics: {', '.join(alert.topics)}"
    for reason in alert.reasons:
        yield f"  ! {reason}"
    if alert.acknowledged_at is not None:
        yield f"  noted by {alert.acknowledged_by} on {alert.acknowledged_at:%Y-%m-%d}"
        if alert.note:
            yield f"  {alert.note}"


def in_words(status: PublicationStatus) -> str:
    """Return a publication status as it is written in a sentence."""
    return status.value.replace("_", " ")
