"""A text as a row of sentences, by the marks of many scripts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from corpusflow.text.abbreviations import BEFORE_ANYTHING, BEFORE_NAMES, BEFORE_NUMBERS, ENDS_OR_NOT
from corpusflow.text.stop_words import STOP_WORDS

# Escaped, since many of these look like ASCII and are not.
CLOSING = "\"')\\]}\u201d\u2019\u00bb\u203a\u300d\u300f\uff09\u3011\u300b\u3009"
# Full stop, question and exclamation of Latin, Greek, Cyrillic, Arabic, Urdu and Armenian: white space must follow.
SPACED_MARKS = ".!?\u2026\u203d\u061f\u06d4\u0589"
# Of Han and kana, Devanagari and its like, Burmese, Khmer, Tibetan, Ethiopic, Manipuri: nothing need follow.
UNSPACED_MARKS = "\u3002\uff01\uff1f\uff61\u0964\u0965\u104a\u104b\u17d4\u17d5\u0f0d\u0f0e\u1362\u1367\u1368\uabeb"

_ELLIPSIS = "\u2026"

# In these, `3. Mai` is the third of May.
_WITH_ORDINALS = frozenset(
    {"bs", "cs", "da", "de", "et", "fi", "fo", "hr", "hu", "is", "lb", "lv", "nb", "nn", "no", "pl", "sk", "sl", "sr"}
    | {"tr"}
)

# Bounded, or a page of nothing but marks would be gone through from each of them to its end.
_NEXT_WORD = re.compile(r"[\W_]{0,200}+(\w*)")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")  # e.g, z.B, U.S, Ph.D
_NO_SPACE = re.compile(r"\S")
_ROMAN = re.compile("[IVX]+")
_HIRAGANA_OR_MARK = re.compile("[\u3041-\u309f\u3001\uff0c,\u30fb]")
_THAI_OR_LAO = re.compile("[\u0e00-\u0eff]")
# Between two letters; after the sign that repeats a word and the one that cuts it a space stands in any case.
_THAI_GAP = re.compile("(?<=[\u0e00-\u0eff])(?<![\u0e2f\u0e46\u0eaf\u0ec6]) +(?=[\u0e00-\u0eff])")
_REFERENCES = r"(?:\[\d{1,3}\])*"
_SENTENCE_END = re.compile(
    rf"(?:(?<!\.\.)[{UNSPACED_MARKS}{SPACED_MARKS.replace(_ELLIPSIS, '')}][{CLOSING}]*"
    rf"|[\"\u201d\u201c\u00bb\u300d\u300f]){_REFERENCES}\s*\Z"
)
_SHORTEST_THAI = 60  # characters; what stands between spaces is often a name or half a sentence
_LINE_BREAK = re.compile(r"(?<!\s)\s*\n\s*")

Span = tuple[int, int]  # places of the first character and of the one behind the last


def split_sentences(text: str, language: str = "") -> list[str]:
    """The sentences of a text in order, with their marks, without the white space between them.

    language: ISO 639-1; "" where it is not known. It tells ordinal numbers from ends (de, cs, fi, ...), the Greek
    question mark from a semicolon, and which words begin a sentence after an initial or an abbreviation.

    A sentence ends at a mark with its closing quotes and brackets and, where words are parted by spaces, white space
    and no small letter after it; and at a line break, since extraction leaves only those that a page shows. It does
    not end after titles and abbreviations (`Mr.`, `e.g.`, `z. B.`), initials, ordinals and the number of an item.
    Thai and Lao have no marks: there a sentence ends at a space after 60 characters or more, which is a guess at
    clauses. What has no letter or digit belongs to the sentence before.
    """
    return [_LINE_BREAK.sub(" ", text[begin:end]) for begin, end in sentence_spans(text, language)]


def sentence_spans(text: str, language: str = "") -> list[Span]:
    """The places of the sentences of `split_sentences` in their text: in order, with nothing but white space before,
    between and behind them."""
    sentences: list[Span] = []
    begin, first = 0, _first_sign(text, 0)
    breaks = _breaks("el" if language == "el" else "")
    for found in breaks.finditer(text):
        if found.end() == len(text):
            break
        if first < begin:
            first = _first_sign(text, begin)
        if _ends(text, begin, first, found, language):
            _add(sentences, text, begin, found.end())
            begin = found.end()
    _add(sentences, text, begin, len(text))
    if _THAI_OR_LAO.search(text):
        return [clause for sentence in sentences for clause in _clauses(text, *sentence)]
    return sentences


def _first_sign(text: str, begin: int) -> int:
    """The place of the first character from there on that is not white space."""
    found = _NO_SPACE.search(text, begin)
    return found.start() if found else len(text)


@functools.cache
def _breaks(language: str) -> re.Pattern[str]:
    """Where a sentence may end. Group `mark` is what stands before white space."""
    marks = SPACED_MARKS + (";\u037e" if language == "el" else "")
    return re.compile(
        rf"\n|[{UNSPACED_MARKS}][{UNSPACED_MARKS}!?]*[{CLOSING}]*"
        # From the first mark of a run, and never less than all of it: a page of dots takes no longer than one of words.
        rf"|(?<![{marks}])(?P<mark>[{marks}]++)[{CLOSING}]*+{_REFERENCES}(?=\s)"
    )


def _ends(text: str, begin: int, first: int, found: re.Match[str], language: str) -> bool:
    mark = found["mark"]
    if mark is None:
        # A quote may go on in its sentence: 「...。」と.
        quoted = found.group()[-1] in CLOSING
        return not (quoted and _HIRAGANA_OR_MARK.match(text, found.end()))
    following = _NEXT_WORD.match(text, found.end())
    word = following[1] if following else ""
    if word and _is_small(word[0]):
        return False
    if mark != "." or found.group() != ".":
        return True
    start = max(text.rfind(" ", begin, found.start()) + 1, begin)
    return _ends_with(text[start : found.start()].strip(), start <= first, word, language)


def _is_small(letter: str) -> bool:
    # Unicode calls the letters of Georgian small; it has no capitals in use.
    return letter.islower() and not "\u10d0" <= letter <= "\u10ff"


def _ends_with(token: str, alone: bool, word: str, language: str) -> bool:
    """Whether a sentence ends at the full stop between these two. alone: nothing else stands before it."""
    token = token.lstrip("([{\"'\u201c\u201e\u2018\u00ab\u00bf\u00a1-\u2013\u2014/")
    if not token:
        return True
    lower = token.lower()
    if lower in BEFORE_ANYTHING or _THAI_OR_LAO.match(token[-1]):
        return False
    if lower in BEFORE_NAMES and token[0].isupper():
        return False
    if word[:1].isdecimal() and (lower in BEFORE_NUMBERS or lower.endswith("str")):
        return False
    short_number = token.isdecimal() and len(token) <= 2
    if alone and (short_number or len(token) == 1):
        return False
    if _DOTTED.fullmatch(token) and lower not in ("a.m", "p.m"):
        return token != lower and _begins_sentence(word, language)
    initial = len(token) == 1 and token.isalpha()
    ordinal = language in _WITH_ORDINALS and (short_number or _ROMAN.fullmatch(token) is not None)
    if initial or ordinal or lower in ENDS_OR_NOT:
        return _begins_sentence(word, language)
    return True


def _begins_sentence(word: str, language: str) -> bool:
    """Whether it is a small word with a capital, which a name or a noun is not."""
    return word.lower() in STOP_WORDS.get(language, STOP_WORDS["en"])


def _add(sentences: list[Span], text: str, begin: int, end: int) -> None:
    piece = text[begin:end]
    begin, end = begin + len(piece) - len(piece.lstrip()), begin + len(piece.rstrip())
    if begin >= end:
        return
    if sentences and not any(map(str.isalnum, piece)):
        begin = sentences.pop()[0]
    sentences.append((begin, end))


def _clauses(text: str, begin: int, end: int) -> Iterator[Span]:
    for gap in _THAI_GAP.finditer(text, begin, end):
        if gap.start() - begin >= _SHORTEST_THAI:
            yield begin, gap.start()
            begin = gap.end()
    yield begin, end


def ends_a_sentence(line: str) -> bool:
    """Whether it ends in a mark of any script, with or without quotes and brackets behind it, or in a double quote
    (C4). An ellipsis ends nothing: it cuts a teaser off (C4's published code)."""
    return _SENTENCE_END.search(line) is not None


def written_without_marks(text: str) -> bool:
    """Whether the text has a letter of Thai or Lao, whose sentences end in a space."""
    return _THAI_OR_LAO.search(text) is not None
