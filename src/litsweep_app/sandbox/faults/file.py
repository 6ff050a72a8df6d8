"""A schedule of faults from a TOML file."""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from litsweep.errors import UsageError
from litsweep_app.sandbox.faults.schedule import FaultSchedule

_SCHEDULE: Final = TypeAdapter(FaultSchedule)


def read_fault_file(path: Path) -> FaultSchedule:
    """Read a schedule; the names are those of `FaultSchedule` and, below ``[[fault]]``, `Fault`.

    Raises:
        UsageError: the file cannot be read, is no TOML, or says something that is not known.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        # A table of TOML is named in the singular, since each holds one.
        content["faults"] = content.pop("fault", [])
        return _SCHEDULE.validate_python(content)
    except OSError as error:
        raise UsageError(f"The faults {path} cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        raise UsageError(f"The faults {path} are not all known. {_first_of(error)}") from error
    except (ValueError, UsageError) as error:  # of tomllib, of the encoding, or of an entry
        raise UsageError(f"The faults {path} cannot be used: {error}") from error


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    # Entries are counted from 1 by people.
    place = (str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    return f"At {' '.join(place)}: {first['msg']}. Correct it."
