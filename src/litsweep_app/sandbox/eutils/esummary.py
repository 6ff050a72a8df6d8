"""ESummary: document summaries, in the older XML, in version 2.0, and as JSON."""

from typing import Any, Final

from starlette.responses import Response

from litsweep_app.sandbox.eutils.docsum import (
    DocumentSummary,
    summarise_record,
    summarise_report,
)
from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.replies import element, error_reply, json_reply, xml_reply
from litsweep_app.sandbox.eutils.sets import RequestRefused, select_uids
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters
from litsweep_app.sandbox.query.vocabulary import LANGUAGES

_MAX_JSON: Final = 500
_VERSION_2: Final = (
    "-//NLM//DTD esummary {db} 20160808//EN",
    "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20160808/esummary_{db}.dtd",
)
_NO_SUMMARY: Final = "cannot get document summary"


def esummary(library: Library, history: History, parameters: Parameters) -> Response:
    """Answer one request for summaries; an unknown id gets an error of its own."""
    try:
        uids = select_uids(parameters, history)
    except RequestRefused as refusal:
        if parameters.wants_json:
            return json_reply("esummary", {"esummaryresult": [refusal.message]})
        message = refusal.message
        if message.startswith("ID list is empty"):
            return error_reply("eSummaryResult", "Empty id list - nothing todo")
        return error_reply("eSummaryResult", message, status=refusal.status)
    if parameters.wants_json and len(uids) > _MAX_JSON:
        return json_reply(
            "esummary",
            {
                "error": "Too many UIDs in request. Maximum number of UIDs is 500 for JSON "
                "format output."
            },
        )
    summaries = {uid: _summarise(library, parameters.db, uid) for uid in uids}
    if parameters.wants_json:
        return _write_json(summaries)
    if parameters.get("version") == "2.0":
        return _write_version_2(library, parameters.db, summaries)
    return xml_reply("eSummaryResult", "".join(_write_docsum(*pair) for pair in summaries.items()))


def _summarise(library: Library, db: str, uid: int) -> DocumentSummary | None:
    if db == "pubmed":
        record = library.records.get(uid)
        return summarise_record(record.tree) if record else None
    report = library.reports.get(uid)
    return summarise_report(report) if report else None


def _write_docsum(uid: int, summary: DocumentSummary | None) -> str:
    if summary is None:
        return f"\n\t<ERROR>UID={uid}: {_NO_SUMMARY}</ERROR>\n"

    def item(name: str, kind: str, text: str) -> str:
        return element("Item", text).replace("<Item>", f'<Item Name="{name}" Type="{kind}">', 1)

    def items(name: str, pairs: list[tuple[str, str]], kind: str = "String") -> str:
        inner = "".join(f"\n\t\t{item(key, kind, value)}" for key, value in pairs)
        return f'<Item Name="{name}" Type="List">{inner}\n\t</Item>'

    lines = [
        element("Id", uid),
        item("PubDate", "Date", summary.pubdate),
        item("EPubDate", "Date", summary.epubdate),
        item("Source", "String", summary.source),
        items("AuthorList", [("Author", name) for name in summary.authors]),
        item("LastAuthor", "String", summary.authors[-1] if summary.authors else ""),
        item("Title", "String", summary.title),
        item("Volume", "String", summary.volume),
        item("Issue", "String", summary.issue),
        item("Pages", "String", summary.pages),
        items("LangList", [("Lang", _name_language(code)) for code in summary.languages]),
        item("NlmUniqueID", "String", summary.nlm_unique_id),
        item("ISSN", "String", summary.issn),
        item("ESSN", "String", summary.essn),
        items("PubTypeList", [("PubType", kind) for kind in summary.publication_types]),
        item("RecordStatus", "String", summary.record_status),
        item("PubStatus", "String", summary.publication_status),
        items("ArticleIds", list(summary.article_ids)),
        items("History", list(summary.history), "Date"),
        item("HasAbstract", "Integer", str(int(summary.has_abstract))),
        item("FullJournalName", "String", summary.full_journal_name),
        item("ELocationID", "String", summary.elocation_id),
    ]
    return "\n<DocSum>" + "".join(f"\n\t{line}" for line in lines) + "\n</DocSum>\n"


def _name_language(code: str) -> str:
    return LANGUAGES.get(code, code).title()


