"""The ways in which reports state a licence."""

import pytest
from lxml import etree

from litsweep.parsing.licences import read_licence

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (f'<license {XLINK} xlink:href="https://creativecommons.org/licenses/by/4.0/"/>', "CC BY"),
        (
            f'<license {XLINK} xlink:href="http://creativecommons.org/licenses/by-nd-nc/3.0"/>',
            "CC BY-NC-ND",
        ),
        (
            "<license><license_ref>http://creativecommons.org/publicdomain/zero/1.0/</license_ref>"
            "</license>",
            "CC0",
        ),
        (
            f'<license {XLINK} xlink:href="https://example.org/oa"><license-p>See <ext-link '
            'xlink:href="https://creativecommons.org/licenses/by-nc/4.0/">here</ext-link>'
            "</license-p></license>",
            "CC BY-NC",
        ),
        ('<license license-type="CC-BY-SA"/>', "CC BY-SA"),
        (
            "<license><p>under the terms of the Creative Commons Attribution License, which"
            "</p></license>",
            "CC BY",
        ),
        (
            "<license><license-p>the Creative Commons Attribution Non-Commercial, No Derivatives "
            "licence</license-p></license>",
            "CC BY-NC-ND",
        ),
        ("<license><license-p>Creative Commons CC0 dedication</license-p></license>", "CC0"),
        ('<license license-type="open-access"><p>All rights kept.</p></license>', None),
        ("", None),
        ("<free_to_read/>", None),
        ('<free_to_read/><license license-type="free"><p>Free to read.</p></license>', None),
        (
            f'<license {XLINK} xlink:href="https://creativecommons.org/publicdomain/mark/1.0/"/>',
            "PUBLIC DOMAIN",
        ),
        (
            "<license><license-p>This is a work of the United States Government.</license-p>"
            "</license>",
            "PUBLIC DOMAIN",
        ),
        (
            "<copyright-statement>This article is a U.S. Government work and is in the public "
            "domain in the USA.</copyright-statement>",
            "PUBLIC DOMAIN",
        ),
        (
            "<license><license-p>Creative Commons Attribution 4.0 International License. The "
            "Creative Commons Public Domain Dedication waiver (http://creativecommons.org/"
            "publicdomain/zero/1.0/) applies to the data.</license-p></license>",
            "CC BY",
        ),
        (
            "<license><license-p>Attribution (http://creativecommons.org/licenses/by/4.0/). The "
            "waiver (http://creativecommons.org/publicdomain/zero/1.0/) is for data.</license-p>"
            "</license>",
            "CC BY",
        ),
        (
            "<license><license_ref>http://creativecommons.org/licenses/by/4.0/</license_ref>"
            "<license_ref>http://creativecommons.org/licenses/by-nc/4.0/</license_ref></license>",
            "CC BY-NC",
        ),
        (
            "<license><license_ref>https://www.example.org/tdm/1.0/</license_ref></license>",
            None,
        ),
    ],
)
def test_code(permissions: str, code: str | None) -> None:
    meta = etree.fromstring(f"<m><permissions>{permissions}</permissions></m>")
    assert read_licence(meta).code == code


def test_wording_and_address_are_kept() -> None:
    meta = etree.fromstring(
        f'<m><permissions><license {XLINK} xlink:href="https://example.org/x"><p>Ask <b>us</b>.'
        "</p></license></permissions></m>"
    )
    licence = read_licence(meta)
    assert (licence.url, licence.text) == ("https://example.org/x", "Ask us.")


def test_the_copyright_stands_in_for_a_licence() -> None:
    meta = etree.fromstring(
        "<m><permissions><copyright-statement>© Nobody</copyright-statement></permissions></m>"
    )
    assert read_licence(meta).text == "© Nobody"
