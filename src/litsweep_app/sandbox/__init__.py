"""The sandbox: a local stand-in for PubMed, PMC and Europe PMC, answering from files.

It is what the demo sweeps and what tests talk to, over real HTTP on loopback. It fetches
nothing and never changes the files. What it cannot know it does not invent: there is no Best
Match ranking, no tree of headings to explode, and no links but those between records and full
texts. On request it misbehaves as the real services do (`litsweep_app.sandbox.faults`), and goes
from day to day (`litsweep_app.sandbox.calendar`).
"""

from pathlib import Path

from litsweep_app.sandbox.calendar import Calendar
from litsweep_app.sandbox.endpoints import Endpoint
from litsweep_app.sandbox.faults import PASSING, Fault, FaultKind, FaultSchedule, read_fault_file
from litsweep_app.sandbox.library import Library, load_library
from litsweep_app.sandbox.server import SandboxAddress, running

__all__ = [
    "PASSING",
    "Calendar",
    "Endpoint",
    "Fault",
    "FaultKind",
    "FaultSchedule",
    "Library",
    "SandboxAddress",
    "load_library",
    "read_fault_file",
    "running",
    "sample_data",
]


def sample_data() -> Path:
    """Return the folder of the packaged sample: fictitious PubMed records and JATS articles."""
    return Path(__file__).parent / "sample"
