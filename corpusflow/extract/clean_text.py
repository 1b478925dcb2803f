"""Text as a reader sees it: no invisible characters, white space collapsed."""

from __future__ import annotations

import re

# What a browser draws for <br>. Line breaks of the source are mere white space, so they need another character.
LINE_BREAK = "\u2028"

# Control characters, soft hyphen, zero-width space, word joiner and byte order mark. The zero-width joiners
# (U+200C, U+200D) stay: without them Persian words and composed emoji become others. So do \t \n \v \f \r.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u180e\u200b\u2060\ufeff\ud800-\udfff]")


def clean_text(text: str) -> str:
    """One line of text."""
    return " ".join(_visible(text).replace(LINE_BREAK, " ").split())


def clean_lines(text: str) -> list[str]:
    """Paragraphs of a text in which LINE_BREAK parts lines and two of them part paragraphs. Lines end with \\n."""
    lines = [" ".join(line.split()) for line in _visible(text).split(LINE_BREAK)]
    paragraphs = "\n".join(lines).split("\n\n")
    return [stripped for paragraph in paragraphs if (stripped := paragraph.strip("\n"))]


def clean_code(text: str) -> str:
    """Verbatim text: indentation and inner newlines stay, blank lines around and blanks at line ends go."""
    lines = [line.rstrip() for line in re.split(f"\r\n|[\r\n{LINE_BREAK}]", _visible(text))]
    return "\n".join(lines).strip("\n")


def _visible(text: str) -> str:
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)
