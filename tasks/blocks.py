"""Prefect's notification blocks as channels: Slack, webhooks and what else a server knows.

What is in a block is the server's secret; nothing of it comes into an error or a log here.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from prefect.blocks.abstract import NotificationBlock, NotificationError
from prefect.blocks.core import Block

from litsweep.domain.notifications import Notification
from litsweep.errors import ChannelUnreachable, DeliveryFailed, SettingsError
from litsweep.settings import Settings

# Chat programs cut or refuse longer texts; `litsweep digest` and e-mail have the whole.
_MOST_CHARACTERS: Final = 3000


def list_blocks(settings: Settings) -> list[str]:
    """Return the blocks that people are told through, as ``TYPE/NAME``.

    Raises:
        SettingsError: one of them is no such name.
    """
    names = [one.strip() for one in settings.notification_blocks.split(",") if one.strip()]
    for name in names:
        kind, slash, block = name.partition("/")
        if not (kind and slash and block) or kind == "mail":
            raise SettingsError(
                f"notification_blocks names {name!r}; a block is TYPE/NAME, such as "
                "slack-webhook/team (`prefect block ls` lists them)."
            )
    return list(dict.fromkeys(names))


def send_by_block(notification: Notification, name: str) -> None:
    """Have a block tell people of ``notification``.

    Raises:
        ChannelUnreachable: the Prefect server, or there the block, is not to be had, or the block
            is no notification block.
        DeliveryFailed: the block could not hand it on.
    """
    # Prefect's types say that it may be a coroutine, which it is in an event loop only.
    block: Any = _load(name)
    body = notification.body
    if len(body) > _MOST_CHARACTERS:
        body = f"{body[:_MOST_CHARACTERS]}…\n(shortened; `litsweep digest` has the whole)"
    try:
        with _silent(), block.raise_on_failure():
            block.notify(body, notification.subject)
    except NotificationError:
        # What it logged may hold the address of the webhook, which is a secret.
        raise DeliveryFailed(f"The block {name} could not hand on the message.") from None
    except Exception as error:  # noqa: BLE001  a block is anybody's code
        raise DeliveryFailed(
            f"The block {name} could not hand on the message ({_name(error)})."
        ) from None


def check_block(name: str) -> None:
    """See whether a block is there and can tell people anything.

    Raises:
        ChannelUnreachable: as `send_by_block`.
    """
    _load(name)


def _load(name: str) -> NotificationBlock:
    try:
        with _silent():
            block = Block.load(name)
    except ValueError:
        raise ChannelUnreachable(
            f"There is no block {name} on the Prefect server, or it cannot be read: make it in the "
            "UI under Blocks, or correct notification_blocks."
        ) from None
    except Exception as error:  # noqa: BLE001  a block is anybody's code
        raise ChannelUnreachable(
            f"The block {name} could not be had from the Prefect server ({_name(error)})."
        ) from None
    if not isinstance(block, NotificationBlock):
        raise ChannelUnreachable(
            f"{name} is no notification block, and cannot tell people anything; such as "
            "slack-webhook/NAME or custom-webhook/NAME can."
        )
    return block


def _name(error: Exception) -> str:
    # Its text may hold an address with a token; a status does not.
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__


@contextmanager
def _silent() -> Iterator[None]:
    # httpx writes every address that it asks to its log.
    logger = logging.getLogger("httpx")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
