"""A mail server on loopback that keeps what it is given, or refuses, or says nothing at all."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from litsweep_app.ports import free_port


@dataclass
class MailCatcher:
    """What the server was given; ``refusal`` is its answer to a message, where it takes none."""

    port: int = 0
    refusal: str | None = None
    envelopes: list[Envelope] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages as a mail program reads them."""
        return [
            message_from_bytes(one.content, EmailMessage, policy=policy.default)  # type: ignore[arg-type]
            for one in self.envelopes
        ]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message, or refuse it."""
        if self.refusal is not None:
            return self.refusal
        self.was_encrypted.append(session.ssl is not None)
        self.envelopes.append(envelope)
        return "250 taken"


@contextmanager
def catching_mail(
    *, password: str | None = None, certificate: tuple[Path, Path] | None = None
) -> Iterator[MailCatcher]:
    """Run a server that takes mail; ``certificate`` (chain, key) makes it ask for STARTTLS."""
    catcher = MailCatcher()
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        options |= {"tls_context": context, "require_starttls": True}
    if password is not None:
        options |= {
            "authenticator": _authenticator(password),
            "auth_required": True,
            "auth_require_tls": False,
        }
    controller = Controller(catcher, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    catcher.port = controller.port
    try:
        yield catcher
    finally:
        controller.stop()


def _authenticator(password: str) -> Any:
    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=is_right, handled=False)

    return check


@contextmanager
def silent_server() -> Iterator[int]:
    """Run a server that takes connections and never says a word; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()
            for one in taken:
                one.close()
