"""The data items that are sought in a full text (PRISMA 2020, item 10), as one table.

Each item is a question in words, with an invented answer (sentences are compared with that, being
nearer to real answers than a question is), the sections where reports answer it, and the
wording by which they do. The table decides nothing by itself.
"""

from typing import Final

from litsweep.domain.documents import SectionKind
from litsweep.reading.data_item import DataItem, define
from litsweep.reading.rules.registration import REGISTRATION_NUMBER
from litsweep.reading.rules.sample_sizes import PEOPLE

_A: Final = SectionKind.ABSTRACT
_I: Final = SectionKind.INTRODUCTION
_M: Final = SectionKind.METHODS
_R: Final = SectionKind.RESULTS
_D: Final = SectionKind.DISCUSSION
_C: Final = SectionKind.CONCLUSION
_BACK: Final = (SectionKind.BACK_MATTER, SectionKind.FOOTNOTE)

_STUDY: Final = (
    r"(?:stud(?:y|ies)|trial|paper|article|work|review|analysis|research|investigation|survey|"
    r"report|project|experiments?)"
)
_FIND_OUT: Final = (
    r"(?:determine|investigate|assess|evaluate|examine|compare|test|explore|describe|estimate|"
    r"identify|characteri[sz]e|analy[sz]e|study|develop|establish|elucidate|clarify|measure|"
    r"quantify|validate|understand|address|find out|report|review|summari[sz]e|provide)"
)

