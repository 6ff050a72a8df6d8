"""The JSON API: what the pages do, for programs."""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.page import Page

PAGES: Final[Sequence[Page]] = ()
