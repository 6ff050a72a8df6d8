"""EInfo: which databases there are, and the fields of each."""

from typing import Any

from starlette.responses import Response

from litsweep_app.sandbox.eutils.replies import element, error_reply, json_reply, xml_reply
from litsweep_app.sandbox.eutils.sets import DATABASES
from litsweep_app.sandbox.library import Library
from litsweep_app.sandbox.parameters import Parameters
from litsweep_app.sandbox.query.fields import PMC_FIELDS, PUBMED_FIELDS, Field, Matching


def einfo(library: Library, parameters: Parameters) -> Response:
    """Answer with the list of databases, or with one database's description."""
    db = parameters.get("db").strip().lower()
    if not db:
        return _list_databases(parameters)
    if db not in DATABASES:
        message = f"Can not retrieve DbInfo for db={db}"
        if parameters.wants_json:
            return json_reply("einfo", {"einforesult": {"ERROR": message}})
        return error_reply("eInfoResult", message)
    info = _describe(library, db)
    if parameters.wants_json:
        return json_reply("einfo", {"einforesult": {"dbinfo": [info]}})
    return xml_reply("eInfoResult", _write_info(info))


def _list_databases(parameters: Parameters) -> Response:
    if parameters.wants_json:
        return json_reply("einfo", {"einforesult": {"dblist": list(DATABASES)}})
    names = "".join(element("DbName", name, indent="\n\t") for name in DATABASES)
    return xml_reply("eInfoResult", f"\n<DbList>\n{names}\n</DbList>\n")


def _describe(library: Library, db: str) -> dict[str, Any]:
    is_pubmed = db == "pubmed"
    fields = PUBMED_FIELDS if is_pubmed else PMC_FIELDS
    entries = len(library.records if is_pubmed else library.reports)
    target = "pmc" if is_pubmed else "pubmed"
    link = {"name": f"{db}_{target}", "menu": f"{target} links", "description": "", "dbto": target}
    return {
        "dbname": db,
        "menuname": "PubMed" if is_pubmed else "PMC",
        "description": "PubMed bibliographic record" if is_pubmed else "PubMed Central",
        "dbbuild": f"Build-{library.loaded_at:%Y.%m.%d.%H.%M}",
        "count": str(entries),
        "lastupdate": f"{library.loaded_at:%Y/%m/%d %H:%M}",
        "fieldlist": [_describe_field(field) for field in fields],
        "linklist": [link],
    }


def _describe_field(field: Field) -> dict[str, str]:
    def flag(condition: bool) -> str:
        return "Y" if condition else "N"

    return {
        "name": field.name,
        "fullname": field.full_name,
        "description": field.description,
        "termcount": "",  # would need an index of every word
        "isdate": flag(field.matching is Matching.DATES),
        "isnumerical": flag(field.matching is Matching.NUMBERS),
        "singletoken": flag(field.matching is not Matching.WORDS),
        "hierarchy": "N",
        "ishidden": "N",
    }


_XML_NAMES = {
    "dbname": "DbName", "menuname": "MenuName", "description": "Description",
    "dbbuild": "DbBuild", "count": "Count", "lastupdate": "LastUpdate", "name": "Name",
    "fullname": "FullName", "termcount": "TermCount", "isdate": "IsDate",
    "isnumerical": "IsNumerical", "singletoken": "SingleToken", "hierarchy": "Hierarchy",
    "ishidden": "IsHidden",
    "menu": "Menu", "dbto": "DbTo",
}  # fmt: skip


def _write_info(info: dict[str, Any]) -> str:
    lines = [
        element(_XML_NAMES[name], value, indent="\n\t")
        for name, value in info.items()
        if isinstance(value, str)
    ]
    for name, tag in (("fieldlist", "Field"), ("linklist", "Link")):
        members = "".join(
            f"\n\t\t<{tag}>"
            + "".join(
                element(_XML_NAMES[key], text, indent="\n\t\t\t") for key, text in one.items()
            )
            + f"\n\t\t</{tag}>"
            for one in info[name]
        )
        lines.append(f"\n\t<{tag}List>{members}\n\t</{tag}List>")
    return "\n<DbInfo>" + "".join(lines) + "\n</DbInfo>\n"
