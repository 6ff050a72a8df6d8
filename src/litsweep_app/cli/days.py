"""Days as options of commands."""

from datetime import date
from typing import Any

import typer


def day_option(help_text: str) -> Any:
    """Return an option whose value is a day, written as ISO 8601 has it."""
    return typer.Option(parser=_parse_day, metavar="YYYY-MM-DD", help=help_text)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-10-31.") from None
