"""A language model as a person declares it in ``litsweep.toml``, checked on reading.

Says nothing of the models that litsweep knows by itself, nor of what is on this machine: see
``litsweep.models.registry`` and ``litsweep.models.locations``.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from litsweep.domain.models import ModelKind, ModelSpec

# A name is also the name of a folder in models_dir.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RESERVED: Final = frozenset({"auto", "none"})
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_HUB_ID: Final = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SERVED_REVISION: Final = "as served"

_Text = Annotated[str, Field(min_length=1, max_length=2000)]


class DeclaredModel(BaseModel):
    """One table ``[models.NAME]``. A model has exactly one origin, which fixes what it is:

    - ``revision``: a commit of ``model_id`` on the Hugging Face hub, 40 hexadecimal digits
      (a branch or a tag can be moved to other weights);
    - ``folder`` with ``weights_sha256``: files of one's own, without a revision;
    - ``served_at``: the base address of an OpenAI-compatible server, that calls the model
      ``served_model`` (where that is not its ``model_id``). It cannot be pinned.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, protected_namespaces=()
    )

    model_id: _Text
    kind: ModelKind
    context_window: Annotated[int, Field(ge=16, le=10_000_000)]
    licence: _Text
    intended_use: _Text
    revision: str | None = None
    folder: Path | None = None
    served_at: str | None = None
    served_model: _Text | None = None
    licence_url: str | None = None
    n_parameters: Annotated[int, Field(ge=1)] | None = None
    stop_strings: tuple[_Text, ...] = ()
    weights_sha256: str | None = None
    needs_acceptance: bool = False

    @field_validator("revision")
    @classmethod
    def _full_commit(cls, value: str | None) -> str | None:
        if value is not None and not _COMMIT.fullmatch(value):
            raise ValueError(
                "a whole commit is needed, 40 hexadecimal digits: a branch or a tag can be moved "
                "to other weights"
            )
        return value

    @field_validator("weights_sha256")
    @classmethod
    def _whole_hash(cls, value: str | None) -> str | None:
        if value is not None and not _SHA256.fullmatch(value):
            raise ValueError("64 hexadecimal digits, as sha256sum prints them")
        return value

    @field_validator("folder")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()

    @field_validator("licence_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        return value and _checked_address(value)

    @field_validator("served_at")
    @classmethod
    def _base_address(cls, value: str | None) -> str | None:
        # Servers say .../v1 of themselves, and their other addresses lie beside it.
        return value and _checked_address(value).rstrip("/").removesuffix("/v1")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.served_at is not None:
            self._refuse_beside_served_at()
        elif self.served_model is not None:
            raise ValueError("served_model needs served_at, the address of the server")
        elif self.folder is None and self.revision is None:
            raise ValueError(
                "say which weights: revision (the commit on the Hugging Face hub), or folder and "
                "weights_sha256, or served_at"
            )
        elif self.folder is None and not _HUB_ID.fullmatch(self.model_id):
            raise ValueError("model_id must be an id on the Hugging Face hub, such as owner/name")
        elif self.revision is None and self.weights_sha256 is None:
            raise ValueError(
                "a folder without a revision needs weights_sha256: it tells which weights wrote "
                "a text (sha256sum model.safetensors)"
            )
        return self

    def _refuse_beside_served_at(self) -> None:
        if not self.kind.can_write or self.kind is ModelKind.SEQ2SEQ:
            raise ValueError("only kind causal or instruct can be served")
        if self.folder is not None or self.weights_sha256 is not None:
            raise ValueError(
                "folder and weights_sha256 are of weights on this machine, and those of a "
                "served model cannot be looked at: leave them out, or leave out served_at"
            )

    def as_spec(self, name: str) -> ModelSpec:
        """Return what is declared here as a specification called ``name``."""
        return ModelSpec(
            name=name,
            aliases=(),
            kind=self.kind,
            model_id=self.model_id,
            revision=self._told_revision(),
            context_window=self.context_window,
            licence=self.licence,
            intended_use=self.intended_use,
            n_parameters=self.n_parameters,
            licence_url=self.licence_url,
            stop_strings=self.stop_strings,
            weights_sha256=self.weights_sha256,
            needs_acceptance=self.needs_acceptance,
            served_at=self.served_at,
        )

    def _told_revision(self) -> str:
        if self.revision is not None:
            return self.revision
        if self.weights_sha256 is not None:
            return f"sha256 {self.weights_sha256[:16]}"
        return _SERVED_REVISION


def check_names(declared: dict[str, DeclaredModel]) -> dict[str, DeclaredModel]:
    """Return ``declared`` if each name can be one.

    Raises:
        ValueError: a name cannot be a folder's, or has a meaning of its own in the settings.
    """
    for name in declared:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError(
                f"{name!r:.80} cannot be a model's name: use small letters, digits, '.', '_' and "
                "'-', and neither auto nor none"
            )
    return declared


def _checked_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_secret = parts.username is not None or parts.password is not None
        has_rest = bool(parts.query or parts.fragment)
        _ = parts.port  # raises where it is no number
    except ValueError:
        is_whole = has_secret = has_rest = False
    if has_secret:
        raise ValueError("no user or password in an address: set LITSWEEP_SERVED_API_KEY instead")
    if not is_whole or has_rest:
        raise ValueError("an address such as http://127.0.0.1:8000, without ? and #")
    return value
