"""With what, and within what, a warm worker ends. Imports nothing, so that commands may know."""

from typing import Final

LOST_DEVICE: Final = 75
"""Exit status when the GPU is lost: EX_TEMPFAIL of sysexits.h, try again in a fresh process."""
TIMED_OUT: Final = 124
"""Exit status when the run did not end in time; what it held is taken over by others."""
STOP_SECONDS: Final = 80.0
"""From the order to end to the end: less than systemd's 90 s (DefaultTimeoutStopSec)."""
