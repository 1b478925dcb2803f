"""The numbers of a whole document that text filters compare, kept with it so that a user can filter again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from corpusflow.document import Document, TextSegment
from corpusflow.text import repetition
from corpusflow.text.characters import (
    CharacterCounts,
    alphabetic_word_share,
    count_characters,
    ellipsis_ratio,
    ends_like_a_sentence,
    ends_with_ellipsis,
    hash_ratio,
    lines,
    mean_word_length,
    starts_with_bullet,
)
from corpusflow.text.flagged_words import flagged_words, languages_with_list
from corpusflow.text.measures import words
from corpusflow.text.prose import prose
from corpusflow.text.stop_words import USUAL_SHARE, stop_word_share
from corpusflow.text.tokens import tokens, written_without_spaces

_TOP, _DUPLICATE = (2, 3, 4), (5, 6, 7, 8, 9, 10)  # words of an n-gram (Gopher)
_CHARACTERS, _WORDS = 10, 5  # of an n-gram (OBELICS)
_BETWEEN = "\n\n"  # stands between two texts where they are judged as one

# What each is. Shares lie in [0, 1]. All but the first three are of prose: code and table rows are left out.
MEASURES: dict[str, str] = {
    "words": "Words of all texts.",
    "flagged_word_share": "Flagged words among the words of all texts; null in languages without a list.",
    "flagged_words_different": "Different flagged words; null in languages without a list.",
    "mean_word_length": "Characters per word; null where a script without spaces is in the text.",
    "alphabetic_word_share": "Words with a letter.",
    "stop_word_share": "Stop words of the document's language among its words; null in languages without a list.",
    "special_share": "Characters that are neither letter nor mark, spaces too.",
    "letter_share": "Letters and marks among what is not space.",
    "digit_share": "Digits among what is not space.",
    "capital_share": "Capital letters among what is not space.",
    "punctuation_share": "Punctuation marks among words and punctuation marks.",
    "hash_ratio": "Signs `#` per word; may exceed 1.",
    "ellipsis_ratio": "Ellipses per word; may exceed 1.",
    "bullet_line_share": "Lines that start with a bullet, and list items.",
    "ellipsis_line_share": "Lines that end with an ellipsis.",
    "punctuated_line_share": "Lines that end like a sentence, headings not counted.",
    "character_repetition": "Most frequent runs of 10 characters among all such runs (OBELICS).",
    "word_repetition": "Runs of 5 words that occur more than once among all such runs (OBELICS).",
    "duplicate_line_share": "Lines that occurred before.",
    "duplicate_line_character_share": "Characters in lines that occurred before.",
    "duplicate_paragraph_share": "Texts that occurred before.",
    "duplicate_paragraph_character_share": "Characters in texts that occurred before.",
    **{f"top_{n}gram_share": f"Characters in the most frequent run of {n} words (Gopher)." for n in _TOP},
    **{
        f"duplicate_{n}gram_share": f"Characters in runs of {n} words that occurred before (Gopher)."
        for n in _DUPLICATE
    },
}


def document_measures(document: Document) -> dict[str, float | None]:
    """The MEASURES of a document, in their order, each as the filter that compares it takes it; None where that filter
    does not judge the document: by its language or script, or since it has no such text."""
    texts = list(prose(document))
    row = list(chain.from_iterable(tokens(text.text) for text in texts))
    found: dict[str, float] = {"words": sum(words(text.text) for text in document.texts)}
    found.update(_of_flagged_words(document, int(found["words"])))
    if row:
        found.update(_of_words(document, texts, row))
        found.update(_of_lines([(line, text.role) for text in texts for line in lines([text.text])]))
        found.update(_of_repetition([text.text for text in texts], row))
    return {name: found.get(name) for name in MEASURES}


def _language(document: Document) -> str:
    language = document.score("language")
    return language.label if language else ""


def _of_flagged_words(document: Document, total: int) -> Iterator[tuple[str, float]]:
    language = _language(document)
    if language in languages_with_list():
        flagged = [word for text in document.texts for word in flagged_words(text.text, language)]
        yield "flagged_word_share", min(len(flagged) / max(total, 1), 1.0)
        yield "flagged_words_different", len(set(flagged))


def _of_words(document: Document, texts: Sequence[TextSegment], row: Sequence[str]) -> Iterator[tuple[str, float]]:
    text, language = "\n".join(text.text for text in texts), _language(document)
    counts = sum((count_characters(text.text) for text in texts), CharacterCounts())
    if not written_without_spaces(text):
        yield "mean_word_length", mean_word_length(row)
    yield "alphabetic_word_share", alphabetic_word_share(row)
    if language in USUAL_SHARE:
        yield "stop_word_share", stop_word_share(text, row, language)
    yield "special_share", counts.special_share
    yield "letter_share", counts.letter_share
    yield "digit_share", counts.digit_share
    yield "capital_share", counts.capital_share
    yield "punctuation_share", counts.punctuation_share(len(row))
    yield "hash_ratio", hash_ratio(text, len(row))
    yield "ellipsis_ratio", ellipsis_ratio(text, len(row))


def _of_lines(all_lines: Sequence[tuple[str, str]]) -> Iterator[tuple[str, float]]:
    """Of (line, role of its text), at least one."""
    bullets = sum(role == "list_item" or starts_with_bullet(line) for line, role in all_lines)
    yield "bullet_line_share", bullets / len(all_lines)
    yield "ellipsis_line_share", sum(ends_with_ellipsis(line) for line, _ in all_lines) / len(all_lines)
    below_headings = [line for line, role in all_lines if role != "heading"]
    if below_headings:
        yield "punctuated_line_share", sum(map(ends_like_a_sentence, below_headings)) / len(below_headings)


def _of_repetition(texts: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, float]]:
    yield "character_repetition", repetition.character_repetition(_BETWEEN.join(texts), _CHARACTERS)
    ngrams = repetition.WordNgrams(row)
    yield "word_repetition", repetition.repeated_share(ngrams.codes(_WORDS))
    share, characters = repetition.duplicates(lines(texts))
    yield "duplicate_line_share", share
    yield "duplicate_line_character_share", characters
    share, characters = repetition.duplicates(texts)
    yield "duplicate_paragraph_share", share
    yield "duplicate_paragraph_character_share", characters
    for n in _TOP:
        yield f"top_{n}gram_share", ngrams.top_share(n)
    for n in _DUPLICATE:
        yield f"duplicate_{n}gram_share", ngrams.duplicate_share(n)
