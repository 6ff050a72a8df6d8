"""Authors, collectives, investigators, and the spellings of an ORCID."""

from collections import Counter

import pytest
from lxml import etree

from litsweep.parsing.people import find_orcid, read_people


@pytest.mark.parametrize(
    "text",
    [
        "0000-0002-1825-0097",
        "0000000218250097",
        "http://orcid.org/0000-0002-1825-0097",
        "https://orcid.org/0000-0002-1825-0097",
        " 0000-0002-1825-0097 ",
    ],
)
def test_every_spelling_of_an_orcid_is_one(text: str) -> None:
    assert find_orcid(text) == "0000-0002-1825-0097"


@pytest.mark.parametrize(
    "text", ["", "0000-0002-1825-0098", "0000-0002-1825-009", "n/a", "https://orcid.org/"]
)
def test_what_is_no_orcid_is_none(text: str) -> None:
    assert find_orcid(text) is None


def test_an_orcid_may_end_in_x() -> None:
    assert find_orcid("0000-0002-1694-233x") == "0000-0002-1694-233X"


def test_people_of_a_list() -> None:
    people = etree.fromstring(
        "<AuthorList>"
        '<Author ValidYN="Y" EqualContrib="Y"><LastName>Nemo</LastName><ForeName>Ann B</ForeName>'
        "<Initials>AB</Initials><Suffix>Jr</Suffix>"
        '<Identifier Source="ISNI">1</Identifier><Identifier Source="ORCID">bad</Identifier>'
        '<Identifier Source="ORCID">0000000218250097</Identifier>'
        "<AffiliationInfo><Affiliation>Here &amp; <i>there</i></Affiliation></AffiliationInfo>"
        "<AffiliationInfo><Affiliation>Elsewhere</Affiliation>"
        '<Identifier Source="ROR">https://ror.org/0</Identifier></AffiliationInfo>'
        "<Role>first</Role></Author>"
        '<Author ValidYN="N"><LastName>Nemmo</LastName></Author>'
        "<Author><CollectiveName>The <i>Nobody</i> Group</CollectiveName></Author>"
        "<Author/></AuthorList>"
    )
    unknown: Counter[str] = Counter()
    author, group = read_people([people], "Author", unknown)
    assert author.name == "Nemo AB Jr"
    assert author.fore_name == "Ann B"
    assert author.orcid == "0000-0002-1825-0097"
    assert author.affiliations == ("Here & there", "Elsewhere")
    assert group.name == "The Nobody Group"
    assert author.affiliation_ids == (("ROR", "https://ror.org/0"),)
    assert (author.is_equal_contributor, group.is_equal_contributor) == (True, False)
    assert unknown == {"Author/Role": 1}
