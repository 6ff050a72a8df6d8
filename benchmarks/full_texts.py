"""How whole and how fast the full texts of a folder are read, beside simpler ways of reading.

Run ``python -m benchmarks.full_texts [FOLDER]``; FOLDER (default: the packaged sample) holds JATS
files, one report each.

Words are runs of letters and digits. Those of a body are counted in its plain ``itertext``, with
inline markup (``H<sub>2</sub>O``) read as one word and a blank between all other elements; a word
is kept as often as it stands in the document's text. Two figures are printed. The first counts
every word. The second leaves out what no reader is to see twice or at all, and each of these is
counted: identifiers of objects, TeX and MathML of formulas, reference lists (they become
references), permissions, alternative texts of images. Formulas are judged apart: one is kept
where its letters and digits stand in the text one after the other; of several forms of the same
formula, one is enough.

Each way of reading does so in a process of its own, in turn, ``N_ROUNDS`` times; medians of CPU
seconds are shown. Limits: no file fails, and 99.5 % of the words are kept.
"""

import importlib.util
import json
import re
import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from litsweep.errors import LitsweepError
from litsweep.parsing.jats import parse_document
from litsweep_app.sandbox import sample_data

N_ROUNDS = 3
LEAST_KEPT = 0.995
# Left out of the second figure, in this order.
UNCOUNTED = {
    "object-id": "identifiers of objects",
    "tex-math": "TeX of formulas",
    "math": "MathML of formulas",
    "ref-list": "reference lists",
    "permissions": "permissions",
    "alt-text": "alternative texts",
    "long-desc": "long descriptions",
}
INLINE = (
    *("italic", "bold", "sub", "sup", "sc", "monospace", "underline", "overline", "strike"),
    *("named-content", "styled-content", "xref", "ext-link", "uri", "email", "abbrev"),
    *("inline-formula", "inline-graphic", "alternatives", "taxon-name", "taxon-name-part"),
)
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
Words = Counter[str]


@dataclass(kw_only=True)
class Kept:
    """How much of the bodies a way of reading keeps."""

    n_words: int = 0
    n_kept: int = 0
    n_counted: int = 0
    n_counted_kept: int = 0
    uncounted: Words = field(default_factory=Counter)
    n_formulas: int = 0
    n_formulas_kept: int = 0
    worst: tuple[float, str] = (1.0, "none")


def main() -> None:
    """Measure and print the tables."""
    if sys.argv[1:2] == ["--reader"]:
        print(json.dumps(_measure(READERS[sys.argv[2]], Path(sys.argv[3]))))
        return
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data() / "pmc"
    print(f"{len(_paths(folder))} files in {folder}")
    n_failed = _print_words(folder)
    _print_readers(folder)
    if n_failed:
        sys.exit(f"{n_failed} files failed.")


def _print_words(folder: Path) -> int:
    kept, n_failed = Kept(), 0
    counts: Words = Counter()
    for path in _paths(folder):
        data = path.read_bytes()
        try:
            document = parse_document(data)
        except LitsweepError as error:
            n_failed += 1
            print(f"{path.name}: {error}")
            continue
        counts.update(sections=len(document.sections), references=len(document.references))
        counts.update({"sub-articles": len(document.sub_articles)})
        _judge(kept, path.name, data, document.text)
    print(f"parsed {len(_paths(folder)) - n_failed}, failed {n_failed}; {_list(counts)}")
    print(f"words of the bodies {kept.n_words:12,}   kept {kept.n_kept / kept.n_words:.3%}")
    for name, words in UNCOUNTED.items():
        if kept.uncounted[name]:
            print(f"  of them {words:28}{kept.uncounted[name]:8,}")
    share = kept.n_counted_kept / kept.n_counted
    print(
        f"without those       {kept.n_counted:12,}   kept {share:.3%} (at least {LEAST_KEPT:.1%})"
    )
    print(f"  least in one file {kept.worst[0]:.2%}, {kept.worst[1]}")
    print(f"formulas            {kept.n_formulas:12,}   kept {_share(kept):.3%}")
    return n_failed


def _share(kept: Kept) -> float:
    return kept.n_formulas_kept / kept.n_formulas if kept.n_formulas else 1.0


def _list(counts: Words) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def _judge(kept: Kept, name: str, data: bytes, text: str) -> None:
    """Compare the words of the body with those of ``text``, and add the outcome."""
    has = _words(text)
    everything, counted = Counter[str](), Counter[str]()
    for body in _bodies(data):
        _judge_formulas(kept, body, _bare(text))
        for uncounted in UNCOUNTED:
            found = list(body.iter(f"{{*}}{uncounted}"))
            kept.uncounted[uncounted] += sum(_words(_plain(one)).total() for one in found)
        etree.strip_tags(body, *(f"{{*}}{inline}" for inline in INLINE))
        everything += _words(_plain(body))
        etree.strip_elements(body, *(f"{{*}}{one}" for one in UNCOUNTED), with_tail=False)
        counted += _words(_plain(body))
    n_counted_kept = (counted & has).total()
    kept.n_words += everything.total()
    kept.n_kept += (everything & has).total()
    kept.n_counted += counted.total()
    kept.n_counted_kept += n_counted_kept
    if counted:
        kept.worst = min(kept.worst, (n_counted_kept / counted.total(), name))


