"""What a token is: by a plain rule, or by a tokenizer's file."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from itertools import groupby
from typing import Protocol

from corpusflow.errors import ModelError, StartError
from corpusflow.store.address import open_input
from corpusflow.text.script import pattern_of

RULE = "words and marks"  # name of the plain rule
_UNSPACED_SCRIPTS = ("Hani", "Hrkt", "Bopo", "Thai", "Laoo", "Mymr", "Khmr", "Tibt")
_MARKS_FROM, _MARKS_TO = 0x300, 0x1F000  # code points among which all marks of writing are
_SPACED = re.compile(r"\w+|[^\w\s]")  # the rule, where words are parted by spaces and no letter has marks

Span = tuple[int, int]  # first character, and the one behind the last


class Tokens(Protocol):
    """name: for the manifest."""

    name: str

    def spans(self, text: str) -> list[Span]:
        """The tokens of a text in order. Those of one character may have the same span."""


class PlainTokens:
    """Each word is a token, each mark that is no part of a word, and each character of scripts that put no spaces
    between words: Han, kana, Thai, Lao, Burmese, Khmer, Tibetan."""

    name = RULE

    def spans(self, text: str) -> list[Span]:
        # The whole rule costs ten times as much.
        rule = _SPACED if text.isascii() or not _needs_whole().search(text) else _whole()
        return [found.span() for found in rule.finditer(text)]


class FileTokens:
    """The tokens of a tokenizer.json, without those that begin and end a text."""

    def __init__(self, path: str) -> None:
        """Raises ModelError where the library is not there, StartError where the file is no tokenizer."""
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ModelError(
                "--tokenizer: the package tokenizers is not installed; `pip install tokenizers`, or leave the option "
                "out for the plain rule"
            ) from error
        try:
            with open_input(path) as file:
                data = file.read()
        except OSError as error:
            raise StartError(f"--tokenizer {path}: {error.strerror or error}") from error
        try:
            self._tokenizer = Tokenizer.from_buffer(data)
        except ValueError as error:
            raise StartError(f"--tokenizer {path}: {error}") from error
        # A tokenizer may be stored with its model's context, or filled up to it.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.name = digest_name(data)

    def spans(self, text: str) -> list[Span]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)


def digest_name(data: bytes) -> str:
    """`tokenizer.json` with the first digits of its sha256: paths are the maker's own business."""
    return f"tokenizer.json {hashlib.sha256(data).hexdigest()[:16]}"


def open_tokens(path: str) -> Tokens:
    """path: of a tokenizer.json, empty for the plain rule."""
    return FileTokens(path) if path else PlainTokens()


@functools.cache
def _marks() -> str:
    """All marks of writing, and what joins and parts letters: to Python they are no part of a word."""
    codes = [code for code in range(_MARKS_FROM, _MARKS_TO) if unicodedata.category(chr(code))[0] == "M"]
    # As ranges: beyond the first 65,536 characters re goes through a set one by one.
    runs = [[code for _, code in run] for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0])]
    return "".join(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}" for run in runs) + "\u200c\u200d"


@functools.cache
def _needs_whole() -> re.Pattern[str]:
    return re.compile(f"{pattern_of(_UNSPACED_SCRIPTS)}|[{_marks()}]")


@functools.cache
def _whole() -> re.Pattern[str]:
    unspaced, marks = pattern_of(_UNSPACED_SCRIPTS), _marks()
    return re.compile(rf"{unspaced}[{marks}]*|(?:(?!{unspaced})[\w{marks}])+|[^\w\s][{marks}]*")