DATA_ITEMS: Final[tuple[DataItem, ...]] = (
    define(
        "objective",
        "What was the aim of this study?",
        "The aim of this study was to determine whether the treatment is better.",
        (_A, _I),
        rf"\b(?:aim(?:s|ed)?|objectives?|purpose|goal|we sought|hypothes[ie]\w+|to {_FIND_OUT})\b",
        strong=rf"\b(?:(?:aims?|objectives?|purpose|goals?|focus)(?: and \w+)? (?:of|for|in) "
        rf"(?:this|"
        rf"our|the (?:present|current|same)|the) (?:[\w-]+ ){{0,4}}?{_STUDY}|(?:(?:this|present|"
        rf"our|"
        rf"current) (?:[\w-]+ ){{0,2}}?{_STUDY}|we)(?: (?:was|were|therefore|thus|here|also))* "
        rf"(?:aim(?:s|ed)?|sought|set out|designed|intended|undert\w+|conducted|wanted|"
        rf"attempt(?:s|ed)"
        rf"?|hypothesi[sz]ed?|investigate[sd]?|examine[sd]?|assess(?:es|ed)|evaluate[sd]?|"
        rf"test(?:s|ed)"
        rf"|explore[sd]?|compare[sd]?)\b|our (?:aim|objective|goal|purpose|hypothesis)|here,? "
        rf"we\b|in "
        rf"this {_STUDY},? we)|^(?:(?:objectives?|aims?|purpose): )?to {_FIND_OUT}\b",
        against=r"\b(?:polic(?:y|ies)|original aim|(?:secondary|exploratory|main) objectives?|"
        r"guidelines?|previous stud"
        r"(?:y|ies)|other studies|future|programmes?|sample size|statistical)\b|\bet al\b",
        headings=r"objective|\baims?\b|purpose",
        lead_in="The aim of this study was",
    ),
    define(
        "design",
        "What was the design of this study, such as a randomised trial, a cohort or a review?",
        "This was a randomised controlled trial, a prospective cohort, a retrospective "
        "study or a systematic review.",
        (_A, _M),
        r"\b(?:randomi[sz]ed|double-blind|placebo-controlled|cross-?over|open-label|cohort|"
        r"case-control|cross-sectional|(?:retro|pro)spective(?:ly)?(?! registered)|"
        r"systematic review|meta-analysis|case (?:report|series)|survey|qualitative|pilot study|"
        r"in vitro|experimental (?:study|design))\b",
        against=r"\b(?:approv\w+|ethic\w*|consent|registered|other studies|previous)\b",
        headings=r"design",
    ),
    define(
        "setting",
        "Where was the study done: in which hospitals, centres or countries, and when?",
        "It was conducted at a university hospital in one country between January 2010 "
        "and March 2012.",
        (_A, _M),
        r"\b(?:hospitals?|clinics?|cent(?:re|er)s?|universit(?:y|ies)|communit(?:y|ies)|"
        r"countries|schools?|practices|villages?|registr(?:y|ies)|districts?|"
        r"(?:between|from|in|during|since) (?:\w+ ){0,2}(?:19|20)\d\d)\b",
        strong=r"\b(?:conducted|performed|carried out|took place|recruited|enrol+ed|collected|"
        r"hospitali[sz]ed|admitted|attending|attended|visiting|seen|treated|followed|sampled|"
        r"undertaken|obtained|selected|diagnosed|located|residing|living|referred)\b[^;]{0,90}?"
        r"\b(?:at|in|from|across|within|of|by) (?:the |an? |\w+ )?[^;.]{0,60}?(?:hospital|clinic|"
        r"cent(?:re|er)|universit|communit|countr|school|practice|department|unit\b|ward|registry|"
        r"village|district|city|region|island|province|(?:19|20)\d\d)",
        against=r"\b(?:ethic\w*|institutional review|IRB|approv\w+|registration|registered|"
        r"informed consent|supported by|grant"
        r"|funded|funding|description of|purchased|software|version|obtained from (?:the )?\w+ \(|"
        r"Inc\b|"
        r"Ltd|GmbH|Corp|USA\)|thank|press;|defined|scale|questionnaire|linked to)",
        headings=r"setting|study (?:site|area|location)|location",
    ),
    define(
        "population",
        "Who took part: which patients or participants were eligible, of what age and condition?",
        "Patients aged 18 years or older with the diagnosis were eligible and were recruited.",
        (_A, _M),
        r"\b(?:eligib\w+|inclusion criteria|exclusion criteria|were (?:included|excluded|recruited|"
        r"enrolled)|aged|years of age|years old|diagnosed with)\b",
        strong=rf"\b(?:inclusion criteria|eligible (?:{PEOPLE}|if|were)|were eligible|"
        rf"{PEOPLE} (?:\w+ ){{0,4}}?(?:aged|with an? (?:diagnosis|history)|between the ages)|"
        rf"we (?:included|recruited|enrol+ed)|{PEOPLE} were (?:included|eligible|recruited))\b",
        against=r"\b(?:approv\w+|ethic\w*|consent|excluded from the analys|analys[ie]s "
        r"(?:included|excluded)|in the model)",
        headings=r"participants|patients|subjects|population|eligib",
    ),
    define(
        "sample_size",
        "How many participants were included?",
        "A total of 120 patients were enrolled and analysed.",
        (_A, _M, _R),
        rf"\bn\s*=\s*\d+|\b\d[\d,]*\s+(?:\w+\s+){{0,3}}{PEOPLE}\b|\bsample size\b|\ba total of\b",
        strong=r"\b(?:a total of|sample (?:of|size|was|consisted)|n\s*=\s*\d|were (?:\w+ "
        r")?(?:enrol+ed|"
        r"included|recruited|interviewed|randomi[sz]ed|studied))\b",
        against=r"\b(?:statements|items|scale|questions|samples were|interval between|per group)\b",
        headings=r"sample size",
    ),
    define(
        "n_randomised",
        "How many participants were randomised?",
        "A total of 120 patients were randomised.",
        (_A, _M, _R),
        r"\brandomi[sz](?:ed|ation)|\brandomly (?:assigned|allocated|divided)|allocated at random",
    ),
    define(
        "n_analysed",
        "How many participants were analysed?",
        "Data from 118 patients were included in the final analysis.",
        (_A, _M, _R),
        r"\banaly[sz]ed\b|\b(?:in|for|into) (?:the |our |all )?(?:[\w-]+ ){0,4}?analys[ie]s\b|"
        r"intention-to-treat|intent-to-treat|per-protocol|evaluable|final sample",
    ),
    define(
        "intervention",
        "Which treatment, exposure or intervention was given, at what dose and for how long?",
        "Patients received 20 mg of the drug daily for 12 weeks.",
        (_A, _M),
        r"\b(?:received|administered|treated with|intervention|dos(?:e|es|age)|mg|daily|"
        r"weekly|injected|assigned to|exposed to|sessions?|programme|program)\b",
        strong=r"\b(?:received|were (?:given|treated|assigned|administered|injected|offered|"
        r"exposed)|"
        r"intervention (?:group|consisted|was|included|comprised)|administered)\b",
        against=r"\b(?:approved|analys[ie]s|previously|in other studies)\b",
        headings=r"intervention|treatment|exposure|procedure",
    ),
    define(
        "comparator",
        "What was it compared with: placebo, usual care or a control group?",
        "The control group received placebo or usual care.",
        (_A, _M),
        r"\b(?:placebo|control(?:s| groups?| arms?)|usual care|standard care|waiting[- ]list|"
        r"compared (?:with|to)|versus|vs|comparators?|comparison groups?|sham|untreated|vehicle|"
        r"reference group|healthy (?:controls|volunteers|donors))\b",
        strong=r"\b(?:(?:control|comparison|placebo|sham|reference|usual[- ]care) (?:\w+ "
        r")?(?:group|arm)"
        r"s?\b|(?:matched|healthy|untreated|uninfected) (?:\w+ )?controls?\b|(?:and|or|versus|"
        r"vs\.?|to|"
        r"with) (?:a )?(?:matching )?(?:placebo|usual care|standard care|sham|vehicle|no "
        r"treatment)|"
        r"(?:control|comparison|placebo) (?:subjects|participants|patients|mice|rats|animals|"
        r"children|"
        r"students)\b)",
        against=r"\b(?:we assumed|sample size|statistical power|"
        r"(?:positive|negative|quality|internal|loading|isotype) controls?|to control|"
        r"controls? and prevention|(?:disease|infection|vector|tumou?r|glyc[a-z]+) control|"
        r"control for|"
        r"controlled for|data management|controls? were (?:run|included in each)|compared (?:with|"
        r"to) "
        r"(?:the )?baseline|software|statistical|test was used|significan\w+|cancer registr)",
        headings=r"control|comparator|comparison",
    ),
    define(
        "primary_outcome",
        "What was the primary outcome or main measurement?",
        "The primary outcome was the change of the score at 12 weeks.",
        (_A, _M),
        r"\b(?:primary (?:\w+ )?(?:outcome|end-?point|measure)s?|main outcome|outcome measures?|"
        r"was (?:measured|assessed) (?:by|with|using))\b",
        strong=r"\b(?:primary|main|principal) (?:\w+ )?(?:outcome|end[- ]?point|measure)",
        headings=r"outcome|end-?point",
    ),
    define(
        "outcomes",
        "Which outcomes were measured, and when?",
        "Secondary outcomes were pain at 3 months and quality of life at 12 months.",
        (_A, _M),
        r"\b(?:outcomes?|end[- ]?points?)\b",
        strong=r"\b(?:primary|secondary|main|other|exploratory|safety) (?:\w+ )?(?:outcome|end[- "
        r"]?point)"
        r"s?\b",
        headings=r"outcome|end-?point",
    ),
    define(
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
    define(
        "effect_estimates",
        "Which effects were estimated, with which interval and p value?",
        "The odds ratio was 0.74 (95% CI 0.61 to 0.89; p = 0.002).",
        (_A, _R, _C),
        r"\bp(?:[- ]?values?)?\s*[<=>≤≥]|\d\s*%\s*(?:CI|confidence|credible)|\b(?:odds|hazards?|"
        r"risk|"
        r"rate|prevalence) ratios?\b|\brelative risks?\b|\bmean difference|\beffect sizes?\b|"
        r"\b(?:OR|HR|RR|AUC)s?\s*[=:,(]?\s*\d|correlation coefficient|\bsignifican\w+",
    ),
    define(
        "harms",
        "Which adverse events, side effects or harms occurred?",
        "Adverse events and side effects were mild and occurred in some of the patients.",
        (_A, _R),
        r"\b(?:adverse|side[- ]effects?|toxicit(?:y|ies)|harms?|harmful|complications?|safety|"
        r"tolerated|tolerability|deaths?|died|discontinu\w+|withdr[ae]w\w*|AEs|SAEs)\b",
        strong=r"\b(?:(?:serious |severe |treatment[- ](?:emergent|related) |no |local |systemic |"
        r"any )*"
        r"(?:adverse (?:events?|effects?|reactions?|experiences?)|side[- ]effects?|AEs|SAEs|"
        r"toxicity)"
        r"[^;.]{0,80}?\b(?:were|was|occurred|reported|observed|experienced|noted|noticed|"
        r"developed|in)\b"
        r"|well tolerated|(?:reported|experienced|developed|had) (?:\w+ ){0,3}?(?:adverse|side[- ]"
        r"effects?|AEs))",
        against=r"\b(?:eating disorders|(?:diabetic|other acute|microvascular|obstetric) "
        r"complications|"
        r"causes? of death|cancer deaths?|risk of death|mortality|harm(?:s|ful)? (?:of|reduction)|"
        r"excluded|exclusion|criteria|eliminating|adverse (?:outcomes?|pregnancy|life|"
        r"childhood))\b",
        headings=r"safety|adverse|harm|toxicit|tolerab",
    ),
    define(
        "limitations",
        "What are the limitations of this study?",
        "This study has several limitations, such as its small sample and short follow-up.",
        (_D, _C),
        r"\b(?:limitations?|limited by|weakness(?:es)?|shortcomings?|caution|generali[sz]\w+|"
        r"small sample|further (?:studies|research))\b",
        strong=rf"\b(?:limitations? (?:of|in|to) (?:this|our|the (?:present|current))|(?:this|our|"
        rf"present)"
        rf" {_STUDY} (?:has|had|have|is|was) (?:\w+ ){{0,3}}?(?:limit\w+|weakness\w*)|(?:several|"
        rf"some|"
        r"a|another|one|main|major|potential|important|certain|following|first) limitations?|"
        r"limitations? (?:should|include|is|was|are|were))\b",
        # "The trial has limitations." and nothing else
        against=r"^[^,;:]{0,60}\blimitations?\.$",
        headings=r"limitation",
        lead_in="The study was limited because",
    ),
    define(
        "funding",
        "Who funded this study; which grants supported it?",
        "This work was funded by a grant from the national research council.",
        _BACK,
        r"\b(?:fund(?:ed|ing|er|ers)|supported by|grants?|sponsor(?:ed|s)?|"
        r"financial(?:ly)? support)\b",
        own_kinds=(SectionKind.FUNDING,),
        strong=r"\b(?:(?:was|were|is|are|has been|been) (?:\w+ )?(?:funded|supported|sponsored|"
        r"financed)"
        r"|funded by|supported by|grants? (?:from|of|number|no|\w*\d)|no (?:\w+ )?funding|"
        r"receive[sd]? "
        r"(?:no )?(?:\w+ )?(?:funding|support))\b",
        headings=r"fund|financial|grant|support",
    ),
    define(
        "conflicts_of_interest",
        "Do the authors declare competing interests or conflicts of interest?",
        "The authors declare that they have no conflicts of interest.",
        _BACK,
        r"\b(?:conflicts? of interests?|competing (?:financial )?interests?|no conflicts?|"
        r"disclos(?:e|ed|ures?)|nothing to declare|honoraria|personal fees)\b",
        own_kinds=(SectionKind.CONFLICTS,),
        headings=r"conflict|compet|interest|disclos",
    ),
    define(
        "registration",
        "Under which number was the trial or protocol registered?",
        "The trial was registered at ClinicalTrials.gov under the number NCT00000000.",
        (_A, _M, SectionKind.ETHICS, *_BACK),
        r"\b(?:(?:was|were|is) (?:\w+ )?registered (?:with|at|in|on|under|as|by|prospectively|"
        r"retrospectively)|registration (?:number|no|code|identifier|id)\b|pre-?registered|"
        r"trial registration|PROSPERO|ClinicalTrials\.gov|Clinical Trials Registry|EudraCT)",
        headings=r"registration",
        proof=REGISTRATION_NUMBER.pattern,
    ),
    define(
        "data_availability",
        "Where are the data and the code of this study available?",
        "The data that support the findings of this study are available on request.",
        _BACK,
        r"\b(?:data (?:availability|sharing|access\w*)|(?:data|datasets?|code|materials|"
        r"sequences?) "
        r"(?:[\w-]+ ){0,12}?(?:available|deposited|accessible|shared|archived)|"
        r"(?:available|deposited|submitted) (?:[\w-]+ ){0,4}?(?:in|at|from|on|to|via|upon) "
        r"(?:the )?"
        r"(?:[\w-]+ ){0,3}?(?:GenBank|GEO|Dryad|Zenodo|figshare|OSF|GitHub|repository|request|SRA|"
        r"corresponding author)|accession (?:numbers?|nos?|codes?)|source code|github\.com|"
        r"zenodo|figshare|dryad)",
        own_kinds=(SectionKind.DATA_AVAILABILITY,),
        strong=r"\b(?:(?:data|datasets?|code)\b[^;.]{0,90}?\b(?:available|deposited|shared|"
        r"accessible)"
        r"|data availability|no (?:new )?data\b)",
        against=r"\b(?:(?:data|samples) were (?:not )?available for|commercially available|"
        r"available for "
        r"analysis|no data (?:are|were|is) available (?:on|for|about)|downloaded|limited data|for "
        r"whom|details|assays?|questionnaires?)\b",
        headings=r"(?:data|code|software).{0,20}(?:availab|shar|access|deposit)|availability|"
        r"accession",
    ),
    define(
        "conclusion",
        "What do the authors conclude?",
        "In conclusion, our findings suggest that the treatment is effective.",
        (_A, _D, _C),
        r"\b(?:conclu(?:de|ded|sion|sions)|in summary|our (?:findings|results|data) (?:suggest|"
        r"indicate|show|support)\w*|these (?:findings|results|data) (?:suggest|indicate|show|"
        r"support)\w*|taken together|overall,)\b",
        own_kinds=(_C,),
        strong=r"\b(?:in (?:conclusion|summary)|we (?:therefore |thus )?conclude|taken together|"
        r"(?:our|these|the present|this) (?:[\w-]+ ){0,2}?(?:findings?|results?|data|study|trial) "
        r"(?:\w+ )?(?:suggest|indicate|show|support|demonstrate|confirm|provide)\w*)\b",
        against=r"\b(?:(?:further|future|more) (?:\w+ )?(?:investigations?|research|studies|work)|"
        r"previous|limitations?|et al|(?:is|are|remains?) (?:\w+ )?"
        r"(?:unknown|unclear|uncertain))\b",
        headings=r"conclusion|summary|interpretation",
        lead_in="The authors concluded that",
    ),
)
ITEMS: Final = {item.name: item for item in DATA_ITEMS}
"""The items by name."""
