"""Bytes to text, with a remark where it is not plain UTF-8."""

from litsweep.parsing.tagged_text import guess_encoding


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text, and a sentence for whatever had to be guessed or replaced.

    UTF-8 with or without byte order mark, UTF-16, or else Windows-1252, of which Latin-1 is a
    part. A NUL, which no database takes as text, becomes U+FFFD.
    """
    remarks = []
    encoding = guess_encoding(data[:4])
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252" if encoding == "utf-8-sig" else encoding
        text = data.decode(encoding, "replace")
        named = "Windows-1252 (Latin-1)" if encoding == "cp1252" else "UTF-16 with broken letters"
        remarks.append(f"The file is not UTF-8; it was read as {named}.")
    if "\0" in text:
        remarks.append("The file holds NUL characters; they were replaced.")
        text = text.replace("\0", "\ufffd")
    return text.removeprefix("\ufeff"), tuple(remarks)
