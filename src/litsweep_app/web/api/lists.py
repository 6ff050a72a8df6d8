"""The lists of a topic's records: new, flagged, retracted, decided upon."""

from datetime import date, datetime
from typing import Final

from pydantic import Field

from db.list_choices import RecordList
from db.record_lists import Sort, list_records
from litsweep.domain.decisions import Stage
from litsweep_app.web.api.answers.decisions import DecisionAnswer
from litsweep_app.web.api.answers.records import FoundAnswer
from litsweep_app.web.api.endpoint import Endpoint
from litsweep_app.web.api.exporting import YesNo
from litsweep_app.web.api.values import Answer, Asked, Limit, Name, Number
from litsweep_app.web.list_filters import complete, read_list
from litsweep_app.web.visit import Visit


class ListAsked(Asked):
    """What narrows and orders a list."""

    since: date | None = Field(
        None, description="Of the new: found since this day, else since the last whole sweep."
    )
    stage: Stage | None = Field(None, description="Of the lists of decisions.")
    reason: Name | None = Field(None, description="Of the excluded: for this reason.")
    sort: Sort = Sort.LAST
    reverse: YesNo = Field("no", description="`yes` turns the order round.")
    after: Number | None = Field(None, description="The `next` of the page before.")
    limit: Limit = 50


class ListedAnswer(Answer):
    """A record of a list; `remarks` say why it is on it, `decisions` are those I may see."""

    record: FoundAnswer
    found_at: datetime
    is_late: bool
    lag_days: int | None
    remarks: list[str]
    decisions: list[DecisionAnswer]


class ListAnswer(Answer):
    """A page of a list. `n_records` is null where it is too long to be counted; `order_reason`
    says why it is not in the order asked for; `is_cut`: as many records were looked at as an
    answer may, and more may follow.
    """

    items: list[ListedAnswer]
    next: int | None
    n_records: int | None
    sort: Sort
    order_reason: str | None
    is_cut: bool


def list_topic_records(
    visit: Visit, topic: Name, record_list: RecordList, query: ListAsked
) -> ListAnswer:
    """A list of a topic's records, in any order.

    Of conflicts a lead is shown all, everybody else their own.
    """
    asked = read_list(topic, record_list, visit.query, visit.me)
    with visit.database.reading() as conn:
        page = list_records(conn, complete(conn, asked), limit=query.limit)
    return ListAnswer(
        items=[ListedAnswer.model_validate(one) for one in page.listed],
        next=page.after,
        n_records=None if page.n_all is None else page.n_all.n_records,
        sort=page.sort,
        order_reason=page.order_reason,
        is_cut=page.is_cut,
    )


ENDPOINTS: Final = (
    Endpoint(
        method="GET",
        path="/topics/{topic}/lists/{record_list}",
        handler=list_topic_records,
        errors=(404,),
    ),
)
