"""How often each model and prompt was wrong, by what people judged."""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.page import Page

PAGES: Final[Sequence[Page]] = ()
