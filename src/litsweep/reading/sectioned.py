"""A report's sentences, each with the section that holds it. It ranks and cuts nothing."""

from dataclasses import dataclass

from litsweep.domain.documents import Document, Section, Sentence
from litsweep.parsing.sentences import document_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionedSentences:
    """A document's sentences in order, each with its section; ``text`` is the document's."""

    text: str
    sentences: tuple[Sentence, ...]
    sections: tuple[Section, ...]

    def neighbourhood(self, position: int, within: range) -> tuple[int, int]:
        """Return the range of the sentence and its neighbours in the same section.

        Neighbours outside ``within``, a window's positions, are left out.
        """
        start = end = position
        if position > within.start and self.sections[position - 1] is self.sections[position]:
            start -= 1
        if end + 1 < within.stop and self.sections[end + 1] is self.sections[end]:
            end += 1
        return start, end + 1

    def statement(self, position: int) -> range:
        """Return the sentences of the sentence's section, without its heading."""
        section = self.sections[position]
        start = end = position
        while start > 0 and self.sections[start - 1] is section:
            start -= 1
        while end + 1 < len(self.sections) and self.sections[end + 1] is section:
            end += 1
        is_headed = start < position and self.sentences[start].text == section.title
        return range(start + is_headed, end + 1)

    def top_sections(self) -> tuple[int, ...]:
        """Return for each sentence which top section, counted from 0, it stands in."""
        numbers: list[int] = []
        for position, section in enumerate(self.sections):
            last = numbers[-1] if numbers else 0
            is_new = position > 0 and section is not self.sections[position - 1]
            numbers.append(last + (is_new and section.depth == 0))
        return tuple(numbers)


def sectioned_sentences(document: Document) -> SectionedSentences:
    """Return every sentence of the document with its section."""
    in_order = sorted(document.sections, key=lambda section: section.span)
    sentences = document_sentences(document)
    sections = []
    current = 0
    for sentence in sentences:
        while in_order[current].span.end <= sentence.span.start:
            current += 1
        sections.append(in_order[current])
    return SectionedSentences(text=document.text, sentences=sentences, sections=tuple(sections))
