"""What can go wrong: the kinds of fault, and which endpoints each can befall.

Those that are a reply of NCBI's own are named as the bodies in ``corpus/eutils/errors`` are
(ncbi.md 1.8); what they say is in `litsweep_app.sandbox.faults.replies`.
"""

from enum import StrEnum
from typing import Final

from litsweep_app.sandbox.endpoints import EUTILS, Endpoint


class FaultKind(StrEnum):
    """One way to misbehave."""

    RATE_LIMIT_429 = "rate_limit_429"
    """Over the limit; ``retry_after`` adds the header."""
    RATE_LIMIT_KEYED_429 = "rate_limit_keyed_429"
    """The same to a caller with an API key, which the body shows."""
    RATE_LIMIT_200 = "rate_limit_200"
    """The same, as if all were well."""
    API_KEY_INVALID_400 = "api_key_invalid_400"
    """The key is refused, in broken JSON."""
    LB_NEG_200 = "lb_neg_200"
    """The load balancer has nobody to ask."""
    ESEARCH_RETSTART_CAP_200 = "esearch_retstart_cap_200"
    """Past the first 9,999."""
    ESEARCH_CLAMPED_9999 = "esearch_clamped_9999"
    """The page was cut at 9,999."""
    ESEARCH_PHRASE_NOT_FOUND = "esearch_phrase_not_found"
    """A phrase was dropped, and more was found than was meant."""
    ESEARCH_BACKEND_DB_200 = "esearch_backend_db_200"
    """The search backend of 4 July 2025, which did not know PubMed."""
    ESEARCH_BACKEND_CONN_200 = "esearch_backend_conn_200"
    """The search backend cannot be reached."""
    ESEARCH_EMPTY_TERM_200 = "esearch_empty_term_200"
    """As if nothing had been searched for."""
    ESEARCH_WEBENV_EXPIRED_200 = "esearch_webenv_expired_200"
    """The stored set is gone."""
    EFETCH_WEBENV_EXPIRED = "efetch_webenv_expired"
    """The stored set is gone; 400, or with ``status`` 200."""
    EFETCH_RETSTART_CAP_400 = "efetch_retstart_cap_400"
    """Past the first 9,999 of a stored set."""
    EFETCH_HISTORY_LOST_CXX = "efetch_history_lost_cxx"
    """The stored set cannot be read; 400, or with ``status`` 200."""
    EFETCH_VIEWER_TIMEOUT_400 = "efetch_viewer_timeout_400"
    """Too much was asked for at once; passes."""
    EFETCH_PROLOG_ONLY_200 = "efetch_prolog_only_200"
    """A declaration and a DOCTYPE, and nothing else."""
    EFETCH_EMPTY_BODY_200 = "efetch_empty_body_200"
    """No bytes at all."""
    EFETCH_ERROR_INSIDE_SET_200 = "efetch_error_inside_set_200"
    """A set with one record and an error."""
    PMC_NOT_AVAILABLE_200 = "pmc_not_available_200"
    """The full text is not there."""
    PMC_CORRUPTED_TAG_200 = "pmc_corrupted_tag_200"
    """A wrong byte in a tag."""
    ELINK_EXLINKSRV_200 = "elink_exlinksrv_200"
    """The link server of 20 April 2026, which was not to be found."""
    ELINK_CEXCEPTION_200 = "elink_cexception_200"
    """An exception inside a set of links."""
    ESUMMARY_MISSING_UID_200 = "esummary_missing_uid_200"
    """No summary for an id."""
    ESUMMARY_TOO_MANY_JSON_200 = "esummary_too_many_json_200"
    """More than 500 in JSON."""
    IDCONV_MIXED_200 = "idconv_mixed_200"
    """A reply of the ID converter, which the sandbox does not have: for explicit use only."""
    HTTP_404 = "http_404"
    """Not found."""
    HTTP_500_EUTILS = "http_500_eutils"
    """NCBI's own page for a server that failed."""
    HTTP_502 = "http_502"
    """A bad gateway."""
    HTTP_503 = "http_503"
    """Unavailable; ``retry_after`` adds the header."""
    HTTP_504 = "http_504"
    """A gateway that waited in vain."""
    HTML_IN_200 = "html_in_200"
    """A page for people where data were asked for."""

    RESET = "reset"
    """The connection is reset: before a byte was sent, or after ``at``."""
    DRIP = "drip"
    """The whole answer, spread over ``seconds``."""
    TRUNCATE = "truncate"
    """The answer ends at ``at``, unannounced unless it ``looks_complete``."""

    DROP_RECORDS = "drop_records"
    """The set lacks ``pmids``, or ``n`` records."""
    DUPLICATE_RECORDS = "duplicate_records"
    """The set holds ``pmids``, or ``n`` records, twice."""
    EXTRA_RECORDS = "extra_records"
    """The set holds ``pmids``, or ``n`` records, that nobody asked for."""
    WRONG_COUNT = "wrong_count"
    """The search's count is off by ``n``."""
    SHORT_LIST = "short_list"
    """The list of ids lacks ``pmids``, or ``n``; the count is right."""
    LONG_LIST = "long_list"
    """The list has ``pmids``, or ``n`` ids, that do not match; the count is right."""
    DUPLICATE_IDS = "duplicate_ids"
    """``n`` ids of the list are given a second time in the place of others."""

    FORGET_HISTORY = "forget_history"
    """Every stored set is lost, now and for later calls; then the call is answered."""


