"""Where a passage that a person copied stands in a text: white space aside, word for word.

Nothing near is taken for it: a passage that is not in the text has no place there.
"""

import re

from litsweep.domain.documents import Span


def find_passage(text: str, passage: str) -> Span | None:
    """Return the first place of ``passage`` in ``text``, half-open, or None.

    Any white space matches any other: what is copied from a page has other line ends.
    """
    words = passage.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return None if found is None else Span(found.start(), found.end())
