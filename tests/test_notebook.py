"""The notebook for analysts runs, and its pictures show what SQL counts."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import schema
from db.console import run_select
from db.engine import open_database
from tests.fakes.filled_database import fill_whole

plt: Any = pytest.importorskip(
    "matplotlib.pyplot", reason="matplotlib is not installed: pip install 'litsweep[analysis]'"
)

NOTEBOOK = Path(__file__).parents[1] / "docs" / "analysis.ipynb"
CELLS = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows."""
    path = tmp_path_factory.mktemp("notebook") / "litsweep.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def filled_url(empty_file: Path) -> str:
    """Address of a database with all that a review holds."""
    url = f"sqlite:///{shutil.copy(empty_file, empty_file.with_name('filled.db'))}"
    database = open_database(url)
    fill_whole(database)
    database.close()
    return url


@pytest.fixture(autouse=True)
def _agg() -> Iterator[None]:
    """Draw without a screen, and leave matplotlib as it was."""
    plt.switch_backend("agg")
    with plt.rc_context():
        yield
    plt.close("all")


def run_notebook(url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the code cells in order; return their names, every figure drawn."""
    monkeypatch.setenv("LITSWEEP_DATABASE_URL", url)
    namespace: dict[str, Any] = {}
    for cell in CELLS:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), namespace)
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    return namespace


def axes_by_title() -> dict[str, Any]:
    axes = [axes for number in plt.get_fignums() for axes in plt.figure(number).axes]
    assert all(one.get_xlabel() for one in axes)
    return {one.get_title(loc="left"): one for one in axes}


def bars_of(axes: Any) -> dict[str, float]:
    """Return the lengths of horizontal bars by their labels."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    return {name: bar.get_width() for name, bar in zip(names, axes.patches, strict=True)}


def rows_of(url: str, statement: str) -> list[tuple[Any, ...]]:
    return list(run_select(url, statement, max_rows=10_000, timeout_s=60).rows)


def test_the_pictures_show_what_sql_counts(
    filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run_notebook(filled_url, monkeypatch)
    axes = axes_by_title()
    years = "SELECT substr(publication_date, 1, 4), count(*) FROM records GROUP BY 1"
    heights = {
        round(bar.get_x() + bar.get_width() / 2): bar.get_height()
        for bar in axes["Records by year of publication"].patches
    }
    counted = {int(year): n for year, n in rows_of(filled_url, years)}
    assert {year: n for year, n in heights.items() if n} == counted
    assert set(heights) >= set(range(min(counted), max(counted) + 1)), "a year without is shown"

    types = dict(
        rows_of(filled_url, "SELECT name, count(*) FROM record_publication_types GROUP BY 1")
    )
    shown = bars_of(axes["Publication types (PubMed)"])
    assert "Journal Article" not in shown and len(shown) > 5
    assert shown == {name: types[name] for name in shown}
    designs = rows_of(
        filled_url,
        "SELECT coalesce(value, 'no design named'), count(*) FROM findings "
        "WHERE data_item = 'design' GROUP BY 1",
    )
    assert bars_of(axes["Designs (machine-read)"]) == dict(designs)

    sizes = axes["Participants (machine-read, unverified)"].collections[0].get_offsets()
    assert sorted(int(size) for size in sizes[:, 0]) == [5, 180, 486, 612, 820, 1126]
    assert list(names["sizes"]["n"]) == [5, 180, 486, 612, 820, 1126]


def test_screening_is_shown_as_it_went(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_notebook(filled_url, monkeypatch)
    axes = axes_by_title()
    assert bars_of(axes["Records now, on title and abstract"]) == {
        "included": 1,
        "excluded": 1,
        "unsure": 1,
        "in conflict": 1,
        "undecided": 38,
    }
    # Ada's include of the third record is taken away by her exclude.
    steps = {
        line.get_label(): list(line.get_ydata()) for line in axes["Decisions that stood"].lines
    }
    assert steps == {
        "include": [1, 2, 3, 3, 4, 3, 3, 3],
        "exclude": [0, 0, 0, 1, 1, 2, 2, 2],
        "unsure": [0, 0, 0, 0, 0, 0, 1, 1],
    }


def test_an_empty_database_gives_empty_pictures(
    empty_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_notebook(f"sqlite:///{empty_file}", monkeypatch)
    axes = axes_by_title()
    assert len(axes) == 6
    assert set(bars_of(axes["Records now, on title and abstract"]).values()) == {0}


def test_it_is_kept_without_outputs_and_machine_paths() -> None:
    text = NOTEBOOK.read_text("utf-8")
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
    for cell in CELLS:
        assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", cell["id"])
        needed = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            needed |= {"execution_count", "outputs"}
            assert (cell["execution_count"], cell["outputs"]) == (None, [])
        assert set(cell) == needed
    assert not re.search(r"/(?:home|work|tmp|Users|root)/", text)
