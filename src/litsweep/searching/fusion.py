"""One ranking out of several, such as by words and by meaning, whose scores cannot be compared."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

_K: Final = 60
"""How little the very first places count for more than those after them (Cormack et al.)."""


def fuse_rankings(rankings: Sequence[Sequence[int]], *, k: int = _K) -> list[int]:
    """Return all that is ranked, best first: the sum of ``1 / (k + rank)``, ranks from 1.

    Of two with the same sum the one that comes first in the earlier ranking is first.

    Reciprocal rank fusion: Cormack, Clarke and Büttcher 2009, doi 10.1145/1571941.1572114, who
    chose k = 60.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, each in enumerate(dict.fromkeys(ranking), 1):
            scores[each] += 1 / (k + rank)
    return sorted(scores, key=lambda each: -scores[each])
