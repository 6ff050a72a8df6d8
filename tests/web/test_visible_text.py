"""Texts of others on a page: nothing in them is unseen, turns the line or is markup."""

import pytest
from markupsafe import Markup

from litsweep_app.web.rendering import environment
from litsweep_app.web.visible_text import shown, shown_plainly


def _odd(name: str) -> str:
    return f'<span class="odd">⟨{name}⟩</span>'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"),
        ("a\u202eb", f"a{_odd('U+202E')}b"),
        ("a\u2066b\u2069", f"a{_odd('U+2066')}b{_odd('U+2069')}"),
        ("a\u200bb", f"a{_odd('U+200B')}b"),
        ("\ufeffa", f"{_odd('U+FEFF')}a"),
        ("a\u00adb", f"a{_odd('U+00AD')}b"),
        ("a\x00b", f"a{_odd('U+0000')}b"),
        ("a\x1b[31mb", f"a{_odd('U+001B')}[31mb"),
        ("a\x9bb", f"a{_odd('U+009B')}b"),
        ("a\ud800b", f"a{_odd('U+D800')}b"),
        ("a\U000e0041b", f"a{_odd('U+E0041')}b"),
        ("a\u3164b\u2800", f"a{_odd('U+3164')}b{_odd('U+2800')}"),
        ("a\u2028b", f"a{_odd('U+2028')}b"),
        ("a\u200db", f"a{_odd('U+200D')}b"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 4 + _odd("U+0301")),
        ("⟨U+202E⟩", "⟨U+202E⟩"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, wanted: str) -> None:
    assert shown(text) == Markup(f"<bdi>{wanted}</bdi>")
    str(shown(text)).encode()


@pytest.mark.parametrize(
    "text",
    [
        "β-blockers in 1\u2009200 people\u00a0(95% CI)",
        "first line\n\tsecond",
        "می\u200cخواهم",  # Persian spells with a non-joiner
        "न्\u200dय",
        "❤️ and ©\ufe0e",
        "e\u0301te\u0301",
        "שלום 日本語",
        "",
    ],
)
def test_writing_stays_as_it_is(text: str) -> None:
    assert shown(text) == Markup(f"<bdi>{text}</bdi>")
    assert shown_plainly(text) == text


def test_a_long_run_is_told_not_shown() -> None:
    page = str(shown("a" + "\u200b" * 5_000 + "b"))
    assert page.count("U+200B") == 8
    assert "and 4992 more that cannot be seen" in page
    assert len(page) < 500


def test_lines_end_in_one_way_and_nothing_stays_nothing() -> None:
    assert shown("a\r\nb\rc") == Markup("<bdi>a\nb\nc</bdi>")
    assert shown(None) == ""
    assert shown_plainly(None) == ""


def test_markup_of_ours_stays_markup() -> None:
    assert shown(Markup("<mark>a\u202e</mark>")) == Markup("<bdi><mark>a⟨U+202E⟩</mark></bdi>")


def test_in_a_template_and_in_an_attribute() -> None:
    source = '<p title="{{ x | shown_plainly }}">{{ x | shown }}</p>'
    page = environment().from_string(source).render(x='"\u202e<b>')
    assert page == (
        f'<p title="&#34;⟨U+202E⟩&lt;b&gt;"><bdi>&#34;{_odd("U+202E")}&lt;b&gt;</bdi></p>'
    )
