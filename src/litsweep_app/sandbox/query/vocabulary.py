"""Words that PubMed knows whether or not a record here uses them.

A term of a closed vocabulary that no record of the folder has finds nothing; any other unknown
term is dropped from the query, as PubMed does with phrases that its index has never seen.
"""

from typing import Final

from litsweep.sources.query_language import STOP_WORDS


def _entries(text: str) -> frozenset[str]:
    return frozenset(text.strip().replace("\n", "|").split("|"))


STOPWORDS: Final = STOP_WORDS

LANGUAGES: Final = {
    "afr": "afrikaans", "alb": "albanian", "ara": "arabic", "arm": "armenian",
    "aze": "azerbaijani", "bos": "bosnian", "bul": "bulgarian", "cat": "catalan",
    "chi": "chinese", "cze": "czech", "dan": "danish", "dut": "dutch", "eng": "english",
    "epo": "esperanto", "est": "estonian", "fin": "finnish", "fre": "french", "geo": "georgian",
    "ger": "german", "gla": "scottish gaelic", "gre": "greek modern", "heb": "hebrew",
    "hin": "hindi", "hrv": "croatian", "hun": "hungarian", "ice": "icelandic",
    "ind": "indonesian", "ita": "italian", "jpn": "japanese", "kin": "kinyarwanda",
    "kor": "korean", "lat": "latin", "lav": "latvian", "lit": "lithuanian", "mac": "macedonian",
    "mal": "malayalam", "mao": "maori", "may": "malay", "mul": "multiple languages",
    "nor": "norwegian", "per": "persian", "pol": "polish", "por": "portuguese", "pus": "pushto",
    "rum": "romanian", "rus": "russian", "san": "sanskrit", "slo": "slovak", "slv": "slovenian",
    "spa": "spanish", "srp": "serbian", "swe": "swedish", "tha": "thai", "tur": "turkish",
    "ukr": "ukrainian", "und": "undetermined", "vie": "vietnamese", "wel": "welsh",
}  # fmt: skip

_PUBLICATION_TYPES: Final = """
adaptive clinical trial|address|autobiography|bibliography|biography|case reports
classical article|clinical conference|clinical study|clinical trial|clinical trial phase i
clinical trial phase ii|clinical trial phase iii|clinical trial phase iv
clinical trial protocol|clinical trial veterinary|collected work|comment|comparative study
congress|consensus development conference|controlled clinical trial
corrected and republished article|dataset|dictionary|directory|duplicate publication
editorial|english abstract|equivalence trial|evaluation study|expression of concern
festschrift|government publication|guideline|historical article|interview|journal article
lecture|legal case|legislation|letter|meta analysis|multicenter study
network meta analysis|news|newspaper article|observational study|overall
patient education handout|periodical index|personal narrative|portrait|practice guideline
pragmatic clinical trial|preprint|published erratum|randomized controlled trial
retracted publication|retraction notice|retraction of publication|review
scientific integrity review|scoping review|systematic review|technical report|twin study
validation study|video audio media|webcast
"""

PUBLICATION_TYPES: Final = _entries(_PUBLICATION_TYPES)

BROADER_TYPES: Final = {
    "randomized controlled trial": ("controlled clinical trial", "clinical trial"),
    "controlled clinical trial": ("clinical trial",),
    "pragmatic clinical trial": ("clinical trial",),
    "equivalence trial": ("clinical trial",),
    "adaptive clinical trial": ("clinical trial",),
    "clinical trial, phase i": ("clinical trial",),
    "clinical trial, phase ii": ("clinical trial",),
    "clinical trial, phase iii": ("clinical trial",),
    "clinical trial, phase iv": ("clinical trial",),
    "systematic review": ("review",),
    # One UI, D016440, renamed in 2026.
    "retraction of publication": ("retraction notice",),
    "retraction notice": ("retraction of publication",),
}
"""PubMed explodes publication types: the narrower finds itself and the broader ones."""

_FILTERS: Final = """
all|medline|pubmed books|pubmed pmc|pubmed pmc all|pubmednotmedline|publisher|inprocess
in process|in data review|oldmedline|hasabstract|fha|free full text|ffrft|full text|fft
loattrfree full text|loattrfull text|humans|animals|male|female|preprint|open access
author manuscript|cc by license|cc by nc license|cc0 license
"""

FILTERS: Final = _entries(_FILTERS)
