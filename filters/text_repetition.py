"""Keeps texts that do not say the same thing again and again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.characters import lines
from corpusflow.text.prose import prose
from corpusflow.text.repetition import (
    Codes,
    WordNgrams,
    character_ngrams,
    duplicates,
    most_frequent_share,
    repeated_share,
)
from corpusflow.text.tokens import tokens
from filters.bounds import check_shares
from filters.text_length import PARAGRAPH_ROLES

Measure = tuple[str, float, float]  # reason, what was measured, limit

_BETWEEN = "\n\n"  # what stands between two texts where a document is judged as one text
_CHARACTERS = 10  # characters and words that OBELICS compares at a time
_WORDS = 5


@dataclass(frozen=True)
class TextRepetition:
    """Drops paragraphs, then documents, in which too much is repeated.

    Every option is the greatest share, in [0, 1], that is kept; None switches it off. Code and table rows are not
    looked at. The document is judged without the paragraphs that this filter drops. Words are those of
    `corpusflow.text.tokens`, so that Chinese, Thai and the like are judged too. `corpusflow.text.repetition` says how
    each share is taken.

    max_paragraph_character_repetition, max_paragraph_word_repetition: of one paragraph or quote, by runs of 10
    characters and of 5 words. OBELICS: 0.1 and 0.1, which takes every short paragraph that names a thing twice; 0.5
    here.
    max_character_repetition, max_word_repetition: likewise, of the document. OBELICS: 0.1, here 0.2 for the same
    reason; and 0.2.
    max_duplicate_lines, max_duplicate_paragraphs, max_duplicate_line_characters, max_duplicate_paragraph_characters:
    lines and texts of the document that occurred before, counted, and the characters in them. Gopher (Rae et al. 2021,
    table A1): 0.3, 0.3, 0.2 and 0.2. The first two are off: the names in an interview and the captions of a gallery
    are many short lines, and the last two see what is long.
    max_top_2gram, max_top_3gram, max_top_4gram: characters in the run of so many words that is the most frequent.
    Gopher: 0.20, 0.18 and 0.16.
    max_duplicate_5gram, max_duplicate_6gram, max_duplicate_7gram, max_duplicate_8gram, max_duplicate_9gram,
    max_duplicate_10gram: characters in runs of so many words that occurred before. Gopher: from 0.15 down to 0.10.
    """

    max_paragraph_character_repetition: float | None = 0.5
    max_paragraph_word_repetition: float | None = 0.5
    max_character_repetition: float | None = 0.2
    max_word_repetition: float | None = 0.2
    max_duplicate_lines: float | None = None
    max_duplicate_paragraphs: float | None = None
    max_duplicate_line_characters: float | None = 0.2
    max_duplicate_paragraph_characters: float | None = 0.2
    max_top_2gram: float | None = 0.20
    max_top_3gram: float | None = 0.18
    max_top_4gram: float | None = 0.16
    max_duplicate_5gram: float | None = 0.15
    max_duplicate_6gram: float | None = 0.14
    max_duplicate_7gram: float | None = 0.13
    max_duplicate_8gram: float | None = 0.12
    max_duplicate_9gram: float | None = 0.11
    max_duplicate_10gram: float | None = 0.10

    name: ClassVar[str] = "text_repetition"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_shares(dataclasses.asdict(self))

    def judge(self, document: Document) -> Iterator[Decision]:
        texts = list(prose(document))
        words = [tokens(text.text) for text in texts]
        # Of the whole document at once: the n-grams of a paragraph are a part of the row.
        characters, ngrams = _ngrams([text.text for text in texts], words)
        kept = []
        for number, (text, own_characters, own_words) in enumerate(
            zip(
                texts,
                _parts(characters, [len(text.text) for text in texts], _CHARACTERS, len(_BETWEEN)),
                _parts(ngrams.codes(_WORDS), [len(own) for own in words], _WORDS, 0),
                strict=True,
            )
        ):
            fault = self._of_paragraph(own_characters, own_words) if text.role in PARAGRAPH_ROLES else None
            if fault is None:
                kept.append(number)
            else:
                reason, measured, limit = fault
                yield Decision(self.name, reason, text.index, measured, limit)
        left = [texts[number].text for number in kept]
        if len(left) < len(texts):
            characters, ngrams = _ngrams(left, [words[number] for number in kept])
        for reason, measured, limit in self._of_document(left, characters, ngrams):
            if measured > limit:
                yield Decision(self.name, reason, None, measured, limit)
                return

    def _of_paragraph(self, characters: Codes, words: Codes) -> Measure | None:
        if (limit := self.max_paragraph_character_repetition) is not None:
            share = most_frequent_share(characters)
            if share > limit:
                return "paragraph_repeats_characters", share, limit
        if (limit := self.max_paragraph_word_repetition) is not None:
            share = repeated_share(words)
            if share > limit:
                return "paragraph_repeats_words", share, limit
        return None

    def _of_document(self, texts: Sequence[str], characters: Codes, words: WordNgrams) -> Iterator[Measure]:
        """The measures of the document that have a limit, cheap ones first."""
        share_of_lines, share_of_line_characters = duplicates(lines(texts))
        share_of_texts, share_of_text_characters = duplicates(texts)
        for reason, share, limit in (
            ("lines_repeat", share_of_lines, self.max_duplicate_lines),
            ("lines_repeat_characters", share_of_line_characters, self.max_duplicate_line_characters),
            ("paragraphs_repeat", share_of_texts, self.max_duplicate_paragraphs),
            ("paragraphs_repeat_characters", share_of_text_characters, self.max_duplicate_paragraph_characters),
        ):
            if limit is not None:
                yield reason, share, limit
        if self.max_character_repetition is not None:
            yield "characters_repeat", most_frequent_share(characters), self.max_character_repetition
        yield from self._of_words(words)

    def _of_words(self, ngrams: WordNgrams) -> Iterator[Measure]:
        for n, limit in ((2, self.max_top_2gram), (3, self.max_top_3gram), (4, self.max_top_4gram)):
            if limit is not None:
                yield f"top_{n}gram_too_frequent", ngrams.top_share(n), limit
        if self.max_word_repetition is not None:
            yield "words_repeat", repeated_share(ngrams.codes(_WORDS)), self.max_word_repetition
        for n, limit in (
            (5, self.max_duplicate_5gram),
            (6, self.max_duplicate_6gram),
            (7, self.max_duplicate_7gram),
            (8, self.max_duplicate_8gram),
            (9, self.max_duplicate_9gram),
            (10, self.max_duplicate_10gram),
        ):
            if limit is not None:
                yield f"duplicate_{n}grams", ngrams.duplicate_share(n), limit


def _ngrams(texts: Sequence[str], words: Iterable[Sequence[str]]) -> tuple[Codes, WordNgrams]:
    """The character n-grams and the words of a document of these texts."""
    return character_ngrams(_BETWEEN.join(texts), _CHARACTERS), WordNgrams(list(chain.from_iterable(words)))


def _parts(ngrams: Codes, lengths: Iterable[int], n: int, between: int) -> Iterator[Codes]:
    """The n-grams of each text, given those of all, the texts' lengths and what stands between two of them."""
    start = 0
    for length in lengths:
        yield ngrams[start : max(start, start + length - n + 1)]
        start += length + between
