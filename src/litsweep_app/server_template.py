"""A kept copy of an empty, migrated database of Prefect's, which makes first starts faster.

Creating Prefect's tables takes as long as starting its server (8 s of 16 s measured on two quiet
cores), and their content depends on Prefect's version alone.
"""

import os
import shutil
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path


def copy_template(database: Path) -> bool:
    """Make ``database`` a copy of the template; tell whether there was one."""
    template = _template()
    if not template.is_file():
        return False
    shutil.copyfile(template, database)
    return True


def keep_template(database: Path) -> None:
    """Keep a copy of ``database``, which no server has used yet."""
    template = _template()
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        partial = template.with_suffix(f".{os.getpid()}.partial")
        shutil.copyfile(database, partial)
        partial.replace(template)
    except OSError:
        return  # a read-only home: the next start is slower, nothing else


def _template() -> Path:
    return user_cache_path("litsweep") / f"prefect-{version('prefect')}.db"
