"""Documents on both sides of Gopher's limits (Rae et al. 2021, section A.1.1 and table A1), which several presets have.

Words have four letters where nothing else is said, and no two stand side by side twice but those that repeat on
purpose: a share of characters is one of words.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpusflow.document import Document, Segment
from tests.documents import text
from tests.jobs.presets.made_words import LETTERS, MADE, SMALL, distinct, paragraphs, sentences
from tests.jobs.presets.presets import Sides, page, photo

DUPLICATES = {5: 15, 6: 14, 7: 13, 8: 12, 9: 11, 10: 10}  # percent, by the number of words
MOST_FREQUENT = {2: 20, 3: 18, 4: 16}
# The longest is of short words, so that other rules do not take its characters for too many.
RUNS = {2: MADE[-2:], 3: MADE[-3:], 4: ["ka", "du", "mi", "lo"]}


def illustrated(*parts: str | Segment) -> Document:
    """Texts and two pictures."""
    return page(*parts, photo(0), photo(1))


def flagged(words: int) -> str:
    """A paragraph of so many words, one of them flagged."""
    return sentences([*distinct(words - 1), "scumbag"])


def duplicate_ngrams(n: int, total: int, percent: int) -> Document:
    """So many words, of which as many runs of n as percent says have been said before, each once."""
    words = distinct(total - n * percent)
    # Runs that do not touch each other there, so that no longer one than n is said again.
    again = [word for run in range(percent) for word in words[run * (n + 3) :][:n]]
    return illustrated(*paragraphs(words + again))


def frequent_ngram(n: int, percent: int, words_less: int = 0) -> Document:
    """A run of n words, as many times as percent says, at equal distances, in a hundred times its letters or in those
    of so many words less."""
    run = RUNS[n]
    others = distinct(len("".join(run)) * (100 - percent) // LETTERS - words_less)
    gap = len(others) // percent
    words = [word for number in range(percent) for word in (*run, *others[number * gap :][:gap])]
    return illustrated(*paragraphs(words + others[percent * gap :]))


def line(words: Sequence[str]) -> str:
    return f"{' '.join(words)}."


def many_lines(short: int, long: int) -> Document:
    """Paragraphs of two lines or three; of the lines so many short ones stand twice, and so many long ones once."""
    once = [line(distinct(4, skip=6 * number)) for number in range(short)]
    row = [*once, *reversed(once)]
    parts = []
    for number in range(long):
        own = row[number * len(row) // long : (number + 1) * len(row) // long]
        parts.append("\n".join([*own, line(distinct(40, skip=1000 + 40 * number))]))
    return illustrated(*parts)


def lines_of_thirty(short: int, long: int) -> Document:
    """Paragraphs of four lines; so many lines of twenty characters stand twice, and so many of thirty once."""
    once = [line(distinct(4, skip=6 * number)) for number in range(short)]
    others = [line(distinct(6, skip=1000 + 6 * number)) for number in range(long)]
    row, parts = [*once, *reversed(once)], []
    for number in range(short):
        parts.append("\n".join([*row[2 * number :][:2], *others[2 * number :][:2]]))
    return illustrated(*parts)


def many_paragraphs(short: int, long: int) -> Document:
    """So many paragraphs of five words stand twice, and so many of two long lines once."""
    once = [line(distinct(5, skip=6 * number)) for number in range(short)]
    others = [
        "\n".join(line(distinct(20, skip=1000 + 40 * number + half)) for half in (0, 20)) for number in range(long)
    ]
    return illustrated(*once, *others, *reversed(once))


def texts_of_two_lines(words_less: int = 0) -> Document:
    """60 items of 20 characters twice, 114 texts of 30 and one of 180, or of so many words less, once. Without the
    breaks between lines, which belong to a text, no more than 1,140 of 5,758 characters stand twice."""
    once = []
    for number in range(60):
        one, two, three, four = distinct(4, skip=6 * number)
        once.append(text(f"{one} {two}\n{three} {four}.", "list_item", 1))
    others = []
    for number in range(114):
        words = distinct(6, skip=1000 + 6 * number)
        others.append(f"{' '.join(words[:3])}\n{line(words[3:])}")
    words = distinct(36 - words_less, skip=3000)
    others.append("\n".join(" ".join(words[start : start + 4]) for start in range(0, len(words), 4)) + ".")
    return illustrated(*once, *others, *reversed(once))


REPETITION = {
    **{
        f"text_repetition.max_duplicate_{n}gram": Sides(
            duplicate_ngrams(n, 100 * n, percent), duplicate_ngrams(n, 100 * n - 1, percent), (f"duplicate_{n}grams",)
        )
        for n, percent in DUPLICATES.items()
    },
    **{
        f"text_repetition.max_top_{n}gram": Sides(
            frequent_ngram(n, percent), frequent_ngram(n, percent, 1), (f"top_{n}gram_too_frequent",)
        )
        for n, percent in MOST_FREQUENT.items()
    },
    # 30 of 100 lines, and of 99.
    "text_repetition.max_duplicate_lines": Sides(many_lines(30, 40), many_lines(30, 39), ("lines_repeat",)),
    # 20 x 20 characters of 40 x 20 + 40 x 30, and of 39 x 30.
    "text_repetition.max_duplicate_line_characters": Sides(
        lines_of_thirty(20, 40), lines_of_thirty(20, 39), ("lines_repeat_characters",)
    ),
    # 30 of 100 paragraphs, and of 99.
    "text_repetition.max_duplicate_paragraphs": Sides(
        many_paragraphs(30, 40), many_paragraphs(30, 39), ("paragraphs_repeat",)
    ),
    # 60 x 20 characters of 120 x 20 + 114 x 30 + 180, and of a word less.
    "text_repetition.max_duplicate_paragraph_characters": Sides(
        texts_of_two_lines(), texts_of_two_lines(1), ("paragraphs_repeat_characters",)
    ),
}


def of_length(words: int) -> Document:
    return illustrated(*paragraphs(distinct(words)))


def with_marks(mark: str, count: int) -> Document:
    """A hundred words in lines that end like sentences, and before so many of them a mark."""
    words = distinct(100)
    return illustrated(*paragraphs([f"{mark} {word}" if number < count else word for number, word in enumerate(words)]))


def with_figures(figures: int) -> Document:
    """80 words and so many numbers of four figures."""
    words = [word for number, word in enumerate(distinct(80)) for word in ([word, str(7000 + number)])]
    few = [word for word in words if word.isalpha() or int(word) - 7000 < figures]
    return illustrated(*paragraphs(few))


def of_word_length(letters: int, change: int = 0) -> Document:
    """A hundred words of so many letters in the mean; one of them has so many more (or fewer)."""
    small = {3: ["and", "the"], 10: ["that" + "s" * 6, "with" + "s" * 6]}[letters]
    made = [(word * 3)[:letters] for word in MADE[:: len(MADE) // 98]][:98]
    if letters == 10:
        small, made[:2] = ["that", "with"], [word + "nodder" for word in made[:2]]  # six less, six more
    made[50] = (made[50] * 2)[: letters + change]
    return illustrated(*paragraphs([small[0], *made[:60], small[1], *made[60:]]))


def bullets(items: int) -> Document:
    """So many items and one paragraph."""
    return illustrated(
        *(text(line(distinct(8, skip=8 * number)), "list_item", 1) for number in range(items)),
        sentences(distinct(40, skip=1000)),
    )


def trailing_off(lines: int, of: int) -> Document:
    """So many paragraphs that end in an ellipsis."""
    return illustrated(
        *(line(distinct(20, skip=20 * number)) + (".." if number < lines else "") for number in range(of))
    )


def with_english(*words: str) -> Document:
    """A hundred words, among which of Gopher's eight are these alone."""
    others = [word for word in distinct(100) if word not in SMALL[:3]]
    return illustrated(*paragraphs([*words, *others]))


