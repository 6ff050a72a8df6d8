"""Words and their opposites, as pairs of forms, for planting. Written apart from the checks.

The checks group stems by axis and compare prefixes; this is a plain list of what an editor
would write for what, wider than increase and decrease, and it is never used to mend the checks.
"""

from collections.abc import Iterator
from typing import Final

_PAIRS: Final = """
increased/decreased increases/decreases increase/decrease increasing/decreasing higher/lower
highest/lowest high/low greater/smaller larger/smaller more/less more/fewer reduced/increased
reduction/increase reduces/raises elevated/lowered elevated/reduced raised/lowered rose/fell
rise/fall rising/falling grew/shrank growth/shrinkage gain/loss gained/lost enhanced/diminished
enhances/diminishes enhancement/attenuation improved/worsened improves/worsens
improvement/worsening improvement/deterioration improve/worsen better/worse best/worst
longer/shorter longest/shortest long/short long-term/short-term earlier/later early/late
before/after prior/subsequent faster/slower rapid/slow rapidly/slowly superior/inferior
effective/ineffective efficacious/inefficacious safe/unsafe safe/harmful benefit/harm
beneficial/harmful benefits/harms protective/harmful positive/negative positively/negatively
positively/inversely present/absent presence/absence upregulated/downregulated
up-regulated/down-regulated upregulation/downregulation activated/inhibited activation/inhibition
activates/inhibits inhibited/activated inhibits/stimulates inhibition/stimulation inhibit/promote
stimulated/suppressed stimulates/suppresses induced/prevented promotes/inhibits
promoted/suppressed prevent/cause prevents/causes prevention/causation agonist/antagonist
agonists/antagonists stronger/weaker strong/weak strongly/weakly common/rare frequent/infrequent
frequently/rarely often/seldom most/least majority/minority significant/insignificant
significantly/insignificantly similar/different similarly/differently same/different
associated/unassociated related/unrelated likely/unlikely sensitive/resistant
sensitivity/resistance dependent/independent included/excluded including/excluding
inclusion/exclusion accepted/rejected acute/chronic mild/severe benign/malignant normal/abnormal
active/inactive left/right upper/lower anterior/posterior proximal/distal medial/lateral
dorsal/ventral internal/external male/female males/females men/women boys/girls maternal/paternal
young/old younger/older adults/children primary/secondary direct/indirect directly/indirectly
simple/complex rural/urban first/last above/below over/under maximum/minimum maximal/minimal
good/poor favorable/unfavorable favourable/unfavourable success/failure successful/unsuccessful
successfully/unsuccessfully adequate/inadequate sufficient/insufficient complete/partial
completely/partially accelerated/delayed facilitates/impairs hyperglycemia/hypoglycemia
hypertension/hypotension hypertensive/hypotensive hyperthyroidism/hypothyroidism
overexpression/underexpression overweight/underweight tachycardia/bradycardia
preoperative/postoperative pre-treatment/post-treatment intracellular/extracellular
symptomatic/asymptomatic reversible/irreversible regular/irregular stable/unstable able/unable
possible/impossible appropriate/inappropriate accurate/inaccurate consistent/inconsistent
available/unavailable known/unknown supported/refuted supports/contradicts confirmed/refuted
agreement/disagreement advantage/disadvantage advantages/disadvantages relief/aggravation
survived/died survival/death survivors/nonsurvivors responders/nonresponders
recovery/deterioration all/none always/never start/end beginning/end input/output
inpatients/outpatients systolic/diastolic dilation/constriction synthesis/degradation
excitatory/inhibitory hot/cold warm/cold thick/thin deep/superficial central/peripheral
easy/difficult easily/hardly new/old wide/narrow heavy/light healthy/diseased in-vivo/in-vitro
smokers/nonsmokers single/multiple unilateral/bilateral dominant/recessive open/closed
"""
_BOTH_WAYS: Final = [tuple(pair.split("/")) for pair in _PAIRS.split()]


def _pairs() -> Iterator[tuple[str, str]]:
    for old, new in _BOTH_WAYS:
        yield old, new
        yield new, old


OPPOSITES: Final[tuple[tuple[str, str], ...]] = tuple(dict.fromkeys(_pairs()))
"""What is replaced, and by what; in both directions."""
