"""The data items that are sought in a full text (PRISMA 2020, item 10), as one table.

Each item is a question in words, with an invented answer (sentences are compared with that, being
nearer to real answers than a question is), the sections where reports answer it, and the
wording by which they do. The table decides nothing by itself.
"""

import re
from dataclasses import dataclass
from typing import Final

from litsweep.domain.documents import SectionKind

_A: Final = SectionKind.ABSTRACT
_I: Final = SectionKind.INTRODUCTION
_M: Final = SectionKind.METHODS
_R: Final = SectionKind.RESULTS
_D: Final = SectionKind.DISCUSSION
_C: Final = SectionKind.CONCLUSION
_B: Final = SectionKind.BACK_MATTER


@dataclass(frozen=True, slots=True, kw_only=True)
class DataItem:
    """One data item.

    ``question`` is for people and prompts, ``answer`` for comparing. ``cue`` is wording that speaks
    for a sentence; ``proof`` is wording that settles it (a registration number); ``headings``
    speaks for every sentence under such a section title. A sentence with none of them is never
    quoted. ``lead_in`` begins the sentence that a base model ends, and is set exactly for the
    items that a model puts into words: each costs a model call a report.
    """

    name: str
    question: str
    answer: str
    kinds: frozenset[SectionKind]
    cue: re.Pattern[str]
    headings: re.Pattern[str] | None = None
    proof: re.Pattern[str] | None = None
    lead_in: str | None = None

    @property
    def is_worded(self) -> bool:
        """Whether a model puts the item into words."""
        return self.lead_in is not None


def _item(
    name: str,
    question: str,
    answer: str,
    kinds: tuple[SectionKind, ...],
    cue: str,
    *,
    headings: str | None = None,
    proof: str | None = None,
    lead_in: str | None = None,
) -> DataItem:
    return DataItem(
        name=name,
        question=question,
        answer=answer,
        kinds=frozenset(kinds),
        cue=re.compile(cue, re.IGNORECASE),
        headings=re.compile(headings, re.IGNORECASE) if headings else None,
        proof=re.compile(proof) if proof else None,
        lead_in=lead_in,
    )


_PEOPLE: Final = (
    r"(?:patients|participants|subjects|adults|children|women|men|individuals|people|volunteers|"
    r"infants|cases|respondents|samples|animals|mice|rats)"
)

