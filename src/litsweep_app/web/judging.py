"""A machine's sentence or data item is right, or wrong; a new reading."""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.page import Page

PAGES: Final[Sequence[Page]] = ()
