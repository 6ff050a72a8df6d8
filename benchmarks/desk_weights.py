"""What each page of the desk weighs as it is sent, with all that a browser loads for it."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import httpx

LIMIT_KB: Final = 100.0
_LOADED: Final = re.compile(r'(?:<link rel="stylesheet" href|<script[^>]* src)="([^"]+)"')
_IMPORTED: Final = re.compile(r"""(?:from|import)\s*\(?["'](\.?\.?/[^"']+)["']""")


def print_weights(address: str, session: str, topic: str) -> None:
    """Print, for each page, the kB of itself and of the files that it loads, as sent."""
    cookies = {"litsweep_desk": session}
    with httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=60) as client:
        print(f"\n{'page':48} {'page kB':>8} {'all kB':>8}   limit {LIMIT_KB:g} kB, gzip")
        for path in list_paths(topic):
            reply = client.get(path, follow_redirects=True)
            if not reply.is_success:
                print(f"{path[:48]:48} {reply.status_code:>8}")
                continue
            files = _find_files(client, reply.text)
            own, rest = _sent(reply), sum(files.values())
            verdict = "" if own + rest < LIMIT_KB * 1_000 else "  TOO HEAVY"
            print(f"{path[:48]:48} {own / 1e3:8.1f} {(own + rest) / 1e3:8.1f}{verdict}")


def list_paths(topic: str) -> Sequence[str]:
    """Return the addresses of the pages that a reviewer sees."""
    own = f"/topics/{quote(topic, safe='')}"
    return (
        "/",
        own,
        f"{own}/rules",
        f"{own}/queue/title_abstract",
        f"{own}/decisions",
        f"{own}/conflicts/title_abstract",
        f"{own}/agreement",
        f"{own}/flow",
        f"{own}/lists/new",
        "/records/1",
        "/search?q=hospital",
        "/alerts",
        "/runs",
        "/runs/1",
        "/error-rates",
        "/people",
        "/account",
        "/api",
    )


def _find_files(client: httpx.Client, page: str) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = _LOADED.findall(page)
    while wanted:
        path = wanted.pop()
        if path in found:
            continue
        reply = client.get(path)
        found[path] = _sent(reply)
        if path.partition("?")[0].endswith(".js"):
            base = reply.url
            wanted += [base.join(one).raw_path.decode() for one in _IMPORTED.findall(reply.text)]
    return found


def _sent(reply: httpx.Response) -> int:
    return reply.num_bytes_downloaded
