"""EFetch: records and full texts as they are in the files."""

from typing import Final

from starlette.responses import Response

from litsweep_app.sandbox.answers import Alter, Answer, unaltered
from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.medline import write_abstract, write_medline
from litsweep_app.sandbox.eutils.replies import error_reply, text_reply
from litsweep_app.sandbox.eutils.sets import RequestRefused, select_uids
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters
from litsweep_app.sandbox.records import IndexedRecord

_RECORDS_START: Final = (
    b'<?xml version="1.0" ?>\n'
    b'<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    b"<PubmedArticleSet>"
)
_REPORTS_START: Final = (
    b'<?xml version="1.0"  ?><!DOCTYPE pmc-articleset PUBLIC "-//NLM//DTD ARTICLE SET 2.0//EN" '
    b'"https://dtd.nlm.nih.gov/ncbi/pmc/articleset/nlm-articleset-2.0.dtd"><pmc-articleset>'
)
_WRITERS: Final = {"medline": write_medline, "abstract": write_abstract}


def efetch(
    library: Library, history: History, parameters: Parameters, alter: Alter = unaltered
) -> Answer:
    """Answer one fetch; ids that are not here are left out, as PubMed does without a word.

    ``alter`` may change which records are given.
    """
    try:
        uids = select_uids(parameters, history)
    except RequestRefused as refusal:
        message = refusal.message
        return Answer(response=error_reply("eFetchResult", message, status=refusal.status))
    known = library.reports if parameters.db == "pmc" else library.records
    here = [uid for uid in uids if uid in known]
    if parameters.db == "pmc":
        return Answer(response=_fetch_reports(library, uids), uids=tuple(here))
    _, given = alter(len(here), here)
    records = [library.records[uid] for uid in given]
    return Answer(response=_write_records(records, parameters), uids=tuple(given))


def _write_records(records: list[IndexedRecord], parameters: Parameters) -> Response:
    rettype = parameters.get("rettype").lower()
    # There is no JSON here: PubMed answers such a request with the ids as text.
    if rettype == "uilist" or parameters.wants_json:
        return text_reply("".join(f"{record.pmid}\n" for record in records))
    writer = _WRITERS.get(rettype)
    if writer and parameters.get("retmode", "text").lower() == "text":
        return text_reply("\n".join(writer(record.tree) for record in records))
    body = b"".join(b"\n" + record.xml for record in records)
    content = _RECORDS_START + body + (b"\n" if body else b"") + b"</PubmedArticleSet>\n"
    return Response(content, media_type="text/xml; charset=UTF-8")


def _fetch_reports(library: Library, uids: list[int]) -> Response:
    parts = []
    for uid in uids:
        report = library.reports.get(uid)
        missing = f'<error id="{uid}">The following PMCID is not available: {uid}</error>'
        parts.append(report.xml if report else missing.encode())
    content = _REPORTS_START + b"".join(parts) + b"</pmc-articleset>\n"
    return Response(content, media_type="text/xml; charset=UTF-8")
