"""Which words say the opposite of each other. It looks at words alone, never at sentences."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from litsweep.checks.words import stem

# One pair of sides a line; "*" stands for any ending. A word may be in several lines.
_LINES: Final = """
increas* rise* rising rose risen rais* elevat* grow* grew gain* augment* enhanc* boost* accumul* \
upregulat* higher high highest greater great greatest more most larger large largest above over \
exceed* up upward* many elevation* intensif* amplif* expand* expan* widen* strengthen* long* \
excess* maxim* heavier bigger ascend* enlarg* inflat* multipl* | \
decreas* reduc* fall fell falls falling fallen declin* drop* diminish* lower low lowers lowered lowering lowest \
lessen* attenuat* suppress* deplet* loss* lost lose* losing downregulat* fewer few fewest less least \
smaller small smallest below under down downward* shrink* shrank shrunk narrow* weaken* short* deficien* \
minim* lighter descend* decrement* dwindl* curtail* blunt* abat* subsid* insufficien*
improv* better best benefi* good favourabl* favorabl* favour* favor* alleviat* ameliorat* reliev* \
recover* heal* cure* cured protect* prevent* success* superior* safe* well effective* efficacious \
advantag* satisf* eas* mitigat* helpful resolv* succeed* well-tolerated responder* optimal* \
healthy healthier survi* safety useful promising mild milder | \
worse* worst harm* deteriorat* poor* unfavourabl* unfavorabl* aggravat* exacerbat* impair* damag* \
risk* caus* fail* inferior* unsafe toxic* bad badly ineffective* inefficacious disadvantag* \
unsatisf* detriment* unhelpful injur* relaps* advers* danger* nonresponder* suboptimal* sick* ill die* died \
dying death* mortalit* hazard* useless severe* disappoint* intolera* hinder*
longer long longest later late latest slow* delay* prolong* chronic* lengthen* postpon* persist* | \
shorter short shortest earlier early earliest fast* quick* rapid* accelerat* acute* shorten* hasten* transient*
before prior preced* pre pretreatment preoperativ* previous* antecedent* beforehand | \
after following follow* subsequent* post posttreatment postoperativ* since afterward* later thereafter next
first initial* begin* began begun start* onset* open* commenc* initiat* admission* | \
last final* end* ended stop* discontinu* terminat* close* ceas* withdraw* discharge* complet*
positiv* present presence detect* includ* inclusion* with accept* agree* support* confirm* consist* \
true truly correct* valid* | \
negativ* absent absence undetect* exclud* exclusion* without reject* disagree* contradict* refut* \
inconsist* false* incorrect* invalid* disprov* oppos*
activat* active* stimulat* induc* promot* agonis* agonist* facilitat* trigger* enabl* upregulat* \
enhanc* potentiat* support* express* | \
inhibit* inactiv* inactivat* suppress* prevent* antagonis* antagonist* block* hinder* abolish* disabl* \
downregulat* impair* attenuat* silenc* repress*
similar* same equal* identical* comparable equivalent* unchanged stable constant* alike concordan* \
homogen* | differ* unequal* distinct* dissimilar* changed chang* varied discordan* heterogen* unstable
common* frequent* often usual* always majority most widespread many typical* prevalent regular* | \
rare* infrequent* seldom uncommon* unusual* never minority least few atypical* sporadic* irregular*
all every both | none neither some
strong* robust* powerful* intens* substantial* major large pronounced high | \
weak* fragile slight* mild* minor small subtle faint moderate* low
associat* relat* correlat* link* depend* | unassociat* unrelat* uncorrelat* independent* unlinked
likely probabl* | unlikely improbabl*
significant* | insignificant* nonsignificant*
left | right
upper superior* top | lower inferior* bottom
anterior* ventral* frontal* | posterior* dorsal* occipital*
proximal* central* medial* inner internal* deep* inside | \
distal* peripheral* lateral* outer external* superficial* outside
male* men man boy* father* husband* paternal* son sons | \
female* women woman girl* mother* wi[fv]e* maternal* daughter*
young* child* infant* neonat* pediatric* paediatric* juvenile* adolescen* newborn* | \
old* elder* adult* geriatric* aged
primary | secondary
direct* | indirect* inverse*
simpl* easy easier easily | complex* complicat* difficult*
rural | urban
public* | private*
benign | malignan*
vivo | vitro
inpatient* hospitali* | outpatient* ambulator* community
systolic | diastolic
acid* | alkali* basic base*
warm* hot heat* hyperthermi* | cold* cool* hypothermi*
thick* | thin*
wet | dry
bright* light | dark* dim
sensitiv* susceptib* | resistan* insensitiv* refractory
mother* | child* infant*
random* | systematic*
single one | multiple several many
unilateral* | bilateral*
voluntar* | involuntar*
new* novel | old* conventional* traditional* established
excit* | inhibit*
import* input* influx | export* output* efflux
dominant* | recessive*
afferent* | efferent*
saturated | unsaturated
obes* overweight | lean underweight
fed | fast* starv*
smok* | nonsmok*
win* won | lose* lost
adequate* sufficien* | inadequate* insufficien*
solub* | insolub*
reversib* | irreversib*
dependent* | independent*
prospectiv* | retrospectiv*
local* | systemic* general*
partial* | complet* total* full*
minimum | maximum
dilat* | constrict* contract*
tachycardi* | bradycardi*
gram-positive | gram-negative
wild | mutant* mutat* knockout*
endogen* | exogen*
synthes* form* produc* build* | degrad* destr* consum* breakdown break*
attach* bind* bound | detach* dissociat* unbound free releas*
apopto* dead necro* die* | surviv* viab* alive live*
normal* physiologic* | abnormal* patholog*
"""
_CHANGED_PREFIXES: Final = (
    ("hyper", "hypo"),
    ("over", "under"),
    ("up", "down"),
    ("pre", "post"),
    ("intra", "extra"),
    ("intra", "inter"),
    ("pro", "anti"),
    ("pro", "retro"),
    ("micro", "macro"),
    ("mono", "poly"),
    ("homo", "hetero"),
    ("endo", "exo"),
    ("uni", "bi"),
    ("uni", "multi"),
    ("eu", "dys"),
    ("in", "out"),
    ("in", "ex"),
    ("in", "de"),
    ("ac", "de"),
    ("as", "des"),
    ("syn", "anta"),
    ("ag", "antag"),
    ("afe", "effe"),
    ("tachy", "brady"),
    ("im", "ex"),
    ("max", "min"),
)
_DENIALS: Final = (
    "un",
    "in",
    "im",
    "ir",
    "il",
    "non",
    "dis",
    "mis",
    "de",
    "a",
    "an",
    "anti",
    "dys",
)
_SHORTEST_REST: Final = 4


def are_opposites(one: str, other: str) -> bool:
    """Tell whether two words, in lower case, say opposite things; ``increased``, ``fell``."""
    if one == other:
        return False
    sides, others = _sides(one), _sides(other)
    if any((line, side) in others for line, side in sides):
        return False  # "more" and "higher" are on one side of one line, whatever of another
    return any((line, 1 - side) in others for line, side in sides) or _is_denial(one, other)


def has_side(word: str) -> bool:
    """Tell whether a word, in lower case, has listed opposites."""
    return bool(_sides(word))


@cache
def _is_denial(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORTEST_REST and any(
        _is_rest(longer.removeprefix(prefix), shorter)
        for prefix in _DENIALS
        if longer.startswith(prefix)
    ):
        return True
    return any(
        _is_rest(first.removeprefix(a), second.removeprefix(b))
        for a, b in _CHANGED_PREFIXES
        for first, second in ((one, other), (other, one))
        if first.startswith(a) and second.startswith(b)
    )


def _is_rest(one: str, other: str) -> bool:
    """Tell whether two words are one but for the ending."""
    return min(len(one), len(other)) >= _SHORTEST_REST and stem(one) == stem(other)


@cache
def _sides(word: str) -> frozenset[tuple[int, int]]:
    return frozenset((line, side) for line, side, pattern in _patterns() if pattern.fullmatch(word))


@cache
def _patterns() -> tuple[tuple[int, int, re.Pattern[str]], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[int, int, re.Pattern[str]]]:
    for number, line in enumerate(filter(None, _LINES.strip().splitlines())):
        for side, words in enumerate(line.split(" | ")):
            pattern = "|".join(word.replace("*", r"\w*") for word in words.split())
            yield number, side, re.compile(pattern)
