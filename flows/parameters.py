"""The types of the flows' parameters: what a form shows, and which values it takes.

What only the database or the settings can tell, such as whether a topic exists, is checked by
``tasks.checking``. What a parameter means is in the docstring of its flow.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from flows.reading_place import ReadingPlace
from litsweep.domain.documents import DocumentKind


def _titled(title: str, **bounds: Any) -> Any:
    # As json_schema_extra, since Prefect gives each field its parameter's name as a title.
    return Field(json_schema_extra={"title": title}, **bounds)


def _empty_as_none(value: Any) -> Any:
    return None if value in ("", []) else value


# What may be left empty. Of ``date | None`` the form makes two tabs, one of them with the words
# 'Property is type "None"': it is shown the type alone. The price: a parameter without a value is
# to be left out where a run of a deployment is made; the server refuses null for it.
_EMPTY = BeforeValidator(_empty_as_none)
_DAY = WithJsonSchema({"type": "string", "format": "date"})
_TEXT = WithJsonSchema({"type": "string"})
_TEXTS = WithJsonSchema({"type": "array", "items": {"type": "string"}})
_KINDS = WithJsonSchema({"type": "array", "items": {"enum": [*DocumentKind], "type": "string"}})

TopicName = Annotated[str, _titled("Topic")]
TopicIfAny = Annotated[str | None, _EMPTY, _TEXT, _titled("Topic")]
Topics = Annotated[list[str] | None, _EMPTY, _TEXTS, _titled("Topics")]
FirstDay = Annotated[date, _titled("First day")]
FirstDayIfAny = Annotated[date | None, _EMPTY, _DAY, _titled("First day")]
LastDay = Annotated[date, _titled("Last day")]
LastDayIfAny = Annotated[date | None, _EMPTY, _DAY, _titled("Last day")]
WindowDays = Annotated[int, _titled("Days of a window", ge=1, le=366)]
Workers = Annotated[int, _titled("Windows at a time", ge=1, le=32)]
Reading = Annotated[ReadingPlace, _titled("Where to read")]
Kinds = Annotated[list[DocumentKind] | None, _EMPTY, _KINDS, _titled("What to read")]
SummaryModel = Annotated[str | None, _EMPTY, _TEXT, _titled("Model for abstracts")]
AnalysisModel = Annotated[str | None, _EMPTY, _TEXT, _titled("Model for full texts")]
RetrieveReports = Annotated[bool, _titled("Seek full texts")]
Paths = Annotated[list[str], _titled("Files", min_length=1)]
LoadAgain = Annotated[bool, _titled("Load again")]
DryRun = Annotated[bool, _titled("Dry run")]
