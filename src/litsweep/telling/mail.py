"""E-mail: a message as plain text, handed to the server that the settings name.

Standard library only. Certificates are verified; without encryption only a server on loopback is
used. No address and no password is in any error.
"""

import hashlib
import ipaddress
import re
import smtplib
import socket
import ssl
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from litsweep.domain.notifications import Notification
from litsweep.errors import ChannelUnreachable, DeliveryFailed, SettingsError
from litsweep.settings import Settings

CHANNEL: Final = "mail/"
"""How the channels of e-mail begin; the hash of one address follows."""

TIMEOUT_S: Final = 30.0
"""The longest that the server may be silent; a night does not wait for more."""

# RFC 5322 2.1.1: lines of no more than 78 characters.
_WIDTH: Final = 76
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:]+@[^\s<>()\[\],;:]+")
_WORST_REPLY: Final = 200


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of ``mail_to``; ``place`` counts from 1, and is how people are told of it."""

    address: Address
    place: int

    @property
    def channel(self) -> str:
        """The channel's name, which gives nobody's address away."""
        spelt = self.address.addr_spec.casefold()
        return f"{CHANNEL}{hashlib.sha256(spelt.encode()).hexdigest()[:12]}"

    def __str__(self) -> str:
        """Name the recipient without the address."""
        return f"e-mail to address {self.place} of mail_to"


def list_recipients(settings: Settings) -> list[Recipient]:
    """Return who gets e-mail; nobody where ``mail_to`` is empty.

    Raises:
        SettingsError: an address is none, or the server or the sender is not set, or the server
            would be spoken to over a network without encryption.
    """
    written = [one.strip() for one in settings.mail_to.split(",") if one.strip()]
    if not written:
        return []
    if settings.smtp_host is None or settings.mail_from is None:
        raise SettingsError("mail_to is set, and e-mail needs smtp_host and mail_from as well.")
    if settings.smtp_security == "none" and not _is_loopback(settings.smtp_host):
        raise SettingsError(
            f'smtp_security = "none" would send messages and the password to {settings.smtp_host} '
            'for all to read; use "starttls" or "tls". It is for a server on this machine only.'
        )
    _parse("mail_from", settings.mail_from)
    found = {_parse("mail_to", one).addr_spec.casefold(): one for one in written}
    return [Recipient(_parse("mail_to", one), place) for place, one in enumerate(found.values(), 1)]


def send_mail(notification: Notification, recipient: Recipient, settings: Settings) -> None:
    """Hand one message to the server, for one recipient.

    Raises:
        ChannelUnreachable: the server is not reached, is not who it should be, or lets nobody in.
        DeliveryFailed: it does not take this message for this recipient.
        SettingsError: as `list_recipients`.
    """
    message = compose(notification, recipient, settings)
    sender = _parse("mail_from", settings.mail_from or "")
    with connected(settings) as server:
        server.send_message(
            message, from_addr=sender.addr_spec, to_addrs=[recipient.address.addr_spec]
        )


def compose(notification: Notification, recipient: Recipient, settings: Settings) -> EmailMessage:
    """Return the e-mail; sent twice, it has the same Message-ID, by which programs drop doubles."""
    sender = _parse("mail_from", settings.mail_from or "")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient.address
    # A line break would end the header and begin another one.
    message["Subject"] = " ".join(notification.subject.split())
    message["Date"] = format_datetime(notification.raised_at)
    message["Message-ID"] = f"<{_identify(notification)}@{sender.domain}>"
    message["List-Id"] = f"litsweep <litsweep.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered to it
    message["X-Litsweep-Kind"] = notification.kind.value
    text = "\n".join(_wrap(line) for line in notification.body.split("\n"))
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Give a server that has let us in, and translate what it refuses.

    Raises:
        ChannelUnreachable, DeliveryFailed: as `send_mail`.
    """
    place = f"The mail server {settings.smtp_host}:{settings.smtp_port}"
    try:
        with _connect(settings) as server:
            yield server
    except smtplib.SMTPAuthenticationError as error:
        raise ChannelUnreachable(
            f"{place} refuses smtp_user and smtp_password ({error.smtp_code})."
        ) from None
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as no:
        raise DeliveryFailed(f"{place} refuses the message: {_reply(no)}.") from None
    except ssl.SSLCertVerificationError as error:
        raise ChannelUnreachable(
            f"{place} cannot prove who it is ({error.verify_message}); nothing was sent."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        # smtplib says of a time-out that the connection was closed.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise ChannelUnreachable(
                f"{place} did not answer within {_timeout(settings):g} seconds."
            ) from None
        raise ChannelUnreachable(f"{place} cannot be used: {_reply(error)}.") from None


@contextmanager
def _connect(settings: Settings) -> Iterator[smtplib.SMTP]:
    host, timeout = settings.smtp_host or "", _timeout(settings)
    context = ssl.create_default_context()
    server: smtplib.SMTP
    # Not the name that a look-up of our own address gives: that may hang without a name server.
    name = socket.gethostname()
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(host, settings.smtp_port, name, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, settings.smtp_port, name, timeout=timeout)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user is not None:
            password = settings.smtp_password
            server.login(settings.smtp_user, password.get_secret_value() if password else "")
        yield server
        # It has taken the message by now: that it does not say goodbye changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
    finally:
        server.close()


def _timeout(settings: Settings) -> float:
    return min(settings.timeout_seconds, TIMEOUT_S)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parse(name: str, written: str) -> Address:
    """Read ``somebody@example.org`` or ``Some Body <somebody@example.org>``."""
    display, _, rest = written.rpartition("<")
    spelt = rest.rstrip(">").strip()
    try:
        if any(ord(one) < 32 for one in written):
            raise ValueError
        address = Address(display.strip(' "'), addr_spec=spelt)
    except (ValueError, IndexError, HeaderParseError):
        raise SettingsError(f"{name} holds something that is no e-mail address.") from None
    if not address.username or not address.domain:
        raise SettingsError(f"{name} holds something that is no e-mail address.")
    return address


def _identify(notification: Notification) -> str:
    # Of what it tells and when: numbers alone are the same in two databases.
    told = f"{notification.kind} {notification.raised_at.isoformat()} {notification.about}"
    hashed = hashlib.sha256(told.encode()).hexdigest()[:24]
    return f"litsweep.{notification.notification_id}.{hashed}"


def _wrap(line: str) -> str:
    if len(line) <= _WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        _WIDTH,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,  # an address is clicked whole
        break_on_hyphens=False,
    )


def _reply(error: Exception) -> str:
    """Return what a server said, without addresses of people."""
    said = str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{code} {text!r}" for code, text in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {error.smtp_error!r}"
    elif isinstance(error, OSError) and error.strerror:
        said = error.strerror
    return " ".join(_ADDRESS.sub("…@…", said).split())[:_WORST_REPLY]
