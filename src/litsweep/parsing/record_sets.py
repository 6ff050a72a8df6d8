"""Cut a reply into its records, on the bytes, and judge what is left.

Each record's bytes are kept exactly as they came, and one broken record cannot take its
neighbours with it. What stands around the records must be well-formed, complete and free
of error messages: a reply that was cut anywhere lacks the end of its root.
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from litsweep.errors import MalformedReply
from litsweep.parsing.text import element_text
from litsweep.parsing.xml import normalize_reply, read_tree

RECORD_TAGS: Final = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument")
_SET_TAGS: Final = frozenset(
    {"PubmedArticleSet", "PubmedBookArticleSet", "BookDocumentSet", "MedlineCitationSet"}
)
_DELETION_TAGS: Final = ("DeleteCitation", "DeleteDocument")
_OUTER_TAGS: Final = frozenset({b"PubmedArticle", b"PubmedBookArticle"})
# Comments, CDATA and instructions are matched so that tags written inside them are not seen.
_TOKEN: Final = re.compile(
    rb"""<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>
        |(/?)((?:Pubmed(?:Book)?Article|MedlineCitation|BookDocument)(?:Set)?)(?=[\s/>])
         (?:[^>"'/]|"[^"]*"|'[^']*')*+(/?)>)""",
    re.DOTALL | re.VERBOSE,
)
_SECRET: Final = re.compile(r"\b[0-9a-fA-F]{30,}\b|\S+@\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReply:
    """The records' bytes in the order of the reply, and the reply with empty records."""

    records: tuple[bytes, ...]
    frame: etree._Element

    @property
    def namespaces(self) -> dict[str | None, str]:
        """Namespaces that hold where the records stood."""
        innermost = next(self.frame.iter(*_any_namespace(RECORD_TAGS)), self.frame)
        return dict(innermost.nsmap)

    @property
    def deleted_pmids(self) -> tuple[int, ...]:
        """PMIDs of the deletion notices."""
        return tuple(
            int(text)
            for notice in self.frame.iter(*_any_namespace(_DELETION_TAGS))
            for pmid in notice.iter("{*}PMID")
            if (text := element_text(pmid)).isdecimal() and int(text) > 0
        )


def cut_reply(xml: bytes) -> CutReply:
    """Cut ``xml`` into records.

    Raises:
        MalformedReply: empty, no XML, cut, unsafe, carrying an error message, or something
            else than records.
    """
    text = normalize_reply(xml)
    records, rest = _cut(text)
    frame = read_tree(rest)
    _refuse_errors(frame)
    _refuse_strangers(frame, len(records))
    return CutReply(records=tuple(records), frame=frame)


def _cut(text: bytes) -> tuple[list[bytes], bytes]:
    """Return the records, and the text with every record replaced by an empty one.

    A record in which another one begins, or the set ends, was never closed: its bytes up to
    there are a record that will turn out unreadable. One that is still open at the end of
    the text stays where it is, and so makes the rest ill-formed.
    """
    records: list[bytes] = []
    rest: list[bytes] = []
    open_name, start, end = b"", 0, 0
    for token in _TOKEN.finditer(text):
        slash, name, is_empty = token.groups()
        if name is None or (open_name and not _ends_record(open_name, slash, name)):
            continue
        if open_name:
            end = token.end() if slash and name == open_name else token.start()
            records.append(text[start:end])
            rest.append(b"<%s/>" % open_name)
            open_name = b""
        if slash or name.endswith(b"Set"):
            continue
        rest.append(text[end : token.start()])
        if is_empty:
            records.append(token[0])
            end = token.start()
        else:
            open_name, start = name, token.start()
    rest.append(text[start if open_name else end :])
    return records, b"".join(rest)


def _ends_record(open_name: bytes, slash: bytes, name: bytes) -> bool:
    if slash:
        return name == open_name or name.endswith(b"Set")
    return name == open_name or name in _OUTER_TAGS


def _refuse_errors(frame: etree._Element) -> None:
    """Refuse a reply with an error message in it: some records are then missing."""
    for element in frame.iter("{*}ERROR", "{*}error"):
        message = _SECRET.sub("[…]", element_text(element))
        raise MalformedReply(f"NCBI reports an error instead of records: {message}")


def _refuse_strangers(frame: etree._Element, n_records: int) -> None:
    """Refuse a reply that is about something else, or that was not understood whole."""
    name = str(frame.tag).rpartition("}")[2]
    if name not in _SET_TAGS and not n_records and frame.find(".//{*}DeleteCitation") is None:
        raise MalformedReply(f"The reply is a <{name}>, not a set of PubMed records.")
    if sum(1 for _ in frame.iter(*_any_namespace(RECORD_TAGS))) != n_records:
        raise MalformedReply("The reply writes tags of records where no records can stand.")
    stray = [frame.text, *(child.tail for child in frame)] if name in _SET_TAGS else []
    if any(text and not text.isspace() for text in stray):
        raise MalformedReply(f"The reply has text between the records of its <{name}>.")


def _any_namespace(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{{*}}{name}" for name in names)
