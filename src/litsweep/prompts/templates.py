"""Prompt templates: loading the packaged texts and filling in their fields.

A text lies in ``texts/<name>.<kind>.v<version>.toml`` and is never edited once released: a new
wording is a new file with the next version, so that a stored prompt hash always names one text.
"""

import functools
import hashlib
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final

from litsweep.domain.models import ModelKind
from litsweep.errors import UsageError

_FILE_NAME: Final = re.compile(
    r"(?P<name>[a-z-]+)\.(?P<kind>[a-z0-9]+)\.v(?P<version>[0-9]+)\.toml"
)
_FIELD: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """One version of a prompt for one kind of model; ``{field}`` in ``text`` is filled in.

    ``stop_strings`` end the answer and are cut from it. ``sha256`` is the hash of the file's
    bytes, in hexadecimal, so that it covers the stop strings too.
    """

    name: str
    version: int
    kind: ModelKind
    text: str
    stop_strings: tuple[str, ...]
    sha256: str

    @property
    def wording(self) -> str:
        """The text without its fields: the words that are ours and belong in no answer."""
        return _FIELD.sub(" ", self.text)

    def render(self, **fields: str) -> str:
        """Return the text with its fields filled in; fields that it does not name are ignored.

        The text is gone through once, so that braces in a value stay what they are.

        Raises:
            UsageError: a field of the text was not given.
        """
        missing = sorted(set(_FIELD.findall(self.text)) - fields.keys())
        if missing:
            raise UsageError(
                f"The prompt {self.name} v{self.version} also needs {', '.join(missing)}."
            )
        return _FIELD.sub(lambda field: fields[field[1]], self.text)


@functools.cache
def load_prompt(name: str, kind: ModelKind) -> PromptTemplate:
    """Return the newest version of the prompt ``name`` for models of ``kind``.

    Raises:
        UsageError: there is no such prompt for this kind of model.
    """
    versions = [
        (int(match["version"]), match[0])
        for entry in resources.files("litsweep.prompts").joinpath("texts").iterdir()
        if (match := _FILE_NAME.fullmatch(entry.name))
        and (match["name"], match["kind"]) == (name, kind.value)
    ]
    if not versions:
        raise UsageError(f"There is no prompt {name} for models of the kind {kind.value}.")
    version, file_name = max(versions)
    raw = resources.files("litsweep.prompts").joinpath("texts", file_name).read_bytes()
    content = tomllib.loads(raw.decode())
    return PromptTemplate(
        name=name,
        version=version,
        kind=kind,
        text=content["text"],
        stop_strings=tuple(content["stop_strings"]),
        sha256=hashlib.sha256(raw).hexdigest(),
    )
