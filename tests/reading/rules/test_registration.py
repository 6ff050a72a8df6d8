import pytest

from litsweep.reading.rules.registration import find_registrations


@pytest.mark.parametrize(
    ("printed", "registry", "number"),
    [
        ("NCT01234567", "ClinicalTrials.gov", "NCT01234567"),
        ("NCT 01234567", "ClinicalTrials.gov", "NCT01234567"),
        ("https://clinicaltrials.gov/ct2/show/NCT01234567", "ClinicalTrials.gov", "NCT01234567"),
        ("ISRCTN12345678", "ISRCTN", "ISRCTN12345678"),
        ("ISRCTN: 12345678", "ISRCTN", "ISRCTN12345678"),
        ("ISRCTN-12345678", "ISRCTN", "ISRCTN12345678"),
        ("EudraCT 2010-123456-78", "EudraCT", "2010-123456-78"),
        ("EU CT 2022-501234-12-00", "CTIS", "2022-501234-12-00"),
        ("ACTRN12610000123456", "ANZCTR", "ACTRN12610000123456"),
        ("ChiCTR2000029308", "ChiCTR", "ChiCTR2000029308"),
        ("ChiCTR-TRC-08000123", "ChiCTR", "ChiCTR-TRC-08000123"),
        ("CTRI/2010/091/000123", "CTRI", "CTRI/2010/091/000123"),
        ("DRKS00012345", "DRKS", "DRKS00012345"),
        ("IRCT138711011605N1", "IRCT", "IRCT138711011605N1"),
        ("UMIN000012345", "UMIN", "UMIN000012345"),
        ("JPRN-UMIN000012345", "UMIN", "JPRN-UMIN000012345"),
        ("jRCTs031180001", "jRCT", "jRCTs031180001"),
        ("JapicCTI-123456", "JapicCTI", "JapicCTI-123456"),
        ("KCT0001234", "CRiS", "KCT0001234"),
        ("NTR1234", "NTR", "NTR1234"),
        ("NL-OMON12345", "OMON", "NL-OMON12345"),
        ("Netherlands Trial Register NL7709", "OMON", "NL7709"),
        ("PACTR201901234567890", "PACTR", "PACTR201901234567890"),
        ("RBR-6g8n5c", "ReBec", "RBR-6g8n5c"),
        ("TCTR20190101001", "TCTR", "TCTR20190101001"),
        ("SLCTR/2019/012", "SLCTR", "SLCTR/2019/012"),
        ("RPCEC00000123", "RPCEC", "RPCEC00000123"),
        ("PROSPERO CRD42020123456", "PROSPERO", "CRD42020123456"),
        ("PROSPERO: CRD 42020123456", "PROSPERO", "CRD42020123456"),
        ("INPLASY202012345", "INPLASY", "INPLASY202012345"),
        ("preregistered at osf.io/ab3de", "OSF", "osf.io/ab3de"),
        ("AEARCTR-0001234", "AEA", "AEARCTR-0001234"),
    ],
)
def test_a_number_is_found_however_its_registry_is_spelled(
    printed: str, registry: str, number: str
) -> None:
    sentence = f"The work was done as planned ({printed})."
    (found,) = find_registrations(sentence)
    assert (found.registry, found.number) == (registry, number)
    assert sentence[found.start : found.end].replace(" ", "") in printed.replace(" ", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "The data are at osf.io/ab3de.",  # no registration is spoken of
        "The ethics committee approved it (NL12345.041.12) before the trial.",
        "The primer was XNCT01234567 or NCT0123456789.",
        "See doi 10.1234/2010-123456-78 for details.",
        "Call 2010-1234-78 from 9 to 5.",
        "The strain KCT12 and the gene NTR1 were used.",
        "CRD syndrome occurred in 42 patients.",
    ],
)
def test_what_looks_alike_is_no_registration(sentence: str) -> None:
    assert find_registrations(sentence) == ()


def test_several_numbers_are_found_in_order() -> None:
    found = find_registrations("Registered as ISRCTN12345678 and NCT01234567 (DRKS00012345).")
    assert [one.registry for one in found] == ["ISRCTN", "ClinicalTrials.gov", "DRKS"]
