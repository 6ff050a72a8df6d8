"""Where a person goes on: at the review desk where there is one, else by which command."""

import shlex
from dataclasses import dataclass
from urllib.parse import quote

from flows.markdown import code, escape, link

PUBMED = "https://pubmed.ncbi.nlm.nih.gov"


@dataclass(frozen=True, slots=True)
class Places:
    """Builds links and commands; ``desk_url`` is None where there is no desk."""

    desk_url: str | None

    def topic(self, name: str) -> str:
        """Return where the records of a topic are screened."""
        if self.desk_url is None:
            return code(f"litsweep digest --topic {shlex.quote(name)}")
        return link(f"{name} at the desk", f"{self._desk}/topics/{quote(name, safe='')}")

    def topic_name(self, name: str) -> str:
        """Return a topic's name, leading to the desk where there is one."""
        if self.desk_url is None:
            return escape(name)
        return link(name, f"{self._desk}/topics/{quote(name, safe='')}")

    def start(self) -> str:
        """Return where all that is new can be seen."""
        if self.desk_url is None:
            return code("litsweep digest")
        return link("the review desk", f"{self._desk}/")

    def run(self, search_run_id: int, topic: str) -> str:
        """Return where the receipt of a search run is."""
        if self.desk_url is None:
            return code(f"litsweep runs --topic {shlex.quote(topic)}")
        return link(f"run {search_run_id}", f"{self._desk}/runs/{search_run_id}")

    def record(self, record_id: int, pmid: int | None, title: str) -> str:
        """Return a record's title, leading to the desk, or else to PubMed."""
        title = title or "(PubMed gives no title)"
        if self.desk_url is not None:
            return link(title, f"{self._desk}/records/{record_id}")
        return link(title, pubmed_address(pmid)) if pmid else escape(title)

    @property
    def _desk(self) -> str:
        return (self.desk_url or "").rstrip("/")


def pubmed_address(pmid: int) -> str:
    """Return the address of a record in PubMed."""
    return f"{PUBMED}/{pmid}/"


def pubmed_link(pmid: int | None) -> str:
    """Return a link to a record in PubMed, which shows its PMID."""
    return link(f"PMID {pmid}", pubmed_address(pmid)) if pmid else "no PMID"
