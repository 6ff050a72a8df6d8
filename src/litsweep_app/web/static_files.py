"""The desk's own styles and scripts: kept by browsers for good, under addresses that change."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
_FOREVER: Final = "public, max-age=31536000, immutable"


@cache
def static_path(name: str) -> str:
    """Return the address of a file of ``static/``, with what tells its versions apart.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return f"/static/{name}?v={_version(name)}"


class VersionedFiles(StaticFiles):
    """Serves files; what is asked for by `static_path` is kept, else a browser asks again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file's answer, with how long it may be kept."""
        found = await super().get_response(path, scope)
        if found.status_code in {200, 206, 304}:
            asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
            found.headers["Cache-Control"] = _FOREVER if asked == [_version(path)] else "no-cache"
        return found


@cache
def _version(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]
