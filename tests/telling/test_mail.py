"""E-mail as a mail server takes it: its headers, its words, and what goes wrong on the way."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from litsweep.domain.notifications import Notification, NotificationKind
from litsweep.errors import ChannelUnreachable, DeliveryFailed, SettingsError
from litsweep.settings import Settings
from litsweep.telling.mail import compose, list_recipients, send_mail
from tests.fakes.certificate import make_certificate
from tests.fakes.mail_catcher import catching_mail, silent_server

ADDRESS = "ada@example.org"
PASSWORD = "a-secret-password"
RAISED = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def notification(**changes: Any) -> Notification:
    values: dict[str, Any] = {
        "notification_id": 7,
        "kind": NotificationKind.ALERT,
        "about": ("alert:17",),
        "subject": "litsweep: PMID 1 is retracted: Ärger mit Lorvexin",
        "body": "PMID 1 is retracted.\nα-blockers: " + "word " * 40 + "\nhttps://x.org/" + "a" * 90,
        "raised_at": RAISED,
    }
    return Notification(**(values | changes))


def settings(port: int = 25, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "mail_to": f"Ada Fiction <{ADDRESS}>",
        "mail_from": "litsweep <litsweep@example.com>",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
    }
    return Settings(**(values | changes))


def send(chosen: Settings, told: Notification | None = None) -> None:
    for recipient in list_recipients(chosen):
        send_mail(told or notification(), recipient, chosen)


def test_a_message_arrives_whole() -> None:
    with catching_mail() as catcher:
        send(settings(catcher.port))
    (envelope,), (message,) = catcher.envelopes, catcher.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("litsweep@example.com", [ADDRESS])
    assert message["Subject"] == "litsweep: PMID 1 is retracted: Ärger mit Lorvexin"
    assert message["To"] == f"Ada Fiction <{ADDRESS}>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "litsweep <litsweep.example.com>"
    assert message["Date"].datetime == RAISED
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    text = message.get_content()
    assert "α-blockers" in text
    assert "https://x.org/" + "a" * 90 in text, "an address is not broken"
    assert max(len(line) for line in text.splitlines() if "https" not in line) <= 76
    raw = envelope.original_content
    assert isinstance(raw, bytes)
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998


def test_what_is_sent_again_is_the_same_message_to_a_mail_program() -> None:
    chosen = settings()
    (recipient,) = list_recipients(chosen)
    first, again = (compose(notification(), recipient, chosen)["Message-ID"] for _ in range(2))
    other = compose(notification(about=("alert:18",)), recipient, chosen)["Message-ID"]
    assert first == again != other
    assert first.endswith("@example.com>")


def test_a_title_adds_no_header() -> None:
    told = notification(subject="A title\r\nBcc: somebody@example.net\n\nBody")
    with catching_mail() as catcher:
        send(settings(catcher.port), told)
    assert catcher.envelopes[0].rcpt_tos == [ADDRESS]
    assert catcher.messages[0]["Bcc"] is None
    assert catcher.messages[0]["Subject"] == "A title Bcc: somebody@example.net Body"


def test_each_address_gets_a_message_of_its_own() -> None:
    chosen: dict[str, Any] = {"mail_to": f"{ADDRESS}, ben@example.org, {ADDRESS}"}
    with catching_mail() as catcher:
        send(settings(catcher.port, **chosen))
    assert [one.rcpt_tos for one in catcher.envelopes] == [[ADDRESS], ["ben@example.org"]]
    channels = [one.channel for one in list_recipients(settings(**chosen))]
    assert len(set(channels)) == 2
    assert not any("ada" in one or "@" in one for one in channels)


def test_a_user_signs_in_over_a_connection_that_a_certificate_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with catching_mail(password=PASSWORD, certificate=(chain, key)) as catcher:
        send(
            settings(
                catcher.port, smtp_security="starttls", smtp_user="ada", smtp_password=PASSWORD
            )
        )
    assert catcher.was_encrypted == [True]


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with (
        catching_mail(password=PASSWORD, certificate=make_certificate(tmp_path)) as catcher,
        pytest.raises(ChannelUnreachable, match="cannot prove who it is"),
    ):
        send(
            settings(
                catcher.port, smtp_security="starttls", smtp_user="ada", smtp_password=PASSWORD
            )
        )
    assert catcher.envelopes == []


def test_a_wrong_password_is_not_repeated() -> None:
    with (
        catching_mail(password=PASSWORD) as catcher,
        pytest.raises(ChannelUnreachable, match="refuses smtp_user and smtp_password") as caught,
    ):
        send(settings(catcher.port, smtp_user="ada", smtp_password="another-one"))
    assert "another-one" not in str(caught.value)


def test_a_refused_message_says_why_and_names_nobody() -> None:
    with catching_mail() as catcher, pytest.raises(DeliveryFailed, match="550") as caught:
        catcher.refusal = f"550 <{ADDRESS}> is unknown here"
        send(settings(catcher.port))
    assert not isinstance(caught.value, ChannelUnreachable)
    assert "unknown here" in str(caught.value)
    assert ADDRESS not in str(caught.value)


def test_a_server_that_says_nothing_is_left() -> None:
    started = time.monotonic()
    with silent_server() as port, pytest.raises(ChannelUnreachable, match=r"within 0\.5 seconds"):
        send(settings(port, timeout_seconds=0.5))
    assert time.monotonic() - started < 20


def test_no_server() -> None:
    with catching_mail() as catcher:
        port = catcher.port
    with pytest.raises(ChannelUnreachable, match="cannot be used: Connection refused"):
        send(settings(port))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"smtp_host": "mail.example.org"}, 'smtp_security = "none" would send'),
        ({"smtp_host": None}, "needs smtp_host and mail_from"),
        ({"mail_from": None}, "needs smtp_host and mail_from"),
        ({"mail_to": "nobody"}, "mail_to holds something that is no e-mail address"),
        ({"mail_to": "a@b.org\nBcc: c@d.org"}, "mail_to holds something"),
        ({"mail_from": "x@"}, "mail_from holds something"),
    ],
    ids=["network", "host", "sender", "word", "injection", "half"],
)
def test_settings_that_cannot_be_used(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        list_recipients(settings(**changes))
    assert "c@d.org" not in str(caught.value)


def test_nobody_is_written_to_unless_somebody_is_named() -> None:
    assert list_recipients(Settings(mail_to=" , ")) == []
