"""Reads what a program sends, and says what is wrong with it: status 422, and where."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from litsweep_app.web.visit import Visit

Model = TypeVar("Model", bound=BaseModel)


def read_path(visit: Visit, types: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the path as their types have them.

    Raises:
        HTTPException: 422 one is not what it should be.
    """
    return {name: _read_one(visit.text_of(name), name, kind) for name, kind in types.items()}


def read_query(visit: Visit, model: type[Model]) -> Model:
    """Return what stands behind the question mark.

    Raises:
        HTTPException: 422 it is not as described.
    """
    given: dict[str, Any] = {}
    for name in dict.fromkeys(visit.query):
        values = visit.query.getlist(name)
        given[name] = values if _is_list(model, name) else values[0]
        if len(values) > 1 and not _is_list(model, name):
            raise HTTPException(422, f"{name}: given more than once.")
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _fault(error) from None


def read_body(visit: Visit, model: type[Model]) -> Model:
    """Return the body; its JSON was parsed before.

    Raises:
        HTTPException: 422 it is not as described.
    """
    try:
        # Strictly, as JSON has it: the text "1" is no number.
        return model.model_validate_json(json.dumps(visit.body), strict=True)
    except ValidationError as error:
        raise _fault(error) from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read_one(text: str, name: str, kind: Any) -> Any:
    try:
        return _adapter(kind).validate_python(text)
    except ValidationError as error:
        raise _fault(error, name) from None


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) in {list, tuple}


def _fault(error: ValidationError, *before: str) -> HTTPException:
    said = [
        f"{'.'.join(map(str, (*before, *one['loc']))) or 'the body'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return HTTPException(422, "; ".join(said[:5]) + ".")
