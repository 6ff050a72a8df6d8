"""The desk as an application: addresses, errors, and names with a slash."""

from collections.abc import Callable

from starlette.testclient import TestClient

from litsweep.domain.reviewers import Role
from litsweep_app.web.visit import path_to

Clients = Callable[[Role | None], TestClient]


def test_an_unknown_address_is_a_page_for_people_and_json_for_programs(client_of: Clients) -> None:
    client = client_of(Role.READER)
    assert client.get("/nowhere").status_code == 404
    assert "There is nothing here" in client.get("/nowhere").text
    assert client.get("/api/nowhere").json() == {"error": "Not Found", "status": 404}


def test_addresses_keep_slashes_and_leave_out_what_is_not_asked() -> None:
    assert path_to("topics", "a/b c") == "/topics/a%2Fb%20c"
    assert path_to("search", q="x&y", topic=None, type=["a", "b"]) == (
        "/search?q=x%26y&type=a&type=b"
    )
