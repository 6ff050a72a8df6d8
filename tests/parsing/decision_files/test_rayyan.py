"""Rayyan's notes, in its table and in its RIS."""

import pytest

from litsweep.domain.decision_files import DecisionEntry, DecisionTool, EntryFailure, OtherDecision
from litsweep.domain.decisions import Decision
from litsweep.errors import FileRefused
from litsweep.parsing.decision_files import parse_decision_file
from litsweep.parsing.decision_files.rayyan import read_rayyan

# The columns of its articles.csv.
HEADER = (
    "key,title,year,month,day,journal,issn,volume,issue,pages,authors,url,language,publisher,"
    "location,abstract,notes,doi,keywords,pubmed_id,pmc_id\n"
)
INCLUSION = 'RAYYAN-INCLUSION: {"Ada"=>"Included", "Ben"=>"Excluded"}'


def table(*notes: str) -> bytes:
    cells = [note.replace('"', '""') for note in notes]
    rows = [
        f'rayyan-{n},Title {n},2021,,,,,,,,,,,,,,"{cell}",10.1000/{n},,{n},\n'
        for n, cell in enumerate(cells, start=1)
    ]
    return (HEADER + "".join(rows)).encode()


def test_a_table_with_everybodys_decision() -> None:
    notes = (
        f"Section: 12 p. | {INCLUSION} | RAYYAN-LABELS: cohort,Québec | "
        'RAYYAN-EXCLUSION-REASONS: wrong population,background article | USER-NOTES: {"Ben"=>'
        '["see [table] 2", "really"], "Cy"=>["later"]}'
    )
    found = parse_decision_file(table(notes, "", INCLUSION.replace("Excluded", "Undecided")))
    assert found.tool is DecisionTool.RAYYAN
    first, second, third = found.entries
    assert isinstance(first, DecisionEntry)
    assert (first.pmid, first.doi, first.year, first.title) == (1, "10.1000/1", 2021, "Title 1")
    assert first.decisions == (
        OtherDecision(decision=Decision.INCLUDE, reviewer="Ada", labels=("cohort", "Québec")),
        OtherDecision(
            decision=Decision.EXCLUDE,
            reviewer="Ben",
            exclusion_reason="wrong population; background article",
            note="see [table] 2; really",
            labels=("cohort", "Québec"),
        ),
    )
    assert first.remark == "Cy: a note without a decision"
    assert isinstance(second, DecisionEntry)
    assert second.decisions == ()
    assert isinstance(third, DecisionEntry)
    assert [one.reviewer for one in third.decisions] == ["Ada"]


def test_a_review_in_which_nobody_decided_is_known_by_its_columns() -> None:
    found = parse_decision_file(table("", "Section: 3"))
    assert found.tool is DecisionTool.RAYYAN
    assert all(isinstance(one, DecisionEntry) and not one.decisions for one in found.entries)


def test_ris_has_it_in_the_notes() -> None:
    text = (
        "TY  - JOUR\nTI  - A title\nPY  - 2021///\nAN  - 5\nDB  - MEDLINE\nN1  - Cited 3 times\n"
        'N1  - RAYYAN-INCLUSION: {"Ada"=>"Maybe"} | RAYYAN-LABELS: later\nER  - \n'
    )
    (one,) = parse_decision_file(text.encode()).entries
    assert isinstance(one, DecisionEntry)
    assert (one.place, one.pmid, one.year) == ("entry 1", 5, 2021)
    assert one.decisions == (
        OtherDecision(decision=Decision.UNSURE, reviewer="Ada", labels=("later",)),
    )


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        (r'{"A \"B\" C" => "Included"}', ['A "B" C']),
        ('{"Åse, Ø."=>"Included","x"=>"Maybe"}', ["Åse, Ø.", "x"]),
        ('{"a": "Included"}', ["a"]),
        ('{"a|b"=>"Included"} | something else', ["a|b"]),
        ("{}", []),
    ],
)
def test_names_as_ruby_writes_them(pairs: str, names: list[str]) -> None:
    decisions, _ = read_rayyan(f"RAYYAN-INCLUSION: {pairs}")
    assert [one.reviewer for one in decisions] == names


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ('RAYYAN-INCLUSION: {"Ada"=>"Perhaps"}', "'Perhaps' is no decision"),
        ("RAYYAN-INCLUSION: Included", "nobody's decision can be read"),
        ('RAYYAN-INCLUSION: {"Ada"=>"Incl', "nobody's decision can be read"),
        ('RAYYAN-INCLUSION: {""=>"Included"}', "is nobody's"),
        (
            f'{INCLUSION} | RAYYAN-INCLUSION: {{"Ben"=>"Included"}}',
            "two different decisions of Ben",
        ),
        (f'{INCLUSION} | USER-NOTES: {{"Ben"=>"no list"}}', "nobody's notes can be read"),
    ],
)
def test_what_is_not_clear_is_refused(notes: str, told: str) -> None:
    with pytest.raises(FileRefused, match=told):
        read_rayyan(notes)


def test_an_entry_that_is_not_clear_costs_only_itself() -> None:
    bad, good = parse_decision_file(
        table('RAYYAN-INCLUSION: {"Ada"=>"Perhaps"}', INCLUSION)
    ).entries
    assert bad == EntryFailure(
        place="row 2", title="Title 1", reason="Unreadable: 'Perhaps' is no decision."
    )
    assert isinstance(good, DecisionEntry)
