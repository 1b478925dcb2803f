"""The encoding of bytes that do not say it, or do not say the truth: chardet asked about the text that tells."""

from __future__ import annotations

import re
from collections import Counter

from corpusflow.extract.charsets import MULTI_BYTE

ASCII = bytes(range(128))

MAX_SCANNED = 1 << 17  # bytes of a page in which text beyond ASCII is looked for
MAX_ASKED = 1 << 14  # bytes; chardet's statistics read no more
# A confidence up to which chardet's best and its next best are worth the same, and the letters that it takes to
# believe it then. Below both stand a copyright sign, a typographer's quotes, one name: windows-1252 as a rule.
MAX_DOUBT = 0.1
MIN_LETTERS = 12
VOTERS = 5  # lines that are asked one by one

# chardet's answer: WHATWG name. Of the encodings that the standard has, those are left out that are hardly ever
# found in pages and take these from their likenesses (iso-8859-3, -4, -10, -13 to -16).
_WIDE = {
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-32-le": "utf-32le",
    "utf-32-be": "utf-32be",
}
_ESCAPED = {"iso2022_jp_2": "iso-2022-jp", "iso2022_kr": "iso-2022-kr", "hz": "hz-gb-2312"}
_LEGACY = {
    "gb18030": "gb18030",
    "big5hkscs": "big5",
    "cp932": "shift_jis",
    "shift_jis_2004": "shift_jis",
    "euc_jis_2004": "euc-jp",
    "euc_kr": "euc-kr",
    "cp949": "euc-kr",
    **{f"cp{page}": f"windows-{page}" for page in range(1250, 1259)},
    "iso8859-1": "windows-1252",
    "iso8859-2": "iso-8859-2",
    "iso8859-5": "iso-8859-5",
    "iso8859-6": "iso-8859-6",
    "iso8859-7": "iso-8859-7",
    "iso8859-8": "iso-8859-8",
    "iso8859-9": "windows-1254",
    "cp874": "windows-874",
    "tis-620": "windows-874",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "cp866": "ibm866",
    "cp855": "ibm855",
    "mac-cyrillic": "x-mac-cyrillic",
    "mac-roman": "macintosh",
}

# A script or style that is not closed reaches to the end: looking for its end must not begin anew at each.
_MARKUP = re.compile(rb"<(?:script|style)\b.*?(?:</(?:script|style)|\Z)|<[^>]*+>?", re.IGNORECASE | re.DOTALL)
_NONE_FITS = "cp1252"
_SHIFTS = (b"\x1b$", b"~{")


def guess_wide(html: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, by its zero bytes; None for all else."""
    return _ask(html, _WIDE)[0]


def guess_escaped(html: bytes) -> str | None:
    """An encoding that writes other scripts in ASCII bytes, by its escape sequences; None for plain ASCII."""
    if not any(shift in html for shift in _SHIFTS):
        return None
    return _ask(html, _ESCAPED)[0]


def guess_legacy(html: bytes, begin: int = 0) -> str:
    """The likeliest single-byte or multi-byte encoding of bytes beyond ASCII; windows-1252 where nothing tells.

    begin: where such bytes begin; 128 KiB from there are read.
    """
    text = _telling_text(html[begin : begin + MAX_SCANNED])
    name, confidence = _ask(text, _LEGACY)
    if name in MULTI_BYTE:
        return name
    # One character that was cut in the middle, by a site that shortens its titles by bytes, rules out a multi-byte
    # encoding for the whole. It spoils but one line.
    lines = sorted(text.split(b"\n"), key=len)[-VOTERS:]
    if len(lines) > 1:
        voted, votes = Counter(_ask(line, _LEGACY)[0] for line in lines).most_common(1)[0]
        if voted in MULTI_BYTE and 2 * votes > len(lines):
            return voted
    if name is None or (confidence <= MAX_DOUBT and len(text.translate(None, ASCII)) < MIN_LETTERS):
        return "windows-1252"
    return name


def _telling_text(html: bytes) -> bytes:
    """Lines beyond ASCII outside of markup; where there are none, the bytes as they are."""
    lines = [line for line in _MARKUP.sub(b"\n", html).split(b"\n") if not line.isascii()]
    return b"\n".join(lines)[:MAX_ASKED] or html[:MAX_ASKED]


def _ask(text: bytes, names: dict[str, str]) -> tuple[str | None, float]:
    """chardet's best among some encodings: WHATWG name (None where none fits), confidence in [0, 1]."""
    import chardet  # 100 ms with its models: not for a run whose pages all declare

    found = chardet.detect(
        text,
        max_bytes=MAX_ASKED,
        prefer_superset=False,
        compat_names=False,
        include_encodings=(*names, _NONE_FITS),
        no_match_encoding=_NONE_FITS,
        empty_input_encoding=_NONE_FITS,
    )
    return names.get(found["encoding"] or ""), found["confidence"]
