"""The types of the flows' parameters: what a form shows, and which values it takes.

What only the database or the settings can tell, such as whether a topic exists, is checked by
``tasks.checking``. What a parameter means is in the docstring of its flow.
"""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from flows.reading_place import ReadingPlace
from flows.window_place import WindowPlace
from litsweep.domain.documents import DocumentKind


def _titled(title: str, **bounds: Any) -> Any:
    # As json_schema_extra, since Prefect gives each field its parameter's name as a title.
    return Field(json_schema_extra={"title": title}, **bounds)


def _empty_as_none(value: Any) -> Any:
    return None if value in ("", []) else value


# More than this, and NCBI's limit leaves each of them idle (docs/scale.md).
MOST_SHARES: Final = 32

# The form shows ``date | None`` as two tabs, "date" and "None". A schema of the type alone looks
# better and cannot be used: the form sends null for what nobody fills in, and is refused.
_EMPTY = BeforeValidator(_empty_as_none)

TopicName = Annotated[str, _titled("Topic")]
TopicIfAny = Annotated[str | None, _EMPTY, _titled("Topic")]
Topics = Annotated[list[str] | None, _EMPTY, _titled("Topics")]
FirstDay = Annotated[date, _titled("First day")]
FirstDayIfAny = Annotated[date | None, _EMPTY, _titled("First day")]
LastDay = Annotated[date, _titled("Last day")]
LastDayIfAny = Annotated[date | None, _EMPTY, _titled("Last day")]
WindowDays = Annotated[int, _titled("Days of a window", ge=1, le=366)]
Workers = Annotated[int, _titled("Windows at a time", ge=1, le=32)]
Reading = Annotated[ReadingPlace, _titled("Where to read")]
Kinds = Annotated[list[DocumentKind] | None, _EMPTY, _titled("What to read")]
SummaryModel = Annotated[str | None, _EMPTY, _titled("Model for abstracts")]
AnalysisModel = Annotated[str | None, _EMPTY, _titled("Model for full texts")]
RetrieveReports = Annotated[bool, _titled("Seek full texts")]
Paths = Annotated[list[str], _titled("Files", min_length=1)]
LoadAgain = Annotated[bool, _titled("Load again")]
Shares = Annotated[int, _titled("Workers that fetch", ge=1, le=MOST_SHARES)]
Share = Annotated[int, _titled("Which share", ge=1, le=MOST_SHARES)]
Where = Annotated[WindowPlace, _titled("Who searches")]
DryRun = Annotated[bool, _titled("Dry run")]
