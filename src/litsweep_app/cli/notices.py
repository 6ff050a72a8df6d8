"""What people must be told wherever they look: NLM's notice, and alerts that nobody has seen."""

from typing import Final

from db.alerts import Alert

NLM_NOTICE: Final = (
    "This product uses publicly available data from the U.S. National Library of Medicine (NLM), "
    "National Institutes of Health, Department of Health and Human Services; NLM is not "
    "responsible for the product and does not endorse or recommend this or any other product."
)
"""NCBI asks that software makes its disclaimer evident to its users (ncbi.md 1.1)."""


def mention_alerts(alerts: tuple[Alert, ...] | list[Alert]) -> str | None:
    """Return a sentence about open alerts, or None where there are none."""
    if not alerts:
        return None
    n_alerts = "One alert is" if len(alerts) == 1 else f"{len(alerts)} alerts are"
    return (
        f"{n_alerts} open: stored records that turned out retracted or the like (litsweep alerts)."
    )
