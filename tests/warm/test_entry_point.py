"""``prefect worker start --type litsweep-warm`` finds the type by the entry point."""

import tomllib
from importlib import import_module
from pathlib import Path

from prefect.utilities.dispatch import lookup_type
from prefect.workers.base import BaseWorker


def test_the_module_of_the_entry_point_registers_the_type() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    (module,) = tomllib.loads(text)["project"]["entry-points"]["prefect.collections"].values()
    import_module(module)
    assert lookup_type(BaseWorker, "litsweep-warm").__module__ == module
