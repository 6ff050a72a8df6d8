"""EPost: keep a list of ids on the history server."""

from starlette.responses import Response

from litsweep_app.sandbox.eutils.history import History
from litsweep_app.sandbox.eutils.replies import element, error_reply, json_reply, xml_reply
from litsweep_app.sandbox.eutils.sets import RequestRefused, check_db, parse_uid
from litsweep_app.sandbox.parameters import Parameters


def epost(history: History, parameters: Parameters) -> Response:
    """Store the ids; those that are no numbers are listed as invalid."""
    try:
        check_db(parameters.db)
    except RequestRefused as refusal:
        return error_reply("ePostResult", refusal.message)
    given = parameters.ids()
    if not given:
        return error_reply("ePostResult", "Empty ID list; Nothing to store")
    uids = [uid for text in given if (uid := parse_uid(parameters.db, text)) is not None]
    invalid = [text for text in given if parse_uid(parameters.db, text) is None]
    if not uids:
        return error_reply(
            "ePostResult",
            "Some IDs have invalid value and were omitted. Maximum ID value 18446744073709551615",
        )
    stored = history.store(parameters.db, dict.fromkeys(uids), parameters.get("WebEnv"))
    if parameters.wants_json:
        result = {"querykey": str(stored.query_key), "webenv": stored.web_env}
        return json_reply("epost", {"epostresult": result})
    inner = "".join(f"\n\t\t{element('Id', text)}" for text in invalid)
    parts = [f"\n\t<InvalidIdList>{inner}\n\t</InvalidIdList>"] if invalid else []
    parts.append(element("QueryKey", stored.query_key, indent="\n\t"))
    parts.append(element("WebEnv", stored.web_env, indent="\n\t"))
    return xml_reply("ePostResult", "".join(parts) + "\n")
