"""Bytes of a page to characters, in the order in which browsers look for the encoding."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from corpusflow.extract.charsets import LATIN, MULTI_BYTE, UNREADABLE, WIDE, encoding_of_label, read_in
from corpusflow.extract.guess_encoding import ASCII, guess_escaped, guess_legacy, guess_wide

PIECE = 1 << 15  # bytes
PRESCAN = 4096  # bytes; the standard says 1024, but real pages declare their charset behind long scripts
WINDOW = 2048  # bytes from the first that is not UTF-8, in which a declaration is checked
WINDOW_UTF8 = 1 << 16  # bytes to both sides of it: UTF-8 into which something else was pasted is UTF-8 still

# Characters lost per byte beyond ASCII. Text that is read in a wrong encoding loses more than a page some of whose
# characters were cut: legacy text that is read as UTF-8 half (EUC-JP) to nearly all.
MAX_LOST = 0.05
MAX_LOST_UTF8 = 0.1
MAX_LOST_DECLARED_UTF8 = 0.33
MIN_UTF8 = 12  # bytes beyond ASCII: fewer are UTF-8 by chance in a page of two-byte characters
MIN_VARIETY = 10  # different bytes in long runs: quotes, dashes and a line of umlauts are fewer

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_BYTE_ORDER_MARKS_32 = ((b"\xff\xfe\0\0", "utf-32le"), (b"\0\0\xfe\xff", "utf-32be"))

_MARK_BEGINS = b"\xef\xff\xfe\0"

_CONTENT_TYPE_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([^\s\"';,]++)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']+)[\"']")
_META_CHARSET = re.compile(rb"<meta[\s/][^>]*?charset\s*+=\s*+[\"']?+\s*+([^\s\"'/>;]++)[\s\"'/>;]", re.IGNORECASE)
# No-break spaces stand in rows in any page.
_LONG_RUN = re.compile(rb"[\x80-\x9f\xa1-\xff]{3,}")


def decode_html(html: bytes, content_type: str | None = None) -> str:
    """The characters of a page in `encoding_of` it, without a byte order mark.

    Never raises: an undecodable byte becomes U+FFFD.
    """
    return _read(html, content_type).text


def utf8_html(html: bytes, content_type: str | None = None) -> bytes:
    """The characters of a page as `decode_html` reads them, in UTF-8: its own bytes where they are that already."""
    if _is_plain_utf8(html) and not _by_chance(html, _declared(html, content_type or "")):
        return html
    return decode_html(html, content_type).encode()


def encoding_of(html: bytes, content_type: str | None = None) -> str:
    """The encoding of a page: its WHATWG name in lower case (`windows-1251`), also utf-32le, utf-32be, iso-2022-kr,
    hz-gb-2312 and ibm855, which the standard has not.

    The order is that of browsers: byte order mark, charset of the Content-Type header, the page's own declaration
    (an unknown label counts as none), then a guess: UTF-8 where the bytes are valid, else what chardet finds likeliest
    in the text, else windows-1252. Browsers trust a declaration; here it counts for nothing when it cannot be true:

    - another encoding is declared, yet the bytes are valid UTF-8, which other text is never by chance;
    - over 5 % of the bytes beyond ASCII cannot be read in it (33 % for UTF-8), and the guess reads more;
    - it is an encoding of Latin letters (a server's or an editor's default), yet the bytes stand in long runs, as
      they do in other scripts only, and the guess agrees;
    - it is UTF-16 and the page has no zero bytes, or the page is UTF-16 or UTF-32 and says otherwise.
    """
    return _read(html, content_type).encoding


def _is_plain_utf8(html: bytes) -> bool:
    """Whether bytes are valid UTF-8 that begins with no byte order mark and holds more than ASCII. Looks at a piece
    after the other, since a whole page as characters would take twice its memory."""
    if html.isascii() or html[0] in _MARK_BEGINS or b"\0" in html[:PRESCAN]:
        return False
    view = memoryview(html)
    begin = 0
    try:
        while begin < len(view):
            begin += codecs.utf_8_decode(view[begin : begin + PIECE], "strict", begin + PIECE >= len(view))[1]
    except UnicodeDecodeError:
        return False
    return True


class _Read(NamedTuple):
    encoding: str
    text: str


def _read(html: bytes, content_type: str | None) -> _Read:
    """The encoding and the text: finding the one mostly takes reading the other."""
    marked = _read_marked(html)
    if marked:
        return marked
    declared = _declared(html, content_type or "")
    if b"\0" in html[:PRESCAN]:
        wide = guess_wide(html) or next((name for name in declared if name in WIDE), None)
        if wide:
            return _Read(wide, read_in(html, wide))
    declared = [name for name in declared if name not in WIDE]
    if html.isascii():
        name = declared[0] if declared else guess_escaped(html) or "utf-8"
        return _Read(name, read_in(html, name))
    try:
        read = _Read("utf-8", html.decode("utf-8"))
    except UnicodeDecodeError as error:
        # A body that was cut in the middle of a character is UTF-8 all the same, if it has others.
        if error.reason != "unexpected end of data" or html[: error.start].isascii():
            return _read_legacy(html, declared, error.start)
        read = _Read("utf-8", html.decode("utf-8", "replace"))
    if _by_chance(html, declared):
        return _read_legacy(html, declared, 0)
    return read


def _read_marked(html: bytes) -> _Read | None:
    for mark, name in _BYTE_ORDER_MARKS_32:
        if html.startswith(mark):
            text = read_in(html[len(mark) :], name)
            # The mark of UTF-32 is UTF-16 with a zero character behind its mark, too.
            if UNREADABLE not in text:
                return _Read(name, text)
    for mark, name in _BYTE_ORDER_MARKS:
        if html.startswith(mark):
            return _Read(name, read_in(html[len(mark) :], name))
    return None


def _declared(html: bytes, content_type: str) -> list[str]:
    """What the header says, then what the page says."""
    in_header = _CONTENT_TYPE_CHARSET.search(content_type)
    header = encoding_of_label(in_header[1]) if in_header else None
    head = _COMMENT.sub(b"", html[:PRESCAN])
    in_page = _META_CHARSET.search(head) or _XML_ENCODING.match(head)
    page = encoding_of_label(in_page[1].decode("latin-1")) if in_page else None
    # A declaration that could be read as ASCII cannot stand in UTF-16: browsers take it as UTF-8.
    return [name for name in (header, "utf-8" if page in WIDE else page) if name]


def _by_chance(html: bytes, declared: list[str]) -> bool:
    """Whether valid UTF-8 may be something else: a few characters of a declared encoding of two-byte characters."""
    return bool(declared) and declared[0] in MULTI_BYTE and len(html.translate(None, ASCII)) < MIN_UTF8


def _read_legacy(html: bytes, declared: list[str], start: int) -> _Read:
    """The encoding and text of bytes of which the one at `start` is the first that is not UTF-8."""
    begin = _beginning(html, start)
    near = slice(begin, begin + WINDOW)
    around = slice(max(start - WINDOW_UTF8, 0), start + WINDOW_UTF8)
    other_script = False
    for name in declared:
        if name == "utf-8":
            believed = _lost(html, around, name) <= MAX_LOST_DECLARED_UTF8
        else:
            believed = _lost(html, near, name) <= MAX_LOST
            other_script = believed and name in LATIN and _runs_on(html[near])
        if believed and not other_script:
            return _Read(name, read_in(html, name))
    if _lost(html, around, "utf-8") <= MAX_LOST_UTF8:
        return _Read("utf-8", read_in(html, "utf-8"))
    guess = guess_legacy(html, begin)
    if declared and (guess in LATIN if other_script else _lost(html, near, guess) >= _lost(html, near, declared[0])):
        guess = declared[0]
    return _Read(guess, read_in(html, guess))


def _beginning(html: bytes, start: int) -> int:
    """Where the text begins in which the byte at `start` stands."""
    earliest = max(start - WINDOW // 2, 0)
    tag = html.rfind(b"<", earliest, start)
    return tag if tag >= 0 else earliest


def _lost(html: bytes, where: slice, encoding: str) -> float:
    """Unreadable characters per byte beyond ASCII in a part of a page, whose end may stand inside a character."""
    window = html[where]
    text = read_in(window, encoding)
    lost = (text[:-1] if where.stop < len(html) else text).count(UNREADABLE)
    return lost / max(len(window.translate(None, ASCII)), 1) if lost else 0.0


def _runs_on(window: bytes) -> bool:
    """Whether most bytes beyond ASCII stand in runs of three and more, as letters do and a row of dots does not."""
    runs = b"".join(_LONG_RUN.findall(window))
    return len(set(runs)) >= MIN_VARIETY and 2 * len(runs) > len(window.translate(None, ASCII))