def _write_version_2(
    library: Library, db: str, summaries: dict[int, DocumentSummary | None]
) -> Response:
    entries = []
    for uid, summary in summaries.items():
        inner = element("error", _NO_SUMMARY)
        if summary is not None:
            inner = "".join(_write_value(name, value) for name, value in _as_dict(summary).items())
        entries.append(f'<DocumentSummary uid="{uid}">{inner}</DocumentSummary>\n')
    build = element("DbBuild", f"Build{library.loaded_at:%y%m%d-%H%M}.1")
    inner = (
        f'\n<DocumentSummarySet status="OK">\n{build}\n{"".join(entries)}</DocumentSummarySet>\n'
    )
    public, system = _VERSION_2
    doctype = (public.format(db=db), system.format(db=db))
    return xml_reply("eSummaryResult", inner, doctype=doctype)


_XML_NAMES: Final = {
    "pubdate": "PubDate", "epubdate": "EPubDate", "source": "Source", "authors": "Authors",
    "lastauthor": "LastAuthor", "title": "Title", "sorttitle": "SortTitle", "volume": "Volume",
    "issue": "Issue", "pages": "Pages", "lang": "Lang", "nlmuniqueid": "NlmUniqueID",
    "issn": "ISSN", "essn": "ESSN", "pubtype": "PubType", "recordstatus": "RecordStatus",
    "pubstatus": "PubStatus", "articleids": "ArticleIds", "history": "History",
    "references": "References", "attributes": "Attributes", "fulljournalname": "FullJournalName",
    "elocationid": "ELocationID", "doctype": "DocType", "booktitle": "BookTitle",
    "sortdate": "SortDate", "name": "Name", "authtype": "AuthType", "idtype": "IdType",
    "value": "Value", "pubstatusname": "PubStatus", "date": "Date",
}  # fmt: skip
_MEMBERS: Final = {
    "authors": "Author",
    "articleids": "ArticleId",
    "history": "PubMedPubDate",
    "pubtype": "flag",
    "lang": "string",
    "attributes": "flag",
}


def _write_value(name: str, value: Any) -> str:
    tag = _XML_NAMES[name]
    if not isinstance(value, list):
        return element(tag, value)
    member = _MEMBERS.get(name, "Reference")
    inner = "".join(
        element(member, one)
        if isinstance(one, str)
        else f"<{member}>{''.join(_write_value(*pair) for pair in one.items())}</{member}>"
        for one in value
    )
    return f"<{tag}>{inner}</{tag}>"


def _as_dict(summary: DocumentSummary) -> dict[str, Any]:
    """Return the summary under the names of NCBI's JSON."""
    return {
        "pubdate": summary.pubdate,
        "epubdate": summary.epubdate,
        "source": summary.source,
        "authors": [{"name": name, "authtype": "Author"} for name in summary.authors],
        "lastauthor": summary.authors[-1] if summary.authors else "",
        "title": summary.title,
        "sorttitle": summary.title.lower().rstrip("."),
        "volume": summary.volume,
        "issue": summary.issue,
        "pages": summary.pages,
        "lang": list(summary.languages),
        "nlmuniqueid": summary.nlm_unique_id,
        "issn": summary.issn,
        "essn": summary.essn,
        "pubtype": list(summary.publication_types),
        "recordstatus": summary.record_status,
        "pubstatus": summary.publication_status,
        "articleids": [{"idtype": kind, "value": value} for kind, value in summary.article_ids],
        "history": [{"pubstatus": status, "date": day} for status, day in summary.history],
        "references": [],
        "attributes": ["Has Abstract"] if summary.has_abstract else [],
        "fulljournalname": summary.full_journal_name,
        "elocationid": summary.elocation_id,
        "doctype": summary.doc_type,
        "booktitle": summary.book_title,
        "sortdate": summary.sort_date,
    }


def _write_json(summaries: dict[int, DocumentSummary | None]) -> Response:
    result: dict[str, Any] = {"uids": [str(uid) for uid in summaries]}
    for uid, summary in summaries.items():
        content = {"error": _NO_SUMMARY} if summary is None else _as_dict(summary)
        result[str(uid)] = {"uid": str(uid), **content}
    return json_reply("esummary", {"result": result})
