"""Asking for a new reading of a record with another model; every reading of it."""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.page import Page

PAGES: Final[Sequence[Page]] = ()
