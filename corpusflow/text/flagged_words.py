"""Words of pornographic and abusive pages, by language, and how many of them a text has."""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterator

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LATIN_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*")
_WITHOUT_SPACES = frozenset({"zh", "ja"})


def flagged_words(text: str, language: str) -> list[str]:
    """Every flagged word in a text, as often as it stands there, in lower case.

    language: ISO 639-1. The words of English count in every language that has a list: pages of that kind mix them in.
    Raises KeyError for a language without a list; `languages_with_list` has the others.
    """
    lists = _lists()
    wanted = lists[language] | lists["en"]
    text = text.casefold()
    if language not in _WITHOUT_SPACES:
        return [word for word in _TOKEN.findall(text) if word in wanted]
    latin = [word for word in _LATIN_TOKEN.findall(text) if word in wanted]
    return latin + _in_running_text(language).findall(text)


def languages_with_list() -> frozenset[str]:
    return frozenset(_lists())


@functools.cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for language, words in _sections():
        lists[language] = lists.get(language, frozenset()) | frozenset(words)
    return lists


def _sections() -> Iterator[tuple[str, list[str]]]:
    language = ""
    file = importlib.resources.files("corpusflow.text").joinpath("flagged_words.txt")
    for line in file.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words and words[0].startswith("["):
            language = words[0].strip("[]")
        elif words:
            yield language, [word.casefold() for word in words]


@functools.cache
def _in_running_text(language: str) -> re.Pattern[str]:
    # The longest first, so that a word that begins another does not hide it.
    words = sorted(_lists()[language], key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, words)))
