"""URLs written in prose, and texts without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpusflow.text.removal import without

# Letters of any script may stand in an address, but those of scripts whose sentences go on behind it without a space
# are taken for the sentence's: better a path that stays than prose that goes.
_GOES_ON = "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff"
_END = rf"\s<>\"{{}}|\\^`\[\]\u00ab\u00bb\u2018-\u201e\u2026\u3001-\u303f\uff01-\uff0f\uff1a-\uff20{_GOES_ON}"
_URL = re.compile(rf"(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.[^\W_][\w-]*\.)[^{_END}]+", re.IGNORECASE)
_MAYBE = re.compile(r"://|www\.", re.IGNORECASE)
_AFTER = ".,;:!?'*"
_AROUND = {"(": ")", "[": "]", "<": ">", "\uff08": "\uff09", "\u3010": "\u3011"}


def url_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the URLs of a text stand, in order: those with a scheme (http, https, ftp), and those that begin with
    `www.`. Punctuation after one is not part of it, nor a bracket that was opened before it."""
    if not _MAYBE.search(text):
        return
    for found in _URL.finditer(text):
        yield found.start(), found.start() + len(_less_punctuation(found[0]))


def without_urls(text: str) -> tuple[str, int]:
    """The text less its URLs, and how many these were. Brackets that hold nothing else go with them."""
    spans = [_with_brackets(text, start, end) for start, end in url_spans(text)]
    return (without(text, spans), len(spans)) if spans else (text, 0)


def _less_punctuation(url: str) -> str:
    opened, closed = url.count("("), url.count(")")
    end = len(url)
    while end and (url[end - 1] in _AFTER or (url[end - 1] == ")" and closed > opened)):
        closed -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _with_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    if start and end < len(text) and _AROUND.get(text[start - 1]) == text[end]:
        return start - 1, end + 1
    return start, end
