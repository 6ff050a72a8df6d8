"""How often each model and prompt was wrong, by what people judged; the random audit."""

from collections.abc import Sequence
from typing import Final

from litsweep_app.web.error_rates import audit, rates
from litsweep_app.web.page import Page

PAGES: Final[Sequence[Page]] = (*rates.PAGES, *audit.PAGES)
