"""The vectors that are nearest to one, by comparing it with all of them. Numpy alone.

For some hundred thousand vectors this takes less time than reading them from the database, is
exact, and needs no index that could be stale.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float32]
"""A unit vector, shape ``[dimensions]``."""
Matrix: TypeAlias = npt.NDArray[np.float32]
"""Unit vectors, shape ``[n, dimensions]``."""

# Beyond the sixth decimal the order of two sums, and so the processor, decides.
_DECIMALS: Final = 6


def find_nearest(
    matrix: Matrix, query: Vector, newness: npt.NDArray[np.int64], limit: int
) -> list[tuple[int, float]]:
    """Return the rows of ``matrix`` nearest to ``query`` with their cosines, the nearest first.

    Of rows that are equally near the one with the higher ``newness`` comes first; cosines are
    rounded to six decimals before they are compared.
    """
    cosines = np.round(matrix @ query, _DECIMALS)
    places = np.arange(len(cosines))
    if limit < len(cosines):
        worst = np.partition(cosines, -limit)[-limit]
        places = np.flatnonzero(cosines >= worst)
    order = np.lexsort((-newness[places], -cosines[places]))[:limit]
    return [(int(place), round(float(cosines[place]), _DECIMALS)) for place in places[order]]
