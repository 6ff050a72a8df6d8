"""Settings: the only reader of the environment and of ``litsweep.toml``.

Values come, strongest first, from environment variables (``LITSWEEP_<NAME>``, and NCBI's own
``NCBI_API_KEY`` and ``NCBI_EMAIL``), then from ``litsweep.toml`` in the working folder (or the
file that ``LITSWEEP_SETTINGS_FILE`` names), then from the defaults below.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableVariable

from litsweep.domain.declared_models import DeclaredModel, check_names
from litsweep.errors import SettingsError

SETTINGS_FILE: Final = "litsweep.toml"

_DEVICE: Final = re.compile(r"auto|cpu|cuda(:\d+)?")
# libpq takes a password among the parameters of an address, too.
_PASSWORD_PARAMETER: Final = re.compile(r"(?<=[?&]password=)[^&]*", re.IGNORECASE)


class Settings(BaseSettings):
    """Everything that can be set, typed and bounded; secrets hide in ``repr``."""

    model_config = SettingsConfigDict(
        env_prefix="LITSWEEP_",
        env_ignore_empty=True,  # NCBI_API_KEY= is how a shell takes a variable back
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field(
        "sqlite:///litsweep.db",
        repr=False,  # a PostgreSQL address may hold a password
        description="Where results are stored: sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )
    reader_database_url: str | None = Field(
        None,
        repr=False,
        description="PostgreSQL: the same database for a user who may only read (`litsweep db "
        "roles` makes one); `litsweep sql` uses it. Unset: database_url.",
    )
    ncbi_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("NCBI_API_KEY", "LITSWEEP_NCBI_API_KEY", "ncbi_api_key"),
        description="Raises NCBI's limit from 3 to 10 requests a second; set it by environment.",
    )
    ncbi_email: str | None = Field(
        None,
        validation_alias=AliasChoices("NCBI_EMAIL", "LITSWEEP_NCBI_EMAIL", "ncbi_email"),
        repr=False,  # so that no traceback shows a person's address
        description="Sent with every request, as NCBI asks, so that they can reach you.",
    )
    eutils_url: str = Field(
        "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/",
        description="Base address of the E-utilities; the sandbox prints its own.",
    )
    pmc_cloud_url: str = Field(
        "https://pmc-oa-opendata.s3.amazonaws.com/",
        description="Base address of the PMC Cloud Service.",
    )
    europe_pmc_url: str = Field(
        "https://www.ebi.ac.uk/europepmc/webservices/rest/",
        description="Base address of Europe PMC's REST service.",
    )
    requests_per_second: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="NCBI's limit for you: 3 without a key and 10 with one, unless set."
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        60.0, description="How long one request may take."
    )
    retries: Annotated[int, Field(ge=0, le=20)] = Field(
        10,
        description="How often a request that failed for a passing reason is tried again; ten "
        "times outlive an outage of three minutes.",
    )
    overlap_days: Annotated[int, Field(ge=0, le=365)] = Field(
        14, description="How far a nightly window reaches back before the last closed one."
    )
    first_window_days: Annotated[int, Field(ge=1, le=36500)] = Field(
        30, description="How far the first window of a topic reaches back."
    )
    undated_every_days: Annotated[int, Field(ge=0, le=365)] = Field(
        30,
        description="How often a topic is searched without dates, to find what came late or is "
        "gone; 0: never.",
    )
    summary_model: str = Field(
        "auto",
        description="Reads abstracts: auto (biogpt where its weights are, else none), a model's "
        "name, or none for extractive summaries alone.",
    )
    analysis_model: str = Field(
        "auto",
        description="Reads full texts: auto (biomedlm where its weights are, else none), a "
        "model's name, or none for quotations alone.",
    )
    models_dir: Path | None = Field(
        None,
        description="Folder with one sub-folder a model (config.json, *.safetensors, tokenizer "
        "files); without it, the Hugging Face cache is used. Nothing is downloaded.",
    )
    accepted_terms: str = Field(
        "",
        description="Names of the models whose licence and model card you have read and accept, "
        "separated by commas; BioMedLM's limits ask for that (`litsweep models list`).",
    )
    models: dict[str, DeclaredModel] = Field(
        {},
        description="Models of your own, one table [models.NAME] each: see docs/models.md.",
    )
    served_api_key: SecretStr | None = Field(
        None,
        description="Sent as bearer token to the servers of declared models (served_at), all of "
        "them; set it by environment.",
    )
    engine: Literal["auto", "transformers", "ctranslate2"] = Field(
        "auto",
        description="What runs models: auto (ctranslate2 where it is installed and the model was "
        "converted for it, else transformers), or one of the two.",
    )
    quantization: Literal["none", "int8"] = Field(
        "none", description="int8 is faster on CPUs with ctranslate2, and writes other texts."
    )
    device: str = Field("auto", description="Where models run: auto, cpu, cuda or cuda:N.")
    batch_size: Annotated[int, Field(ge=1, le=1024)] = Field(
        8, description="Prompts run through a model at once; halved when memory runs out."
    )
    batch_tokens: Annotated[int, Field(ge=1024, le=10_000_000)] | None = Field(
        None,
        description="Tokens, prompts and answers together, run through a model at once; unset: "
        "as many as the device has memory for.",
    )
    generation_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = Field(
        600.0, description="How long one batch may write before it is cut."
    )
    tokenizer_workers: Annotated[int, Field(ge=0, le=64)] = Field(
        0, description="Processes that tokenise for the model; 0: its own."
    )
    window_overlap: Annotated[int, Field(ge=0, le=10)] = Field(
        1, description="Sentences that a window repeats of the one before it."
    )
    max_windows: Annotated[int, Field(ge=1, le=1000)] = Field(
        64, description="Windows read of one full text at most; the rest is listed as left out."
    )
    nli_model: str = Field(
        "none",
        description="A model that tells whether the source entails each generated sentence: the "
        "name of a declared one, or none.",
    )
    embedding_model: str = Field(
        "auto",
        description="Compares the meaning of records: auto (minilm where it is installed), the "
        "name of a sentence encoder, or none.",
    )
    lease_minutes: Annotated[float, Field(gt=0, le=1440)] = Field(
        15.0,
        description="After how long without a sign of life a worker's documents are given "
        "to another one.",
    )
    reread_on_change: bool = Field(
        True,
        description="Whether a new model, revision, prompt or decoding has what was read before "
        "read again; the older readings stay.",
    )
    max_new_tokens: Annotated[int, Field(ge=8, le=512)] = Field(
        64, description="How much a model may write for one summary or data item, in tokens."
    )
    database_timeout_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        900.0,
        description="PostgreSQL: how long one statement of a run may take, and how long a "
        "transaction may stand idle, before the server ends it; 0: for ever.",
    )
    hold_factor: Annotated[float, Field(ge=0, le=1000)] = Field(
        5.0,
        description="A changed query that finds so many times what it found before waits for a "
        "person before anything is fetched; 0: never.",
    )
    hold_records: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        1000, description="What a changed query may find in any case without waiting for a person."
    )
    reading_deployment: str = Field(
        "read-documents/read-on-gpu",
        description="The deployment that a night starts to have the documents read on another "
        "pool, as FLOW/DEPLOYMENT.",
    )
    dask_scheduler: str | None = Field(
        None,
        description="Address of a Dask scheduler (tcp://HOST:8786) whose workers search the "
        "windows of a backfill; unset: threads of this process.",
    )
    desk_url: str | None = Field(
        None,
        description="Address at which people reach the review desk (https://… behind a proxy), "
        "also for links in what runs report; unset: none.",
    )
    desk_host: str = Field(
        "127.0.0.1",
        description="Address of this machine that the desk listens on; any but loopback needs a "
        "desk_url with https.",
    )
    desk_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8765, description="Its port; 0: any free one."
    )
    desk_allowed_hosts: str = Field(
        "",
        description="Names, beside loopback's and desk_url's, by which the desk may be asked for, "
        "separated by commas.",
    )
    desk_trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto "
        "are believed, separated by commas; unset: nobody's.",
    )
    desk_allow_http: bool = Field(
        False,
        description="Let the desk listen beyond loopback without https: passwords and cookies "
        "then cross the network for everybody to read.",
    )
    desk_idle_hours: Annotated[float, Field(gt=0, le=720)] = Field(
        12.0, description="After how many hours without use a person signs in again."
    )
    desk_session_days: Annotated[float, Field(gt=0, le=90)] = Field(
        7.0, description="After how many days a person signs in again in any case."
    )
    notification_blocks: str = Field(
        "",
        description="Prefect blocks that people are told through, TYPE/NAME (slack-webhook/team), "
        "separated by commas; what is in them is the Prefect server's secret.",
    )
    mail_to: str = Field(
        "", description="Who gets e-mail about failures, gaps and alerts, separated by commas."
    )
    mail_from: str | None = Field(None, repr=False, description="The sender of that e-mail.")
    smtp_host: str | None = Field(
        None, description="The server that takes e-mail; unset: none is sent."
    )
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        587, description="Its port: 587 with starttls, 465 with tls."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; none for a server on loopback."
    )
    smtp_user: str | None = Field(
        None, repr=False, description="Who signs in there; unset: nobody."
    )
    smtp_password: SecretStr | None = Field(
        None, description="Their password; set it by environment."
    )
    log_level: str = Field("WARNING", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("ncbi_api_key", "ncbi_email", "served_api_key", "smtp_password", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("models_dir")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value and value.expanduser()

    @field_validator("models")
    @classmethod
    def _name_models(cls, value: dict[str, DeclaredModel]) -> dict[str, DeclaredModel]:
        return check_names(value)

    @field_validator("eutils_url", "pmc_cloud_url", "europe_pmc_url")
    @classmethod
    def _end_with_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("an address starts with http:// or https://")
        return value if value.endswith("/") else value + "/"

    @field_validator("desk_url")
    @classmethod
    def _whole_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("an address starts with http:// or https://")
        return value

    @field_validator("desk_trusted_proxies")
    @classmethod
    def _known_networks(cls, value: str) -> str:
        for one in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(one, strict=False)
            except ValueError:
                raise ValueError("addresses such as 127.0.0.1 or 10.0.0.0/8") from None
        return value

    @field_validator("device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        if not _DEVICE.fullmatch(value):
            raise ValueError("one of auto, cpu, cuda, cuda:0, cuda:1, …")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR")
        return value.upper()

    @property
    def accepted_models(self) -> frozenset[str]:
        """The names in ``accepted_terms``, in small letters."""
        names = (name.strip().casefold() for name in self.accepted_terms.split(","))
        return frozenset(name for name in names if name)

    @property
    def effective_requests_per_second(self) -> float:
        """The limit in force, in requests a second (NBK25497: 3 without a key, 10 with one)."""
        if self.requests_per_second is not None:
            return self.requests_per_second
        return 10.0 if self.ncbi_api_key else 3.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, ``litsweep.toml``."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=settings_file())
        return (init_settings, env_settings, toml)


def settings_file() -> Path:
    """Return the settings file's path, whether or not it exists."""
    return Path(os.environ.get("LITSWEEP_SETTINGS_FILE", SETTINGS_FILE))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; ``overrides`` are stronger than environment and file.

    Raises:
        SettingsError: the file cannot be read, or a value is unknown or out of range. The
            message names the setting and never repeats a value.
    """
    path = settings_file()
    if "LITSWEEP_SETTINGS_FILE" in os.environ and not path.is_file():
        raise SettingsError(
            f"LITSWEEP_SETTINGS_FILE names {path}, and there is no such file. "
            "Correct the variable, or unset it to use litsweep.toml of the working folder."
        )
    try:
        if path.exists() and not path.is_file():
            raise SettingsError(
                f"{path} is not a file. Move it away: settings are read from there."
            )
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_explain(error, path)) from None
    except UnreadableVariable as error:
        # Its own message names the field; its cause would repeat the value.
        raise SettingsError(
            f"A LITSWEEP_… variable is not the JSON that it should be: {error}. Such as "
            'LITSWEEP_MODELS=\'{"NAME": {"model_id": "…", …}}\'; or use litsweep.toml.'
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{path} is not valid TOML ({error}). Correct that line, or move the file away "
            "and run `litsweep init` for a fresh one."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"{path} cannot be read ({reason}). Mend it, or move it away and run `litsweep init` "
            "for a fresh one."
        ) from None


def _explain(error: ValidationError, path: Path) -> str:
    # A value may be a secret typed into the wrong line, so only names and reasons are shown.
    lines = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        name = ".".join(str(part) for part in problem["loc"])
        reason = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            reason = "there is no such setting"
        lines.append(f"  {name}: {reason}")
    return (
        f"The settings cannot be used (looked at {path} and the LITSWEEP_… environment):\n"
        + "\n".join(lines)
        + "\n`litsweep init` in an empty folder writes a file that explains every setting."
    )


def describe(settings: Settings) -> Mapping[str, str]:
    """Return each setting as text for people; a secret is shown as set or not set only."""
    described = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = "set (hidden)"
        elif value and name.endswith("_url"):
            value = hide_password(value)
        elif isinstance(value, dict):
            value = ", ".join(value) or None
        described[name] = "not set" if value is None else str(value)
    return described


def hide_password(url: str) -> str:
    """Return ``url`` with the password, if it has one, replaced by ``***``."""
    url = _PASSWORD_PARAMETER.sub("***", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(not an address)"  # what it hides cannot be told
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))


def unknown_variables() -> list[str]:
    """Return the names of the environment's LITSWEEP_ variables that set nothing.

    They are no error: on Kubernetes a service called litsweep puts some into every container.
    """
    known = {f"LITSWEEP_{name.upper()}" for name in Settings.model_fields}
    known.add("LITSWEEP_SETTINGS_FILE")
    return sorted(
        name
        for name in os.environ
        if name.upper().startswith("LITSWEEP_") and name.upper() not in known
    )
