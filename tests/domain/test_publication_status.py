"""What is said of a publication, from either side, and what of it counts."""

from collections.abc import Sequence

import pytest

from litsweep.domain.publication_status import PublicationStatus, StatusLink, assess

RETRACTED_PUBLICATION, NOTICE = "D016441", "D016440"


def link(ref_type: str, *, is_own: bool = True, pmid: int | None = 9) -> StatusLink:
    return StatusLink(ref_type=ref_type, is_own=is_own, pmid=pmid, citation="J Fict. 2026")


def weigh(
    *links: StatusLink, title: str = "A title", uis: Sequence[str | None] = ()
) -> PublicationStatus:
    return assess(title, uis, links).status


@pytest.mark.parametrize(
    ("own", "notice", "status"),
    [
        ("ErratumIn", "ErratumFor", "corrected"),
        ("CorrectedandRepublishedIn", "CorrectedandRepublishedFrom", "republished"),
        ("ExpressionOfConcernIn", "ExpressionOfConcernFor", "of_concern"),
        ("PartialRetractionIn", "PartialRetractionOf", "partly_retracted"),
        ("RetractionIn", "RetractionOf", "retracted"),
        ("RetractedandRepublishedIn", "RetractedandRepublishedFrom", "retracted"),
    ],
)
def test_either_side_of_a_link_says_it(own: str, notice: str, status: str) -> None:
    assert weigh(link(own)) == weigh(link(notice, is_own=False)) == status
    # A notice is not what it speaks of, nor is a publication that its own notice points at.
    assert weigh(link(notice)) == weigh(link(own, is_own=False)) == "as_published"


@pytest.mark.parametrize(
    "ref_type", ["CommentIn", "UpdateIn", "UpdateOf", "RepublishedIn", "SummaryForPatientsIn"]
)
def test_other_links_say_nothing_against_it(ref_type: str) -> None:
    assert weigh(link(ref_type)) == weigh(link(ref_type, is_own=False)) == "as_published"


def test_the_gravest_counts_and_comes_first() -> None:
    found = assess("T", (), (link("ErratumIn"), link("RetractionIn", pmid=7)), None)
    assert found.status is PublicationStatus.RETRACTED
    assert found.reasons == (
        "It says RetractionIn: PMID 7, J Fict. 2026.",
        "It says ErratumIn: PMID 9, J Fict. 2026.",
    )
    deleted = assess("T", (), (link("RetractionIn"),), "PubMed has deleted it.")
    assert deleted.status is PublicationStatus.DELETED


def test_the_publication_type_is_matched_by_its_identifier() -> None:
    assert weigh(uis=(None, RETRACTED_PUBLICATION)) == "retracted"
    assert weigh(uis=(NOTICE, "D016428")) == "as_published"


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("WITHDRAWN: Lorvexine for tremor.", "withdrawn"),
        ("[WITHDRAWN: Lorvexine]", "withdrawn"),
        ("RETRACTED: Lorvexine for tremor", "retracted"),
        ("RETRACTED ARTICLE: Lorvexine for tremor", "retracted"),
        ("Retracted: a study of withdrawn drugs", "as_published"),
        ("Patients withdrawn from trials", "as_published"),
        ("WITHDRAWN patients", "as_published"),
    ],
)
def test_titles_that_publishers_mark(title: str, status: str) -> None:
    assert weigh(title=title) == status


def test_a_notice_repeats_the_title_of_another() -> None:
    assert weigh(title="RETRACTED: Lorvexine for tremor", uis=(NOTICE,)) == "as_published"


def test_the_order_of_gravity_is_the_order_of_the_members() -> None:
    assert [one.gravity for one in PublicationStatus] == list(range(len(PublicationStatus)))
