from litsweep.sources.redaction import HIDDEN, Redactor

KEY = "0123456789abcdef0123456789abcdef4242"
EMAIL = "somebody+work@example.org"


def test_secrets_are_hidden_in_every_spelling() -> None:
    redactor = Redactor(KEY, EMAIL)
    for text in (KEY, KEY.upper(), EMAIL, "somebody%2Bwork%40example.org"):
        assert redactor.redact(f"before {text} after") == f"before {HIDDEN} after"


def test_what_ncbi_echoes_is_hidden_without_knowing_it() -> None:
    body = '{"error":"API rate limit exceeded","api-key":"ffff0000","limit":"3"}'
    assert "ffff0000" not in Redactor(None).redact(body)
    assert '"limit":"3"' in Redactor(None).redact(body)
    assert Redactor().redact("efetch.fcgi?db=pubmed&api_key=abc&email=a@b.org&id=1") == (
        f"efetch.fcgi?db=pubmed&api_key={HIDDEN}&email={HIDDEN}&id=1"
    )


def test_addresses_of_machines_are_hidden() -> None:
    text = "blocked: 192.0.2.17 and 2001:db8:0:1::7, at 12:30:45"
    assert Redactor().redact(text) == f"blocked: {HIDDEN} and {HIDDEN}, at 12:30:45"


def test_other_text_is_left_alone() -> None:
    text = "Search Backend failed: 'retstart' cannot be larger than 9998."
    assert Redactor(KEY, EMAIL).redact(text) == text
    assert KEY not in repr(Redactor(KEY))


def test_a_reply_that_is_kept_loses_the_key_and_nothing_else() -> None:
    body = f"<a>{KEY}, {EMAIL} of an author, 192.0.2.17</a>".encode()
    redacted = Redactor(EMAIL, key=KEY).redact_bytes(body)
    assert redacted == body.replace(KEY.encode(), HIDDEN.encode())
    assert Redactor(EMAIL, key="asthma").redact_bytes(b"asthma") == b"asthma"
    assert Redactor(EMAIL).redact_bytes(body) == body
