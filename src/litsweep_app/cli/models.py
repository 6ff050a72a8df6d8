"""``litsweep models``: which models there are, on what terms, and whether they run here."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litsweep.domain.error_rates import ErrorRate, Tally
from litsweep.domain.models import ModelSpec
from litsweep.errors import UsageError
from litsweep.models.converting import convert_apart, convert_for_ctranslate2
from litsweep.models.loading import is_available
from litsweep.models.packaged import packaged_sha256
from litsweep.models.registry import get_spec, list_models
from litsweep.models.terms import is_accepted
from litsweep.settings import Settings, load_settings
from litsweep_app.cli.console import Exit, say, show, show_json, show_table

if TYPE_CHECKING:
    from litsweep.models.inspection import ModelCheck

app = typer.Typer(
    help="List the models, try them, and convert what was downloaded.", no_args_is_help=True
)
_NAME_HELP = "Name or alias of the model."


class Target(StrEnum):
    """What a model can be converted to."""

    SAFETENSORS = "safetensors"
    """The format that litsweep loads, from PyTorch's pickle."""
    CTRANSLATE2 = "ctranslate2"
    """The faster engine's own format, from safetensors."""


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the models: size, window, licence, intended use, and whether they can be used here."""
    settings = load_settings()
    found = [describe_model(spec, settings) for spec in list_models(settings)]
    if as_json:
        return show_json(found)
    for one in found:
        also = f" (also {', '.join(one['aliases'])})" if one["aliases"] else ""
        what = ": a demonstration, often wrong" if one["is_demonstration"] else ""
        show(f"{one['name']}{also}{what}")
        for label, value in _lines(one):
            show(f"  {label}: {value}")
        show()


def describe_model(spec: ModelSpec, settings: Settings) -> dict[str, Any]:
    """Return all that is known of a model, under the names that ``--json`` prints."""
    found = is_available(spec, settings)
    return {
        "name": spec.name,
        "aliases": list(spec.aliases),
        "kind": spec.kind.value,
        "model_id": spec.model_id,
        "revision": spec.revision,
        "n_parameters": spec.n_parameters,
        "context_window": spec.context_window,
        "licence": spec.licence,
        "licence_url": spec.licence_url,
        "intended_use": spec.intended_use,
        "needs_acceptance": spec.needs_acceptance,
        "is_accepted": is_accepted(spec, settings),
        "weights_sha256": spec.weights_sha256 or packaged_sha256(spec.name),
        "served_at": spec.served_at,
        "is_declared": spec.name in settings.models,
        "is_demonstration": spec.is_demonstration,
        "is_available": found.is_available,
        "reason": found.reason,
        "engine": found.engine or None,
    }


def _lines(one: dict[str, Any]) -> list[tuple[str, str]]:
    n_parameters = one["n_parameters"]
    size = "not stated" if n_parameters is None else f"{n_parameters / 1e6:,.0f} million"
    lines = [
        ("kind", one["kind"]),
        ("model id", one["model_id"]),
        ("revision", one["revision"]),
        ("parameters", size),
        ("context window", f"{one['context_window']:,} tokens"),
        ("licence", " ".join(filter(None, (one["licence"], one["licence_url"])))),
        ("intended use", one["intended_use"]),
    ]
    if one["needs_acceptance"]:
        accepted = "accepted in accepted_terms" if one["is_accepted"] else "not accepted yet"
        lines.append(("terms", accepted))
    if one["weights_sha256"]:
        lines.append(("pinned weights", f"sha256 {one['weights_sha256']}"))
    if one["engine"]:
        lines.append(("engine", one["engine"]))
    usable = "can be used" if one["is_available"] else "cannot be used"
    return [*lines, (usable, one["reason"])]


@app.command("error-rates")
def error_rates(
    topic: Annotated[str | None, typer.Option(help="Only texts of this topic's records.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Show how often people found each model wrong, by what they judged at the desk.

    What people choose to judge looks suspicious; only what chance drew, "audited", speaks for
    all texts. Rates have 95 % intervals (Wilson).
    """
    from db.engine import open_database
    from db.error_rates import measure_error_rates

    with open_database(load_settings().database_url).reading() as conn:
        found = measure_error_rates(conn, topic)
    if as_json:
        return show_json([_describe_rate(one) for one in found])
    if not found:
        return say("Nobody has judged anything yet: `litsweep desk`, Error rates, judge.")
    rows: list[list[Any]] = [
        [
            one.maker.task,
            one.maker.method,
            one.maker.model_id,
            one.n_shown,
            _say_rate(one.judged),
            _say_rate(one.audited),
        ]
        for one in found
    ]
    show_table(["task", "method", "made by", "shown", "judged", "audited"], rows)


