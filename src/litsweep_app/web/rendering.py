"""Templates into HTML: everything that is put in is escaped; what is absent is an error."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from litsweep_app.web.static_files import static_path
from litsweep_app.web.visible_text import shown, shown_plainly

_PACKAGE: Final = "litsweep_app.web"


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
    made.filters["words"] = lambda value: str(value).replace("_", " ")
    return made


def render(template: str, **context: Any) -> str:
    """Return a template's text; ``context`` are the names that it may use."""
    return environment().get_template(template).render(**context)


def _day(value: datetime) -> str:
    return f"{value:%Y-%m-%d}"


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC"


def _number(value: float) -> str:
    return f"{value:,}"
