"""What a reading may be told: which model was chosen, how much it writes, how windows are cut."""

from dataclasses import dataclass

from litsweep.domain.models import ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How documents of one batch are read.

    ``choice`` is the model that was chosen, and why; ``max_new_tokens`` what it may write for
    one summary or data item; ``window_overlap`` how many sentences a window repeats of
    the one before it; ``max_windows`` how many windows of one full text are read at most.
    """

    choice: ModelChoice
    max_new_tokens: int
    window_overlap: int = 1
    max_windows: int = 64
