"""The sandbox: a local stand-in for PubMed, PMC and Europe PMC, answering from files.

It is what the demo sweeps and what tests talk to, over real HTTP on loopback. It fetches
nothing and never changes the files. What it cannot know it does not invent: there is no Best
Match ranking, no tree of headings to explode, and no links but those between records and full
texts.
"""

from pathlib import Path

from litsweep_app.sandbox.server import SandboxAddress, running, serve

__all__ = ["SandboxAddress", "running", "sample_data", "serve"]


def sample_data() -> Path:
    """Return the folder of the packaged sample: fictitious PubMed records and JATS articles."""
    return Path(__file__).parent / "sample"
