"""ELink: from records to their full texts and back; no other links are known here."""

from typing import Any

from starlette.responses import Response

from litsweep_app.sandbox.eutils.replies import element, error_reply, json_reply, xml_reply
from litsweep_app.sandbox.eutils.sets import DATABASES, parse_uid
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters


def elink(library: Library, parameters: Parameters) -> Response:
    """Answer with one LinkSet for each ``id`` parameter; a comma list shares one."""
    source = (parameters.get("dbfrom") or "pubmed").lower()
    target = (parameters.get("db") or ("pmc" if source == "pubmed" else "pubmed")).lower()
    if source not in DATABASES:
        return error_reply("eLinkResult", f"Invalid db name specified: {source}")
    groups = [_read_ids(source, text) for text in parameters.all("id")]
    groups = [group for group in groups if group]
    if not groups:
        return error_reply("eLinkResult", "Empty id list - nothing todo")
    if parameters.wants_json:
        sets = [_as_dict(library, source, target, group) for group in groups]
        return json_reply("elink", {"linksets": sets})
    sets_xml = "".join(_write_set(library, source, target, group) for group in groups)
    return xml_reply("eLinkResult", f"\n{sets_xml}")


def _read_ids(source: str, text: str) -> list[int]:
    return [uid for one in text.split(",") if (uid := parse_uid(source, one.strip())) is not None]


def _find_links(library: Library, source: str, target: str, uids: list[int]) -> list[int]:
    if {source, target} != {"pubmed", "pmc"}:
        return []
    find = library.find_pmcids if source == "pubmed" else library.find_pmids
    return sorted({link for uid in uids for link in find(uid)})


def _write_set(library: Library, source: str, target: str, uids: list[int]) -> str:
    ids = "".join(f"\t\t<Id>{uid}</Id>\n" for uid in uids)
    links = _find_links(library, source, target, uids)
    written = "".join(f"\t\t<Link>\n\t\t\t<Id>{link}</Id>\n\t\t</Link>\n" for link in links)
    names = element("DbTo", target, indent="\t\t") + "\n"
    names += element("LinkName", f"{source}_{target}", indent="\t\t") + "\n"
    found = f"\t<LinkSetDb>\n{names}{written}\t</LinkSetDb>\n" if links else ""
    return (
        f"<LinkSet>\n\t<DbFrom>{source}</DbFrom>\n\t<IdList>\n{ids}\t</IdList>\n{found}</LinkSet>\n"
    )


def _as_dict(library: Library, source: str, target: str, uids: list[int]) -> dict[str, Any]:
    linkset: dict[str, Any] = {"dbfrom": source, "ids": [str(uid) for uid in uids]}
    links = _find_links(library, source, target, uids)
    if links:
        name = f"{source}_{target}"
        linkset["linksetdbs"] = [
            {"dbto": target, "linkname": name, "links": [str(link) for link in links]}
        ]
    return linkset
