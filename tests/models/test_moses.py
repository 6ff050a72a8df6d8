import pytest

from litsweep.models.moses import restore_spacing


@pytest.mark.parametrize(
    ("decoded", "restored"),
    [
        ("10 mg / kg a day", "10 mg/kg a day"),
        ("85.9 + / - 22.4 pg / ml", "85.9 +/- 22.4 pg/ml"),
        ("see https: / / www.example.org", "see https://www.example.org"),
        ("1706-10G- > A", "1706-10G->A"),
        ("from A - > B", "from A -> B"),
        ("(enteric neurons) -immunoreactive", "(enteric neurons)-immunoreactive"),
        ("H3- (K9me2)", "H3-(K9me2)"),
        ("NP _ 002246", "NP_002246"),
        ("1.1 km · h-1", "1.1 km·h-1"),
        ("abcam ® plates", "abcam® plates"),
        ("receptor positive (ER +), then", "receptor positive (ER+), then"),
    ],
)
def test_spaces_of_the_tokenizer_are_removed(decoded: str, restored: str) -> None:
    assert restore_spacing(decoded) == restored


@pytest.mark.parametrize(
    "text",
    [
        "p < 0.05 and n = 12",
        "the change (group A) -5.2 points",
        "EG-1: 3 h before induction",
        "OIR + IgG group",
        "K (D) was 3 - 4",
        "",
    ],
)
def test_ambiguous_spacing_is_kept(text: str) -> None:
    assert restore_spacing(text) == text
