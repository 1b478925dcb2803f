"""Patterns over the path of a URL, in which `*` is any run of characters."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")  # RFC 3986


def comparable_path(path: str) -> str:
    """A path (with query) or a pattern in the one form of its spellings: what is not ASCII escaped as UTF-8, escapes
    in upper case, none where none is needed (`%7E` is `~`)."""
    if path.isascii() and "%" not in path:
        return path
    return _ESCAPE.sub(_plain, quote(path, safe=string.printable))


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether the pattern stands for the whole text. No pattern, however many `*` it has, takes long: after a part was
    found, an earlier place for it would not help the rest."""
    first, *parts = pattern.split("*")
    if not parts:
        return text == first
    *middle, last = parts
    if not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, max(end, 0))
        if found < 0:
            return False
        position = found + len(part)
    return position <= end
