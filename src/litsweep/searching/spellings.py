"""British and American spellings of a word, to search for both where one is typed.

The index holds words as they are printed: a search for one spelling looks for the other beside
it, so that nothing that is stored changes its meaning. Only well-known stems are respelled:
"ae" and "our" in general would make other words of "aerobic" and "four".
"""

import re
from functools import lru_cache
from typing import Final

_ENDING: Final = "(?=(?:e|er|ed|ing|ation|ational)$)"
# British, American, what stands before, what stands after. The stems of reviewers' search filters.
_STEMS: Final = (
    *((f"{stem}our", f"{stem}or", "", "") for stem in ("tum", "behavi", "lab", "neighb")),
    ("colour", "color", "", "(?!ectal)"),
    *((f"{stem}our", f"{stem}or", "", "") for stem in ("od", "vap", "hum", "fav", "flav", "hon")),
    ("oedem", "edem", "", ""),
    ("oesoph", "esoph", "", ""),
    ("oestr", "estr", "^|(?<=anti)", "(?=[aiou])"),
    ("foet", "fet", "^", "(?=al|us|o)"),
    ("haem", "hem", "^", "(?=[aeo])"),
    ("haemo", "hemo", "(?<=met)|(?<=oxy)", ""),
    ("aemi", "emi", "(?<=[a-z]{2})", "(?=[ac]$)"),
    ("paed", "ped", "^|(?<=ortho)", "(?=iatr|ic)"),
    ("anaesth", "anesth", "", ""),
    ("faec", "fec", "^", "(?=al|e$)"),
    ("gynaec", "gynec", "", ""),
    ("caec", "cec", "^", "(?=al|um)"),
    ("coelia", "celia", "^", ""),
    ("caesar", "cesar", "^", ""),
    ("rrhoe", "rrhe", "", "(?=[ai])"),
    ("pnoe", "pne", "", "(?=[ai])"),
    ("aetiolog", "etiolog", "", ""),
    ("leuco", "leuko", "^", ""),
    ("sulph", "sulf", "", ""),
    ("centre", "center", "^", ""),
    ("fibre", "fiber", "", ""),
    ("litre", "liter", "", ""),
    ("titre", "titer", "^", ""),
    ("programme", "program", "^", "$"),
    ("ageing", "aging", "^", ""),
    ("lys", "lyz", "(?<=[a-z]{2})", _ENDING),
    ("is", "iz", "(?<=[a-z]{3})", _ENDING),
)
_RULES: Final = tuple(
    (re.compile(f"(?:{before})(?:{british}|{american}){after}"), british, american)
    for british, american, before, after in _STEMS
)
# Reviewers cut a word where the spellings part: randomis*, analyz*.
_CUT: Final = (
    (re.compile("(?<=[a-z]{3})i[sz]$"), "is", "iz"),
    (re.compile("(?<=[a-z]{2})ly[sz]$"), "lys", "lyz"),
)


@lru_cache(maxsize=10_000)
def list_spellings(word: str, *, is_cut: bool = False) -> tuple[str, ...]:
    """Return the word as it is, and then as it is spelled on the other side of the ocean.

    ``is_cut``: only the beginning of a word was typed.
    """
    respelled = word
    for rule, british, american in (*_RULES, *(_CUT if is_cut else ())):
        respelled = rule.sub(
            lambda found, pair=(british, american): pair[found[0] == pair[0]], respelled
        )
    return (word,) if respelled == word else (word, respelled)
