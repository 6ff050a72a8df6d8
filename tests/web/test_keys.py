"""A person's own keys."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from litsweep.domain.reviewers import Role
from litsweep.errors import UsageError
from litsweep_app.web.key_sets import ACTIONS, LITSWEEP, PRESETS, check_keys, keys_of
from litsweep_app.web.visit import path_to
from tests.fakes.filled_database import TOPIC

Clients = Callable[[Role | None], TestClient]


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_are_whole_and_free_of_conflicts(name: str) -> None:
    assert check_keys(PRESETS[name]) == dict(PRESETS[name])


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"include": "e"}, id="two-things"),
        pytest.param({"include": ""}, id="no-key"),
        pytest.param({"include": "7"}, id="a-digit"),
        pytest.param({"include": "?"}, id="taken"),
        pytest.param({"include": "ab"}, id="two-letters"),
        pytest.param({"include": "\u200b"}, id="unseen"),
    ],
)
def test_keys_that_cannot_be_used_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        check_keys({**PRESETS[LITSWEEP], **changed})


def test_preferences_that_make_no_sense_count_as_none() -> None:
    assert keys_of({"keys": {"include": "e"}}) == dict(PRESETS[LITSWEEP])
    assert keys_of({"keys": "x"}) == dict(PRESETS[LITSWEEP])


def test_keys_are_stored_and_shown_at_the_card(client_of: Clients) -> None:
    client = client_of(Role.REVIEWER)
    assert 'value="r"' in client.get("/keys?as=ASReview").text
    given = {**PRESETS["ASReview"], "include": "ARROWUP", "judge_first": "yes"}
    assert client.post("/keys", data=given).status_code == 303
    card = client.get(path_to("topics", TOPIC, "queue", "title_abstract"), follow_redirects=True)
    assert "<kbd>ArrowUp</kbd>" in card.text
    assert "judge first" in card.text
    refused = client.post("/keys", data={**given, "exclude": "ArrowUp"})
    assert refused.status_code == 400
    assert "would do two things" in refused.text
    assert len(ACTIONS) == refused.text.count("data-key-field")