def _describe_rate(rate: ErrorRate) -> dict[str, Any]:
    tallies = {"judged": rate.judged, "audited": rate.audited}
    return asdict(rate) | {
        name: asdict(tally) | {"rate": tally.rate, "interval": tally.interval}
        for name, tally in tallies.items()
    }


def _say_rate(tally: Tally) -> str:
    if tally.rate is None or tally.interval is None:
        return "none"
    low, high = tally.interval
    disputed = f", {tally.n_disputed} disputed" if tally.n_disputed else ""
    n_settled = tally.n_right + tally.n_wrong
    return f"{tally.n_wrong} of {n_settled} wrong ({low:.0%} to {high:.0%}){disputed}"


@app.command("check")
def check(name: Annotated[str, typer.Argument(help=_NAME_HELP)]) -> None:
    """Load a model, let it write a line, and report memory and speed."""
    from litsweep.models.inspection import check as try_out

    settings = load_settings()
    spec = get_spec(name, settings)
    found = is_available(spec, settings)
    if not found.is_available:
        say(f"{spec.name} cannot be used: {found.reason}")
        raise typer.Exit(Exit.INCOMPLETE)
    say(f"Loading {spec.name} …")
    done = try_out(spec, settings)
    show_table(["", spec.name], _measured(done))


def _measured(done: "ModelCheck") -> list[list[Any]]:
    rows: list[list[Any]] = [
        ["weights", f"sha256 {done.weights_sha256}" if done.weights_sha256 else "served elsewhere"],
        ["run by", done.engine],
        ["loaded in", f"{done.load_seconds:.1f} s"],
        ["peak memory of the process", f"{done.peak_memory_bytes / 2**20:,.0f} MiB"],
    ]
    if done.gpu_memory_bytes is not None:
        rows.append(["peak memory of the GPU", f"{done.gpu_memory_bytes / 2**20:,.0f} MiB"])
    if done.speed is not None:
        rows += [
            ["writes", f"{done.speed.single:.1f} tokens a second, one prompt at a time"],
            ["", f"{done.speed.batched:.1f} tokens a second, eight prompts at once"],
            ["reads", f"{done.speed.reading:.0f} tokens a second"],
            ["it wrote", done.sample_output],
        ]
    return [row for row in rows if row[1] is not None]


@app.command("convert")
def convert(
    name: Annotated[str, typer.Argument(help=_NAME_HELP)],
    source: Annotated[Path, typer.Argument(help="The folder that the model was downloaded to.")],
    target: Annotated[
        Path | None,
        typer.Option(help="Where the safetensors go; models_dir/NAME unless given."),
    ] = None,
    engine: Annotated[Target, typer.Option(help="What to convert to.")] = Target.SAFETENSORS,
) -> None:
    """Convert a downloaded model once: a pickle to safetensors, or safetensors for CTranslate2.

    A process of its own does it, without this one's environment: a pickle can hold code.
    """
    settings = load_settings()
    spec = get_spec(name, settings)
    if engine is Target.CTRANSLATE2:
        if target is not None:
            raise UsageError("--target is for safetensors: CTranslate2's files lie beside those.")
        say(f"Converting {spec.name} for CTranslate2 …")
        show(f"Written: {convert_for_ctranslate2(spec, source)}")
        return
    into = _target(spec, settings) if target is None else target
    say(f"Converting {spec.name} to safetensors …")
    sha256 = convert_apart(spec, source, into)
    show(f"Written: {into}")
    show(f"sha256 {sha256}")
    if settings.models_dir is None or into.resolve() != (settings.models_dir / spec.name).resolve():
        say(f"It is found where models_dir/{spec.name} or its declaration's folder is {into}.")


def _target(spec: ModelSpec, settings: Settings) -> Path:
    declared = settings.models.get(spec.name)
    if declared is not None and declared.folder is not None:
        return declared.folder
    if settings.models_dir is None:
        raise UsageError(
            f"Say where the safetensors go: --target FOLDER/{spec.name}, or set models_dir."
        )
    return settings.models_dir / spec.name