QUALITY = {
    "text_length.min_words": Sides(of_length(50), of_length(49), ("document_too_short",)),
    "text_length.max_words": Sides(of_length(100_000), of_length(100_001), ("document_too_long",)),
    "text_characters.max_hash_ratio": Sides(with_marks("#", 10), with_marks("#", 11), ("too_many_hash_signs",)),
    "text_characters.max_ellipsis_ratio": Sides(
        with_marks("...", 10), with_marks("\u2026", 11), ("too_many_ellipses",)
    ),
    "text_characters.max_bullet_lines": Sides(bullets(9), bullets(10), ("too_many_bullet_lines",)),
    "text_characters.max_ellipsis_lines": Sides(trailing_off(3, 10), trailing_off(4, 13), ("too_many_ellipsis_lines",)),
    "text_characters.min_alphabetic_words": Sides(with_figures(20), with_figures(21), ("too_few_alphabetic_words",)),
    "text_characters.min_mean_word_length": Sides(of_word_length(3), of_word_length(3, -1), ("words_too_short",)),
    "text_characters.max_mean_word_length": Sides(of_word_length(10), of_word_length(10, 1), ("words_too_long",)),
    "stop_words.min_english_words": Sides(
        with_english("that", "have"), with_english("that"), ("too_few_english_words",)
    ),
}
