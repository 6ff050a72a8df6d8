"""How many documents a worker takes at once, where a model reads them.

Many, so that the model can sort them by length; few, so that a cancelled run ends soon, a dead
worker costs little, and several workers end together. Leasing is ``tasks.leasing``.
"""

from dataclasses import dataclass
from typing import Final

# What a person waits for who cancels, and what a killed worker has to read again, in seconds.
_LONGEST_BATCH_S: Final = 10.0
# Of what is left, each worker takes half of its share: the last batches are small ones
# (guided self-scheduling, Polychronopoulos and Kuck 1987).
_SHARE: Final = 2


@dataclass(slots=True, kw_only=True)
class BatchSize:
    """Between ``least``, one batch of the model's, and ``most``; learns how fast the reading is."""

    least: int
    most: int
    _seconds_each: float = 0.0

    def choose(self, *, n_left: int, n_workers: int) -> int:
        """Return how many of ``n_left`` documents to take, where ``n_workers`` read."""
        size = self.most
        if self._seconds_each:
            size = min(size, int(_LONGEST_BATCH_S / self._seconds_each))
        if n_workers > 1:
            size = min(size, n_left // (_SHARE * n_workers))
        return max(size, self.least)

    def learn(self, n_read: int, seconds: float) -> None:
        """Take note that ``n_read`` documents took ``seconds``."""
        if n_read:
            self._seconds_each = seconds / n_read
