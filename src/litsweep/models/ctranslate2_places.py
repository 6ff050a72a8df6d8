"""Which engine runs a model: CTranslate2 where it can, else transformers.

Looks at packages and folders only; neither torch nor CTranslate2 is imported. A conversion lies
beside the weights that it was made of, in the sub-folder ``ctranslate2``.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from litsweep.domain.models import ModelKind, ModelSpec
from litsweep.errors import ModelNotAvailable
from litsweep.models.locations import Location
from litsweep.settings import Settings

FOLDER: Final = "ctranslate2"
"""The sub-folder of a model's folder that holds its conversion."""
CONVERTER: Final = "litsweep.models.ctranslate2_conversion"
"""Makes conversions: reached by name, as it imports torch and CTranslate2."""
_LABEL: Final = "converted.json"  # written last by the converter


def is_installed() -> bool:
    """Whether the package is here; it belongs to the optional extra ``fast``."""
    return find_spec("ctranslate2") is not None


def runs_converted(spec: ModelSpec, location: Location, settings: Settings) -> bool:
    """Whether CTranslate2 runs ``spec``; else transformers does.

    Raises:
        ModelNotAvailable: the setting ``engine`` asks for CTranslate2, which cannot be used.
    """
    if settings.engine == "transformers":
        return False
    reason = _why_not(spec, location, location.path / FOLDER)
    if reason is not None and settings.engine == "ctranslate2":
        raise ModelNotAvailable(
            f'The setting engine is "ctranslate2", and {spec.name} cannot be run by it: {reason} '
            'Or set engine = "transformers".'
        )
    return reason is None


def _why_not(spec: ModelSpec, location: Location, folder: Path) -> str | None:
    if not is_installed():
        return "it is not installed. Install it with: pip install 'litsweep[fast]'."
    if spec.kind not in (ModelKind.CAUSAL, ModelKind.INSTRUCT):
        return f"models of kind {spec.kind.value!r} are not converted for it."
    if not location.path.is_dir():
        return f"{location.origin} holds weights in a format that is not converted for it."
    if not (folder / _LABEL).is_file():
        return (
            f"there is no conversion in {folder}. Make it with: litsweep models convert "
            f"{spec.name} {location.path} --engine ctranslate2."
        )
    return None
