"""Keeps texts that are made of words rather than of digits, signs, capitals and bullets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.characters import (
    CharacterCounts,
    CharactersOf,
    alphabetic_word_share,
    comparison_signs,
    ellipsis_ratio,
    ends_like_a_sentence,
    ends_with_ellipsis,
    hash_ratio,
    lines,
    mean_word_length,
    one_character_share,
    starts_with_bullet,
)
from corpusflow.text.prose import prose
from corpusflow.text.tokens import tokens, written_without_spaces
from filters.bounds import check_not_negative, check_shares
from filters.text_length import PARAGRAPH_ROLES

_FEWEST_TOKENS = 12  # OBELICS judges the punctuation of paragraphs with so many words and marks

Fault = tuple[str, float, float]  # reason, what was measured, limit


@dataclass(frozen=True)
class TextCharacters:
    """Drops paragraphs, then documents, made of the wrong characters.

    Bounds belong to what is kept; None switches one off. Code and table rows are not looked at. The document is judged
    without the paragraphs that this filter drops, and only if any words are left. `corpusflow.text.characters` says
    what each share is a share of.

    Of one paragraph or quote:
    max_paragraph_special: what is no letter, spaces too; off; OBELICS: 0.3, which takes sentences of short words.
    max_paragraph_digits: mOSCAR: 0.3, OmniCorpus: 0.8. max_paragraph_capitals: OmniCorpus: 0.8; mOSCAR's 0.2 takes
    headlines and names too. min_paragraph_letters: of what is not space; 0.5; mOSCAR's 0.67 takes prices, results and
    amounts in sentences too. min_paragraph_punctuation: of 12 words and marks or more; off; OBELICS: 0.001, which
    takes subtitles. max_paragraph_one_character: the most frequent character; off; mOSCAR: 0.33, which takes `Summer`.
    max_paragraph_comparison_signs: a number, of `<`, `>` and the like; off; mOSCAR: 2, which takes Korean titles.

    Of the document:
    max_special, min_punctuation: off; OBELICS: 0.275 and 0.03. min_letters: of what is not space; 0.7: no article has
    fewer, lists of results, prices and links do. min_alphabetic_words: words with a letter; Gopher: 0.8.
    min_mean_word_length, max_mean_word_length: characters; Gopher and OmniCorpus: 3 and 10; not judged where a
    script without spaces is in the text. max_hash_ratio, max_ellipsis_ratio: `#` and ellipses per word; Gopher: 0.1.
    max_bullet_lines: lines that start with a bullet, and list items; Gopher: 0.9. spare_bullet_sentences: those that
    end like a sentence do not count, since recipes and guides are made of them; in Gopher they do. max_ellipsis_lines:
    that end with an ellipsis; Gopher: 0.3. min_punctuated_lines: that end like a sentence, headings not counted; off;
    FineWeb: 0.12. min_lines: the lines of a document of fewer are not judged; None: of any, as in Gopher.
    """

    max_paragraph_special: float | None = None
    max_paragraph_digits: float | None = 0.3
    max_paragraph_capitals: float | None = 0.8
    min_paragraph_letters: float | None = 0.5
    min_paragraph_punctuation: float | None = None
    max_paragraph_one_character: float | None = None
    max_paragraph_comparison_signs: int | None = None
    max_special: float | None = None
    min_letters: float | None = 0.7
    min_punctuation: float | None = None
    min_alphabetic_words: float | None = 0.8
    min_mean_word_length: float | None = 3
    max_mean_word_length: float | None = 10
    max_hash_ratio: float | None = 0.1
    max_ellipsis_ratio: float | None = 0.1
    max_bullet_lines: float | None = 0.9
    max_ellipsis_lines: float | None = 0.3
    min_punctuated_lines: float | None = None
    spare_bullet_sentences: bool = True
    min_lines: int | None = 5

    name: ClassVar[str] = "text_characters"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        options = dataclasses.asdict(self)
        del options["spare_bullet_sentences"]
        numbers = ("min_lines", "max_paragraph_comparison_signs", "min_mean_word_length", "max_mean_word_length")
        check_shares({name: share for name, share in options.items() if name not in numbers})
        check_not_negative(self, *numbers)
        least, most = self.min_mean_word_length, self.max_mean_word_length
        if least is not None and most is not None and least > most:
            raise ValueError(f"min_mean_word_length is {least}, more than max_mean_word_length, {most}")

    def judge(self, document: Document) -> Iterator[Decision]:
        whole = CharacterCounts()
        kept = []
        words: list[list[str]] = []
        texts = list(prose(document))
        characters = CharactersOf([text.text for text in texts])
        for text, counts, at_most in zip(texts, characters.counts, characters.at_most, strict=True):
            own = tokens(text.text)
            if text.role in PARAGRAPH_ROLES and counts.visible:
                fault = _first(self._of_paragraph(text.text, counts, at_most, len(own)))
                if fault is not None:
                    reason, measured, limit = fault
                    yield Decision(self.name, reason, text.index, measured, limit)
                    continue
            whole += counts
            kept.append(text)
            words.append(own)
        all_words = list(chain.from_iterable(words))
        if not all_words:
            return
        fault = _first(self._of_document(whole, "\n".join(text.text for text in kept), all_words)) or _first(
            self._of_lines([(line, text.role) for text in kept for line in lines([text.text])])
        )
        if fault is not None:
            reason, measured, limit = fault
            yield Decision(self.name, reason, None, measured, limit)

    def _of_paragraph(self, text: str, counts: CharacterCounts, at_most: int, words: int) -> Iterator[Fault | None]:
        """at_most: no character but space stands more often in it."""
        yield _above("paragraph_too_many_digits", counts.digit_share, self.max_paragraph_digits)
        yield _above("paragraph_too_many_capitals", counts.capital_share, self.max_paragraph_capitals)
        yield _above("paragraph_too_many_special_characters", counts.special_share, self.max_paragraph_special)
        yield _below("paragraph_too_few_letters", counts.letter_share, self.min_paragraph_letters)
        if words + counts.punctuation >= _FEWEST_TOKENS:
            share = counts.punctuation_share(words)
            yield _below("paragraph_too_little_punctuation", share, self.min_paragraph_punctuation)
        signs = comparison_signs(text)
        yield _above("paragraph_too_many_comparison_signs", signs, self.max_paragraph_comparison_signs)
        limit = self.max_paragraph_one_character
        if limit is not None and at_most / counts.visible > limit:  # else there is no need to look closer
            yield _above("paragraph_of_one_character", one_character_share(text), limit)

    def _of_document(self, counts: CharacterCounts, text: str, words: Sequence[str]) -> Iterator[Fault | None]:
        yield _above("too_many_special_characters", counts.special_share, self.max_special)
        yield _below("too_few_letters", counts.letter_share, self.min_letters)
        yield _below("too_little_punctuation", counts.punctuation_share(len(words)), self.min_punctuation)
        yield _above("too_many_hash_signs", hash_ratio(text, len(words)), self.max_hash_ratio)
        yield _above("too_many_ellipses", ellipsis_ratio(text, len(words)), self.max_ellipsis_ratio)
        if self.min_alphabetic_words is not None:
            yield _below("too_few_alphabetic_words", alphabetic_word_share(words), self.min_alphabetic_words)
        if not written_without_spaces(text):
            length = mean_word_length(words)
            yield _below("words_too_short", length, self.min_mean_word_length)
            yield _above("words_too_long", length, self.max_mean_word_length)

    def _of_lines(self, all_lines: Sequence[tuple[str, str]]) -> Iterator[Fault | None]:
        """Of (line, role of its text)."""
        if self.min_lines is not None and len(all_lines) < self.min_lines:
            return
        if self.max_bullet_lines is not None:
            bullets = sum(
                (role == "list_item" or starts_with_bullet(line))
                and not (self.spare_bullet_sentences and ends_like_a_sentence(line))
                for line, role in all_lines
            )
            yield _above("too_many_bullet_lines", bullets / len(all_lines), self.max_bullet_lines)
        if self.max_ellipsis_lines is not None:
            ellipses = sum(ends_with_ellipsis(line) for line, _ in all_lines)
            yield _above("too_many_ellipsis_lines", ellipses / len(all_lines), self.max_ellipsis_lines)
        below_headings = [line for line, role in all_lines if role != "heading"]
        if self.min_punctuated_lines is not None and below_headings:
            punctuated = sum(map(ends_like_a_sentence, below_headings)) / len(below_headings)
            yield _below("too_few_punctuated_lines", punctuated, self.min_punctuated_lines)


def _above(reason: str, measured: float, limit: float | None) -> Fault | None:
    return None if limit is None or measured <= limit else (reason, measured, limit)


def _below(reason: str, measured: float, limit: float | None) -> Fault | None:
    return None if limit is None or measured >= limit else (reason, measured, limit)


def _first(faults: Iterator[Fault | None]) -> Fault | None:
    return next((fault for fault in faults if fault is not None), None)
