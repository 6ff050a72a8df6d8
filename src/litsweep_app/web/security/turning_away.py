"""What somebody sees who is not signed in: the way to the page where they do so."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from litsweep_app.web.rendering import render
from litsweep_app.web.security.own_paths import own_path
from litsweep_app.web.visit import path_to


def ask_to_sign_in(request: Request) -> Response:
    """Send a person to the sign-in page, and from there back to what they asked for.

    What a form or a script sent is not sent on: it is said that nothing was stored. Who comes by
    a link from another site brings no cookie, which is SameSite=Strict, though they may well be
    signed in: a page of ours asks again, and then they bring it.
    """
    wanted = _wanted(request)
    if request.method not in {"GET", "HEAD"} or "hx-request" in request.headers:
        page = render("signed_out.html", path=path_to("sign-in", next=_page_of(request)))
        return HTMLResponse(page, status_code=401)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(render("asking_again.html", path=wanted))
    return RedirectResponse(path_to("sign-in", next=wanted), status_code=303)


def _wanted(request: Request) -> str:
    raw = request.scope.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace")
    query = request.url.query
    return own_path(f"{raw}?{query}" if query else raw)


def _page_of(request: Request) -> str:
    """Return the page that sent something, as far as the browser tells it."""
    referer = request.headers.get("referer", "")
    base = str(request.base_url)
    return own_path("/" + referer.removeprefix(base)) if referer.startswith(base) else "/"