_ANY: Final = frozenset(Endpoint)
_SEARCH: Final = frozenset({Endpoint.ESEARCH})
_RECORDS: Final = frozenset({Endpoint.EFETCH})
_FETCHES: Final = frozenset({Endpoint.EFETCH, Endpoint.EFETCH_PMC})
_REPORTS: Final = frozenset({Endpoint.EFETCH_PMC})
_BY_PREFIX: Final = {
    "rate_limit_": EUTILS,
    "api_key_": EUTILS,
    "lb_": EUTILS,
    "esearch_": _SEARCH,
    "efetch_empty": _ANY,
    "efetch_error": _RECORDS,
    "efetch_": _FETCHES,
    "pmc_": _REPORTS,
    "elink_": frozenset({Endpoint.ELINK}),
    "esummary_": frozenset({Endpoint.ESUMMARY}),
    "idconv_": frozenset[Endpoint](),
    "http_404": _ANY - EUTILS,
    "forget_": EUTILS - {Endpoint.EINFO},
}

ALTERATIONS: Final = {
    FaultKind.DROP_RECORDS: _RECORDS,
    FaultKind.DUPLICATE_RECORDS: _RECORDS,
    FaultKind.EXTRA_RECORDS: _RECORDS,
    FaultKind.WRONG_COUNT: _SEARCH,
    FaultKind.SHORT_LIST: _SEARCH,
    FaultKind.LONG_LIST: _SEARCH,
    FaultKind.DUPLICATE_IDS: _SEARCH,
}
"""The kinds that change what an answer says, and the one endpoint whose answers each can change."""

INTERRUPTIONS: Final = frozenset({FaultKind.RESET, FaultKind.DRIP, FaultKind.TRUNCATE})
"""The kinds that befall an answer on its way."""

PASSING: Final = frozenset(
    {
        FaultKind.RATE_LIMIT_429,
        FaultKind.RATE_LIMIT_KEYED_429,
        FaultKind.RATE_LIMIT_200,
        FaultKind.LB_NEG_200,
        FaultKind.ESEARCH_BACKEND_DB_200,
        FaultKind.ESEARCH_BACKEND_CONN_200,
        FaultKind.EFETCH_VIEWER_TIMEOUT_400,
        FaultKind.EFETCH_PROLOG_ONLY_200,
        FaultKind.EFETCH_EMPTY_BODY_200,
        FaultKind.EFETCH_ERROR_INSIDE_SET_200,
        FaultKind.PMC_CORRUPTED_TAG_200,
        FaultKind.ELINK_EXLINKSRV_200,
        FaultKind.ELINK_CEXCEPTION_200,
        FaultKind.HTTP_500_EUTILS,
        FaultKind.HTTP_502,
        FaultKind.HTTP_503,
        FaultKind.HTTP_504,
        FaultKind.HTML_IN_200,
        FaultKind.RESET,
        FaultKind.DRIP,
        FaultKind.TRUNCATE,
    }
)
"""The kinds that a client should outlive by asking the same again."""


def fitting_endpoints(kind: FaultKind) -> frozenset[Endpoint]:
    """Return the endpoints at which a kind is known, or could be expected, to happen."""
    if kind in ALTERATIONS:
        return ALTERATIONS[kind]
    found = (fits for prefix, fits in _BY_PREFIX.items() if kind.startswith(prefix))
    return next(found, _ANY)