def _judge_formulas(kept: Kept, body: etree._Element, bare_text: str) -> None:
    for formula in body.iter("{*}inline-formula", "{*}disp-formula"):
        forms = [_bare(form) for form in _forms(formula)]
        if any(forms):
            kept.n_formulas += 1
            kept.n_formulas_kept += any(form and form in bare_text for form in forms)


def _forms(formula: etree._Element) -> Iterator[str]:
    for math in formula.iter("{*}math"):
        etree.strip_elements(math, "{*}annotation", with_tail=False)
        yield "".join(map(str, math.itertext()))
    for tex in formula.iter("{*}tex-math"):
        whole = "".join(map(str, tex.itertext()))
        body = _TEX_BODY.search(whole)
        yield body[1] if body else whole


def _bodies(data: bytes) -> Iterator[etree._Element]:
    parser = etree.XMLParser(
        huge_tree=True, resolve_entities=False, remove_comments=True, remove_pis=True
    )
    article = next(etree.fromstring(data, parser).iter("{*}article"))
    yield from article.iterfind("{*}body")


def _plain(element: etree._Element) -> str:
    return unicodedata.normalize("NFC", " ".join(map(str, element.itertext())))


def _words(text: str) -> Words:
    return Counter(re.findall(r"\w+", text))


def _bare(text: str) -> str:
    # Decomposed: an accent set as a sign of its own must not count as another letter.
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFD", text))


def _print_readers(folder: Path) -> None:
    names = [name for name in READERS if name != PUBMED_PARSER or _is_installed()]
    rounds = [{name: _read(name, folder) for name in names} for _ in range(N_ROUNDS)]
    n_files = len(_paths(folder))
    print(f"\n{'':32}{'documents/CPU s':>16}{'litsweep is':>13}{'words kept':>12}{'failed':>8}")
    ours = statistics.median(one[OURS]["cpu_s"] for one in rounds)
    for name in names:
        cpu_s = statistics.median(one[name]["cpu_s"] for one in rounds)
        usage = rounds[0][name]
        print(
            f"{name:32}{n_files / cpu_s:16.1f}{cpu_s / ours:11.2f} ×"
            f"{usage['kept']:12.2%}{usage['n_failed']:8.0f}"
        )
    if PUBMED_PARSER not in names:
        print(f"{PUBMED_PARSER:32} is not installed")


def _read(name: str, folder: Path) -> dict[str, float]:
    """Let a process of its own read ``folder``; return what it used and kept."""
    command = [sys.executable, "-m", "benchmarks.full_texts", "--reader", name, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    usage: dict[str, float] = json.loads(done.stdout)
    return usage


def _measure(read: Callable[[Path, bytes], str], folder: Path) -> dict[str, float]:
    kept, cpu_s, n_failed = Kept(), 0.0, 0
    for path in _paths(folder):
        data = path.read_bytes()
        start = time.process_time()
        try:
            text = read(path, data)
        except Exception:  # noqa: BLE001  # whatever a peer raises
            text, n_failed = "", n_failed + 1
        cpu_s += time.process_time() - start
        _judge(kept, path.name, data, text)
    share = kept.n_counted_kept / kept.n_counted
    return {"cpu_s": cpu_s, "kept": share, "n_failed": n_failed}


def _with_litsweep(_path: Path, data: bytes) -> str:
    return parse_document(data).text


def _with_plain_itertext(_path: Path, data: bytes) -> str:
    return "\n".join(" ".join(map(str, body.itertext())) for body in _bodies(data))


def _with_paragraphs(_path: Path, data: bytes) -> str:
    """Join the paragraphs of the body, as most scripts do: no titles, captions count once more."""
    paragraphs = (part for body in _bodies(data) for part in body.iter("{*}p"))
    return "\n".join("".join(map(str, paragraph.itertext())) for paragraph in paragraphs)


def _with_pubmed_parser(path: Path, _data: bytes) -> str:
    import pubmed_parser  # type: ignore[import-not-found, unused-ignore]

    parser: Any = pubmed_parser
    found = parser.parse_pubmed_paragraph(str(path), all_paragraph=True)
    return "\n".join(f"{one['section']}\n{one['text']}" for one in found)


OURS = "litsweep parse_document"
PUBMED_PARSER = "pubmed_parser, paragraphs"
READERS = {
    OURS: _with_litsweep,
    "lxml, itertext of the body": _with_plain_itertext,
    "lxml, paragraphs of the body": _with_paragraphs,
    PUBMED_PARSER: _with_pubmed_parser,
}


def _is_installed() -> bool:
    return importlib.util.find_spec("pubmed_parser") is not None


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


if __name__ == "__main__":
    main()