DATA_ITEMS: Final[tuple[DataItem, ...]] = (
    _item(
        "objective",
        "What was the aim of this study?",
        "The aim of this study was to determine whether the treatment is better.",
        (_A, _I),
        r"\b(?:aim(?:s|ed)?|objectives?|purpose|goal|we sought|hypothes[ie]\w+|to (?:determine|"
        r"investigate|assess|evaluate|examine|compare|test|explore))\b",
        headings=r"objective|\baims?\b|purpose",
        lead_in="The aim of this study was",
    ),
    _item(
        "design",
        "What was the design of this study, such as a randomised trial, a cohort or a review?",
        "This was a randomised controlled trial, a prospective cohort, a retrospective "
        "study or a systematic review.",
        (_A, _M),
        r"\b(?:randomi[sz]ed|double-blind|placebo-controlled|cross-?over|open-label|cohort|"
        r"case-control|cross-sectional|(?:retro|pro)spective(?:ly)?(?! registered)|"
        r"systematic review|meta-analysis|case (?:report|series)|survey|qualitative|pilot study|"
        r"in vitro)\b",
        headings=r"design",
    ),
    _item(
        "setting",
        "Where was the study done: in which hospitals, centres or countries, and when?",
        "It was conducted at a university hospital in one country between January 2010 "
        "and March 2012.",
        (_A, _M),
        r"\b(?:hospitals?|clinics?|cent(?:re|er)s?|universit(?:y|ies)|communit(?:y|ies)|"
        r"countries|schools?|between \w+ (?:19|20)\d\d|from \w+ (?:19|20)\d\d)\b",
        headings=r"setting|study (?:site|area)",
    ),
    _item(
        "population",
        "Who took part: which patients or participants were eligible, of what age and condition?",
        "Patients aged 18 years or older with the diagnosis were eligible and were recruited.",
        (_A, _M),
        r"\b(?:eligib\w+|inclusion criteria|exclusion criteria|were (?:included|excluded|recruited|"
        r"enrolled)|aged|years of age|years old|diagnosed with)\b",
        headings=r"participants|patients|subjects|population|eligib",
    ),
    _item(
        "sample_size",
        "How many participants were included, randomised or analysed?",
        "A total of 120 patients were enrolled and analysed.",
        (_A, _M, _R),
        rf"\bn\s*=\s*\d+|\b\d[\d,]*\s+(?:\w+\s+){{0,3}}{_PEOPLE}\b|\bsample size\b|\ba total of\b",
        headings=r"sample size",
    ),
    _item(
        "intervention",
        "Which treatment, exposure or intervention was given, at what dose and for how long?",
        "Patients received 20 mg of the drug daily for 12 weeks.",
        (_A, _M),
        r"\b(?:received|administered|treated with|intervention|dos(?:e|es|age)|mg|daily|"
        r"weekly|injected|assigned to|exposed to)\b",
        headings=r"intervention|treatment|exposure|procedure",
    ),
    _item(
        "comparator",
        "What was it compared with: placebo, usual care or a control group?",
        "The control group received placebo or usual care.",
        (_A, _M),
        r"\b(?:placebo|control(?:s| group)?|usual care|standard care|compared (?:with|to)|versus|"
        r"comparator|sham)\b",
        headings=r"control|comparator",
    ),
    _item(
        "primary_outcome",
        "What was the primary outcome or main measurement?",
        "The primary outcome was the change of the score at 12 weeks.",
        (_A, _M),
        r"\b(?:primary (?:\w+ )?(?:outcome|end-?point|measure)s?|main outcome|outcome measures?|"
        r"was (?:measured|assessed) (?:by|with|using))\b",
        headings=r"outcome|end-?point|measure",
    ),
    _item(
        "main_result",
        "What was the main result of this study?",
        "The score was significantly lower in the treatment group than in the control group.",
        (_A, _R),
        r"\b(?:significant\w*|p\s*[<=>]|95\s*%|confidence interval|odds ratio|hazard ratio|"
        r"relative risk|higher|lower|longer|shorter|improved|increased|decreased|"
        r"reduced|we found)\b",
        headings=r"result|finding",
        lead_in="The main result was that",
    ),
    _item(
        "harms",
        "Which adverse events, side effects or harms occurred?",
        "Adverse events and side effects were mild and occurred in some of the patients.",
        (_A, _R),
        r"\b(?:adverse|side[- ]effects?|toxicit(?:y|ies)|harms?|complications?|safety|"
        r"tolerated|deaths?|discontinu\w+)\b",
        headings=r"safety|adverse|harm|toxicit|tolerab",
    ),
    _item(
        "limitations",
        "What are the limitations of this study?",
        "This study has several limitations, such as its small sample and short follow-up.",
        (_D, _C),
        r"\b(?:limitations?|limited by|weakness(?:es)?|shortcomings?|caution|generali[sz]\w+|"
        r"small sample|further (?:studies|research))\b",
        headings=r"limitation",
        lead_in="The study was limited because",
    ),
    _item(
        "funding",
        "Who funded this study; which grants supported it?",
        "This work was funded by a grant from the national research council.",
        (_B,),
        r"\b(?:fund(?:ed|ing|er|ers)|supported by|grants?|sponsor(?:ed|s)?|"
        r"financial(?:ly)? support)\b",
        headings=r"fund|financial|grant|support|acknowledg",
    ),
    _item(
        "conflicts_of_interest",
        "Do the authors declare competing interests or conflicts of interest?",
        "The authors declare that they have no conflicts of interest.",
        (_B,),
        r"\b(?:conflicts? of interest|competing (?:financial )?interests?|no conflicts?|"
        r"disclos(?:e|ed|ures?)|nothing to declare|honoraria|personal fees)\b",
        headings=r"conflict|compet|interest|disclos",
    ),
    _item(
        "registration",
        "Under which number was the trial or protocol registered?",
        "The trial was registered at ClinicalTrials.gov under the number NCT00000000.",
        (_A, _M, _B),
        r"\b(?:(?:was|were|is) (?:\w+ )?registered|registration (?:number|no|code)|"
        r"trial registration|PROSPERO|ClinicalTrials\.gov|EudraCT)\b",
        headings=r"registration",
        proof=r"\b(?:NCT\d{8}|ISRCTN\d{8}|20\d\d-\d{6}-\d\d|CRD42\d{6,12}|ACTRN\d{14}|UMIN\d{9}|"
        r"ChiCTR[\w-]*\d{6,}|DRKS\d{8}|CTRI/\d{4}/\d+/\d+|PACTR\d+|IRCT\d+N?\d*|jRCT\w?\d+|NTR\d{3,4})\b",
    ),
    _item(
        "conclusion",
        "What do the authors conclude?",
        "In conclusion, our findings suggest that the treatment is effective.",
        (_A, _D, _C),
        r"\b(?:conclu(?:de|ded|sion|sions)|in summary|our (?:findings|results|data) (?:suggest|"
        r"indicate|show|support)\w*|these (?:findings|results|data) (?:suggest|indicate|show|"
        r"support)\w*|taken together)\b",
        headings=r"conclusion|summary",
        lead_in="The authors concluded that",
    ),
)
