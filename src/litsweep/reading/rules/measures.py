"""The names of effect measures, as a table: what is printed, and what it is called here."""

import re
from typing import Final

# Name, words in any case, abbreviations in theirs. Longer names come before those they hold.
_TABLE: Final[tuple[tuple[str, str, str], ...]] = (
    ("SHR", r"sub-?distribution hazards? ratios?", r"[aA]?SHRs?"),
    ("HR", r"hazards? ratios?", r"[aAcCu]?HRs?(?:adj)?"),
    ("IRR", r"incidence[- ]rate ratios?", r"[aA]?IRRs?"),
    ("PR", r"prevalence (?:rate )?ratios?", r"[aA]?PRs?"),
    ("RRR", r"relative risk reductions?", r"RRR"),
    ("ARR", r"absolute risk reductions?", r"ARR"),
    ("RR", r"risk ratios?|relative risks?|rate ratios?", r"[aA]?RRs?(?:adj)?"),
    ("DOR", r"diagnostic odds ratios?", r"DOR"),
    ("OR", r"odds ratios?", r"[aAcCu]?ORs?(?:adj)?"),
    ("GMR", r"geometric[- ]means? ratios?|ratios? of geometric means?", r"GMRs?"),
    ("SMD", r"standardi[sz]ed mean differences?|hedges['’]?s? g", r"SMDs?"),
    ("WMD", r"weighted mean differences?", r"WMDs?"),
    ("d", r"cohen['’]?s? d", r"(?<![\w'’])d(?=\s*=)"),
    ("RD", r"risk differences?", r"RDs?(?=[\s=:,(]*-?\d)"),
    (
        "MD",
        r"mean (?:[\w-]+ )?differences?|differences? (?:in|of|between) (?:the )?(?:adjusted "
        r")?means?"
        r"|between-group differences?|treatment differences?",
        r"MDs?(?=[\s=:,(]*-?\d)",
    ),
    ("NNT", r"numbers? needed to treat", r"NNTB?"),
    ("NNH", r"numbers? needed to harm", r"NNTH|NNH"),
    ("AUC", r"areas? under the (?:[\w-]+ ){0,6}?curves?|c-(?:statistics?|index)", r"AU(?:RO)?Cs?"),
    ("sensitivity", r"sensitivit(?:y|ies)", r"Se(?=\s*=)"),
    ("specificity", r"specificit(?:y|ies)", r"Sp(?=\s*=)"),
    ("PPV", r"positive predictive values?", r"PPVs?"),
    ("NPV", r"negative predictive values?", r"NPVs?"),
    ("LR+", r"positive likelihood ratios?", r"LR\+|PLR"),
    ("LR-", r"negative likelihood ratios?", r"LR-|NLR"),
    ("VE", r"vaccine (?:efficacy|effectiveness)", r"VE"),
    ("ICC", r"intra-?class correlation(?: coefficients?)?", r"ICCs?"),
    (
        "r",
        r"(?:pearson|spearman)['’]?s?(?: rank)?(?: correlation)?(?: coefficients?)?"
        r"|correlation coefficients?|rho",
        r"ρ|(?<![\w-])r(?:s|_s)?(?=\s*=)",
    ),
    ("kappa", r"kappa", r"κ(?=[\s=:,(]*-?[\d.])"),
    (
        "beta",
        r"beta(?: coefficients?)?(?=[\s=:,(]*-?[\d.])|regression coefficients?",
        r"β(?=[\s=:,(]*-?[\d.])|(?<![\w.])[bB](?=\s*=\s*-?[\d.])",
    ),
    ("difference", r"differences?", r"(?!)"),
)
NAMES: Final = {f"m{place}": name for place, (name, _, _) in enumerate(_TABLE)}
"""Group of ``MEASURE`` to the measure's name."""
MEASURE: Final = re.compile(
    "|".join(
        rf"(?P<m{place}>(?<![\w-])(?:(?i:{words})(?!\w)|(?:{abbreviations})(?![A-Za-z])))"
        for place, (_, words, abbreviations) in enumerate(_TABLE)
    )
)
"""Finds the name of a measure; the group that matched names it by ``NAMES``."""
# Two or three capitals may be something else (HR is a heart rate, PR a pulse rate, OR a logical
# or): a whole number behind them proves nothing.
IS_ABBREVIATION: Final = re.compile(r"[aAcCu]?[A-Z]{2,4}s?(?:adj)?")
"""Matches a measure that is printed as a short abbreviation."""
