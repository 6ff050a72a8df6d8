"""What people must be told wherever they look: alerts that nobody has seen, held queries."""

from litsweep.domain.alerts import Alert
from litsweep.domain.holds import QueryHold
from litsweep.domain.notifications import Delivery


def mention_alerts(alerts: tuple[Alert, ...] | list[Alert]) -> str | None:
    """Return a sentence about open alerts, or None where there are none."""
    if not alerts:
        return None
    n_alerts = "One alert is" if len(alerts) == 1 else f"{len(alerts)} alerts are"
    return (
        f"{n_alerts} open: stored records that turned out retracted or the like (litsweep alerts)."
    )


def mention_holds(holds: list[QueryHold]) -> str | None:
    """Return which changed queries wait for a person, as a sentence, or None."""
    if not holds:
        return None
    names = ", ".join(hold.topic for hold in holds)
    return (
        f"Not swept before a person decides, since the changed query finds far more: {names} "
        "(litsweep topic holds)."
    )


def mention_waiting(waiting: list[Delivery]) -> str | None:
    """Return that messages could not be sent, as a sentence, or None."""
    if not waiting:
        return None
    n_messages = len({one.notification_id for one in waiting})
    counted = "One message waits" if n_messages == 1 else f"{n_messages} messages wait"
    return f"{counted} to be sent (litsweep notify)."
