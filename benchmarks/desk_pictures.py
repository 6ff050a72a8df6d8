"""Pictures of every page of the review desk: light, dark and as wide as a phone.

``python -m benchmarks.desk_pictures FOLDER`` serves a desk with the fictitious sample and writes
PNG files into FOLDER; with ``--docs``, it writes the few of docs/pictures, with 128 colours each.
"""

import argparse
import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.pictured_desk import fill_for_pictures
from db.desk_sessions import start_session
from db.engine import open_database
from litsweep.settings import Settings
from litsweep_app.ports import free_port
from litsweep_app.web.application import build_application
from litsweep_app.web.security.guard import COOKIE
from tests.fakes.desk_addresses import list_addresses

CHROMIUM: Final = Path("/usr/bin/chromium")
PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
LARGEST_BYTES: Final = 120_000
_TALLEST: Final = 2_400
_N_COLOURS: Final = 128


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    is_dark: bool


LOOKS: Final = (
    Look("light", 1280, 800, False),
    Look("dark", 1280, 800, True),
    Look("phone", 390, 844, False),
)
OF_DOCS: Final = (
    ("overview", "/", LOOKS[0]),
    ("card", "/topics/everything/queue/title_abstract", LOOKS[0]),
    ("card-dark", "/topics/everything/queue/title_abstract", LOOKS[1]),
    ("topic", "/topics/everything", LOOKS[0]),
    ("card-phone", "/topics/everything/queue/title_abstract", LOOKS[2]),
)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=PICTURES)
    parser.add_argument("--docs", action="store_true", help="only those of docs/pictures")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with serving() as (address, secret), _browser() as browser:
        if given.docs:
            for name, path, look in OF_DOCS:
                with _looking(browser, look, address, secret) as context:
                    _take(context, f"{address}{path}", given.folder / f"{name}.png", small=True)
            return
        for look in LOOKS:
            with _looking(browser, look, address, secret) as context:
                for path in list_addresses():
                    name = path.strip("/").replace("/", "-").replace("?", "-") or "overview"
                    file = given.folder / f"{name[:60]}.{look.name}.png"
                    _take(context, f"{address}{path}", file, small=False)


@contextmanager
def serving() -> Iterator[tuple[str, str]]:
    """Serve a desk for pictures; give its address and the secret of a lead's session."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/pictures.db", create=True)
        now = datetime.now(UTC)
        fill_for_pictures(database, now)
        with database.writing() as conn:
            secret = start_session(conn, 1, now)
        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(
                build_application(database, Settings()), port=port, log_config=None, lifespan="off"
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.02)
        yield f"http://127.0.0.1:{port}", secret
        server.should_exit = True
        thread.join(20)
        database.close()


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--hide-scrollbars"],
            timeout=120_000,
        )
        yield launched
        launched.close()


@contextmanager
def _looking(browser: Browser, look: Look, address: str, secret: str) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.is_dark else "light",
    )
    context.add_cookies([{"name": COOKIE, "value": secret, "url": address}])
    yield context
    context.close()


def _take(context: BrowserContext, address: str, file: Path, *, small: bool) -> None:
    page = context.new_page()
    page.goto(address)
    width = page.evaluate("document.documentElement.scrollWidth")
    height = page.evaluate("document.documentElement.scrollHeight")
    shown = page.viewport_size or {"width": 1280, "height": 800}
    tall = shown["height"] if small else min(height, _TALLEST)
    taken = page.screenshot(
        full_page=True,
        clip={"x": 0, "y": 0, "width": shown["width"], "height": tall},
        animations="disabled",
    )
    page.close()
    file.write_bytes(_with_few_colours(taken) if small else taken)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB{_warn(width, shown['width'])}")


def _warn(width: int, shown: int) -> str:
    return f", WIDER THAN THE SCREEN: {width} px" if width > shown else ""


def _with_few_colours(taken: bytes) -> bytes:
    """Return a PNG with a palette where Pillow is there, else as it was taken."""
    try:
        from PIL import Image
    except ImportError:
        return taken
    written = io.BytesIO()
    image = Image.open(io.BytesIO(taken)).convert("RGB").quantize(_N_COLOURS)
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
