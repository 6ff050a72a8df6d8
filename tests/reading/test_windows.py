from collections.abc import Sequence
from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from litsweep.domain.documents import SectionKind
from litsweep.reading.sectioned import sectioned_sentences
from litsweep.reading.windows import Cut, cut_windows, describe_left_out, whole
from tests.fakes.documents import full_text

LENGTHS = st.lists(st.integers(min_value=1, max_value=40), max_size=60)
SECTIONS = st.lists(st.booleans(), min_size=60, max_size=60)


def sections_of(borders: Sequence[bool], n: int) -> list[int]:
    """Number sections; each True begins one."""
    numbers, current = [], 0
    for place in range(n):
        current += place > 0 and borders[place]
        numbers.append(current)
    return numbers


def cut(
    lengths: Sequence[int],
    sections: Sequence[int] | None = None,
    *,
    budget: int = 20,
    overlap: int = 0,
    max_windows: int = 1000,
) -> Cut:
    return cut_windows(
        lengths,
        sections if sections is not None else [0] * len(lengths),
        budget=budget,
        overlap=overlap,
        max_windows=max_windows,
    )


@given(
    LENGTHS,
    SECTIONS,
    st.integers(min_value=-5, max_value=60),
    st.integers(min_value=0, max_value=5),
    st.integers(min_value=0, max_value=12),
)
def test_every_sentence_is_in_a_window_or_named_as_left_out(
    lengths: list[int], borders: list[bool], budget: int, overlap: int, max_windows: int
) -> None:
    sections = sections_of(borders, len(lengths))
    found = cut(lengths, sections, budget=budget, overlap=overlap, max_windows=max_windows)
    read = {position for window in found.windows for position in window}
    left_out = {position for position, _ in found.left_out}
    assert read | left_out == set(range(len(lengths)))
    assert not read & left_out
    assert found.n_read == len(read)
    assert len(found.windows) <= max_windows
    for position, reason in found.left_out:
        too_long = lengths[position] > budget
        assert ("longer than a window" in reason) == too_long
        assert too_long or len(found.windows) == max_windows


@given(LENGTHS, SECTIONS, st.integers(min_value=1, max_value=60), st.integers(0, 5))
def test_windows_fit_go_on_in_order_and_overlap_no_more_than_asked(
    lengths: list[int], borders: list[bool], budget: int, overlap: int
) -> None:
    sections = sections_of(borders, len(lengths))
    windows = cut(lengths, sections, budget=budget, overlap=overlap).windows
    for window in windows:
        assert len(window) > 0
        assert sum(lengths[position] for position in window) <= budget
    for before, after in pairwise(windows):
        assert before.start < after.start
        assert before.stop < after.stop
        shared = range(after.start, before.stop)
        assert len(shared) <= overlap
        if len(shared) > 0:
            assert len({sections[position] for position in shared}) == 1
        if (
            after.start <= before.stop < after.stop
            and sections[before.stop] == sections[before.stop - 1]
        ):
            room = budget - lengths[before.stop]
            repeated = sum(lengths[position] for position in shared)
            more = before.stop - len(shared) - 1
            is_full = len(shared) == overlap or more <= before.start
            assert is_full or repeated + lengths[more] > room


@given(LENGTHS, SECTIONS, st.integers(min_value=1, max_value=60))
def test_sections_share_a_window_only_where_one_of_them_is_small(
    lengths: list[int], borders: list[bool], budget: int
) -> None:
    sections = sections_of(borders, len(lengths))
    for window in cut(lengths, sections, budget=budget).windows:
        sizes = [
            sum(lengths[position] for position in group)
            for _, group in groupby(window, key=sections.__getitem__)
        ]
        for place in range(1, len(sizes)):
            assert min(sum(sizes[:place]), sizes[place]) < 0.25 * budget


def test_a_long_section_goes_on_in_the_next_window_with_its_last_sentence_again() -> None:
    assert cut([8, 8, 3, 8, 8], overlap=1).windows == (range(0, 3), range(2, 5))
    assert cut([8, 8, 4, 8, 9], overlap=1).windows == (range(0, 3), range(2, 4), range(3, 5))
    assert cut([8, 8, 4, 17, 9], overlap=1).windows == (range(0, 3), range(3, 4), range(4, 5))


def test_a_big_section_keeps_to_itself_and_a_small_one_does_not() -> None:
    assert cut([10, 9], [0, 1]).windows == (range(0, 1), range(1, 2))
    assert cut([10, 4], [0, 1]).windows == (range(0, 2),)


def test_windows_beyond_the_limit_are_given_up_by_name() -> None:
    found = cut([20, 20, 20], max_windows=2)
    assert found.windows == (range(0, 1), range(1, 2))
    ((position, reason),) = found.left_out
    assert position == 2
    assert "beyond the 2 windows" in reason


def test_a_text_that_no_model_reads_is_one_window() -> None:
    assert whole(3) == Cut(windows=(range(3),), left_out=())


def test_what_is_left_out_is_told_by_its_place_in_the_text() -> None:
    document = full_text((SectionKind.METHODS, "", "One was. Two were. Three were. Four were."))
    text = sectioned_sentences(document)
    left_out = ((1, "too long"), (2, "too long"), (3, "given up"))
    parts = describe_left_out(text, Cut(windows=(range(1),), left_out=left_out))
    assert [(document.text[one.span.start : one.span.end], one.reason) for one in parts] == [
        ("Two were. Three were.", "too long"),
        ("Four were.", "given up"),
    ]
