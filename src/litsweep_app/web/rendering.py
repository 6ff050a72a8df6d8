"""Templates into HTML: everything that is put in is escaped; what is absent is an error."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from litsweep_app.web.static_files import static_path
from litsweep_app.web.visible_text import shown, shown_plainly

_PACKAGE: Final = "litsweep_app.web"
# Names of the database whose words are others.
_WORDS: Final[Mapping[str, str]] = {
    "title_abstract": "title and abstract",
    "of_concern": "expression of concern",
    "n_randomised": "number randomised",
    "n_analysed": "number analysed",
    "pmc_cloud": "PubMed Central",
    "efetch": "PubMed Central",
    "europe_pmc": "Europe PMC",
}


@cache
def environment() -> Environment:
    """Return Jinja with our filters; made once, on the first page."""
    from litsweep_app.web import visit

    made = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["path_to"] = visit.path_to
    made.globals["static_path"] = static_path
    made.filters["shown"] = shown
    made.filters["shown_plainly"] = shown_plainly
    made.filters["day"] = _day
    made.filters["moment"] = _moment
    made.filters["number"] = _number
    made.filters["words"] = _words
    return made


def render(template: str, **context: Any) -> str:
    """Return a template's text; ``context`` are the names that it may use."""
    return environment().get_template(template).render(**context)


def _words(value: object) -> str:
    name = str(value)
    return _WORDS.get(name, name.replace("_", " "))


def _day(value: datetime) -> str:
    return f"{value:%Y-%m-%d}"


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC"


def _number(value: float) -> str:
    return f"{value:,}"
