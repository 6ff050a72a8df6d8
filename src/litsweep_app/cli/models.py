"""``litsweep models``: which models there are, on what terms, and whether they run here."""

from typing import Annotated, Any

import typer

from litsweep.models.loading import is_available
from litsweep.models.registry import MODELS, get_spec
from litsweep.settings import load_settings
from litsweep_app.cli.console import Exit, say, show, show_json, show_table

app = typer.Typer(help="List the models and try them.", no_args_is_help=True)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the models: revision, licence, intended use, and whether they are on this machine."""
    settings = load_settings()
    found: list[dict[str, Any]] = [
        {
            "name": spec.name,
            "aliases": list(spec.aliases),
            "model_id": spec.model_id,
            "revision": spec.revision,
            "context_window": spec.context_window,
            "licence": spec.licence,
            "intended_use": spec.intended_use,
            "is_demonstration": spec.is_demonstration,
            "is_available": is_available(spec, settings).is_available,
            "reason": is_available(spec, settings).reason,
        }
        for spec in MODELS.values()
    ]
    if as_json:
        return show_json(found)
    for one in found:
        also = f" (also {', '.join(one['aliases'])})" if one["aliases"] else ""
        what = ": a demonstration, often wrong" if one["is_demonstration"] else ""
        show(f"{one['name']}{also}{what}")
        keys = ("model_id", "revision", "context_window", "licence", "intended_use", "reason")
        for key in keys:
            show(f"  {key.replace('_', ' ')}: {one[key]}")
        show()


@app.command("check")
def check(name: Annotated[str, typer.Argument(help="Name or alias of the model.")]) -> None:
    """Load a model, let it write a line, and report memory and speed."""
    from litsweep.models.inspection import check as try_out

    settings = load_settings()
    spec = get_spec(name)
    found = is_available(spec, settings)
    if not found.is_available:
        say(f"{spec.name} cannot be used: {found.reason}")
        raise typer.Exit(Exit.INCOMPLETE)
    say(f"Loading {spec.name} …")
    done = try_out(spec, settings)
    rows: list[list[Any]] = [
        ["weights", f"sha256 {done.weights_sha256}"],
        ["loaded in", f"{done.load_seconds:.1f} s"],
        ["peak memory", f"{done.peak_memory_bytes / 2**20:,.0f} MiB"],
    ]
    if done.tokens_per_second is not None:
        rows.append(
            ["speed", f"{done.tokens_per_second:.1f} tokens a second, one prompt at a time"]
        )
        rows.append(["it wrote", done.sample_output])
    show_table(["", spec.name], rows)
