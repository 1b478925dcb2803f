"""OBELICS: filters as in its published config, whose definitions are computed here once more, plainly."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from corpusflow.document import Document
from corpusflow.recipe import NearText
from tests.documents import text
from tests.jobs.presets.common_cases import (
    Cases,
    declared,
    image_aspect,
    image_sides,
    languages,
    number_of_images,
    safety,
    url_words,
    with_photo,
)
from tests.jobs.presets.gopher import REPETITION, flagged, illustrated
from tests.jobs.presets.made_words import MADE, SMALL, distinct, paragraphs, sentences
from tests.jobs.presets.presets import (
    Sides,
    check,
    clean_article,
    left_over,
    numbers_in,
    option_of,
    page,
    photo,
    preset,
    rule,
    verdict,
)

CHARACTERS, WORDS = 10, 5
SHORT_WORDS = "in my as it to us or by me on an at so up if we he do of no"
RUN = SHORT_WORDS.split()


def repeated_characters(text: str) -> tuple[int, int]:
    """Most frequent runs of ten characters (the square root of how many there are), and all runs."""
    runs = Counter(text[start : start + CHARACTERS] for start in range(len(text) - CHARACTERS + 1))
    most = runs.most_common(math.isqrt(len(runs)))
    return sum(count for _, count in most if count > 1), runs.total()


def repeated_words(words: list[str]) -> tuple[int, int]:
    """Runs of five words that stand there more than once, and all runs."""
    runs = Counter(tuple(words[start : start + WORDS]) for start in range(len(words) - WORDS + 1))
    return sum(count for count in runs.values() if count > 1), runs.total()


def special(text: str) -> tuple[int, int]:
    return sum(not letter.isalpha() for letter in text), len(text)


def words_and_marks(words: int, marks: int, skip: int = 0) -> str:
    """A text of so many words of four letters, with marks behind the first of them."""
    row = [word + "," * (number < marks) for number, word in enumerate(distinct(words, skip=skip))]
    return " ".join(row)


def of_a_river(characters: int) -> list[str]:
    """Sentences that say ` of the river ` twice and ` on the shore ` twice, with so many characters in all."""
    said = (
        "The colour of the river was like that.",
        "I heard the sound of the river below.",
        "My boat lay there on the shore again.",
        "He had a farm on the shore for years.",
    )
    missing = characters - sum(map(len, said)) - 2 * len(said)
    return [*said, " ".join(distinct(20))[: missing - 1] + "."]


def five_words_again(total: int) -> str:
    """A paragraph of so many words, of which five runs of five are said twice, apart from each other."""
    words = distinct(total - 25)
    return sentences(words + [word for run in range(5) for word in words[run * 8 :][:5]])


def twenty_words_again(total: int) -> Document:
    """So many words; a run of twenty short ones stands in two paragraphs."""
    words = distinct(total - 40)
    return illustrated(sentences(words[:62] + RUN), sentences(RUN + words[62:]))


def few_marks(words: int) -> Document:
    """A paragraph of so many words and one mark, among many with a mark for every five words."""
    others = paragraphs(distinct(500, skip=3000))
    lively = [other.replace(" ", ", ", 12) for other in others]
    return illustrated(" ".join(distinct(words)) + ".", *lively)


CASES: Cases = {
    **REPETITION,
    **languages(0.8, 0.79),
    **url_words(
        "logo button icon plugin widget porn xxx sex", also="https://pictures.example/essex-silicon-valley.jpg"
    ),
    "declared_size.min_side": Sides(
        declared(photo(9), 150, 150), declared(photo(9), 149, 150), ("image_shown_too_small",)
    ),
    "declared_size.max_side": Sides(
        declared(photo(9), 20_000, 10_001), declared(photo(9), 20_001, 10_001), ("image_shown_too_large",)
    ),
    "declared_size.max_aspect": Sides(
        declared(photo(9), 400, 200), declared(photo(9), 401, 200), ("image_shown_too_elongated",)
    ),
    "declared_size.max_aspect, upright": Sides(
        declared(photo(9), 200, 400), declared(photo(9), 200, 401), ("image_shown_too_elongated",)
    ),
    "text_length.min_words": Sides(
        illustrated("The boat lay on the sand and waited for us."),
        illustrated("The boat lay on the sand and waited there."),
        ("document_too_short",),
    ),
    "text_length.max_words": Sides(
        illustrated(*paragraphs(distinct(2000))), illustrated(*paragraphs(distinct(2001))), ("document_too_long",)
    ),
    "text_length.min_paragraph_words": Sides(
        clean_article("We saw it all."), clean_article("We saw it."), ("paragraph_too_short",)
    ),
    "text_length.max_paragraph_words": Sides(
        clean_article(sentences(distinct(1000))), clean_article(sentences(distinct(1001))), ("paragraph_too_long",)
    ),
    # 20 of 200 runs of ten characters, and of 199.
    "text_repetition.max_paragraph_character_repetition": Sides(
        clean_article("  ".join(of_a_river(209))),
        clean_article("  ".join(of_a_river(208))),
        ("paragraph_repeats_characters",),
    ),
    "text_repetition.max_character_repetition": Sides(
        illustrated(*of_a_river(209)), illustrated(*of_a_river(208)), ("characters_repeat",)
    ),
    # 10 of 100 runs of five words, and of 99.
    "text_repetition.max_paragraph_word_repetition": Sides(
        clean_article(five_words_again(104)), clean_article(five_words_again(103)), ("paragraph_repeats_words",)
    ),
    # 32 of 160 runs of five words, and of 159.
    "text_repetition.max_word_repetition": Sides(twenty_words_again(164), twenty_words_again(163), ("words_repeat",)),
    # 60 of 200 characters, and 61 of 201; spaces are special.
    "text_characters.max_paragraph_special": Sides(
        clean_article(words_and_marks(35, 26)),
        clean_article(words_and_marks(35, 27)),
        ("paragraph_too_many_special_characters",),
    ),
    # 44 of 160 characters, and 45 of 161.
    "text_characters.max_special": Sides(
        illustrated(words_and_marks(29, 16)), illustrated(words_and_marks(29, 17)), ("too_many_special_characters",)
    ),
    # One of 1,000 words and marks, and of 1,001.
    "text_characters.min_paragraph_punctuation": Sides(
        few_marks(999), few_marks(1000), ("paragraph_too_little_punctuation",)
    ),
    "text_characters.min_paragraph_punctuation, from 12 words on": Sides(
        clean_article(words_and_marks(11, 0)),
        clean_article(words_and_marks(12, 0)),
        ("paragraph_too_little_punctuation",),
    ),
    # 3 of 100 words and marks, and of 101.
    "text_characters.min_punctuation": Sides(
        illustrated(words_and_marks(97, 3)), illustrated(words_and_marks(98, 3)), ("too_little_punctuation",)
    ),
    "stop_words.min_paragraph_share": Sides(
        clean_article(sentences([*SMALL[:3], *MADE[:7]])),
        clean_article(sentences([*SMALL[:3], *MADE[:8]])),
        ("paragraph_of_too_few_stop_words",),
    ),
    "stop_words.min_share": Sides(
        illustrated(sentences([*SMALL[:7], *MADE[:13]])),
        illustrated(sentences([*SMALL[:7], *MADE[:14]])),
        ("too_few_stop_words",),
    ),
    "flagged_words.max_paragraph_share": Sides(
        clean_article(flagged(100)), clean_article(flagged(99)), ("text_has_flagged_words",)
    ),
    # No document is over it, since each of its paragraphs would be.
    "flagged_words.max_share": Sides(
        illustrated(flagged(100)),
        illustrated(flagged(99)),
        ("many_flagged_words",),
        rule("obelics", "flagged_words", max_paragraph_share=None),
    ),
    **image_sides(150, 20_000),
    **image_aspect(2),
    **safety(0.85, 0.86, "document_has_unsafe_image"),
    **number_of_images(1, 30),
    # A document without text has too few words for another rule, too.
    "document_shape.min_texts": Sides(
        page("A single text.", photo()), page(photo()), ("too_few_texts",), rule("obelics", "document_shape")
    ),
    "repeated_images": Sides(with_photo(photo(9)), with_photo(photo(0)), ("image_shown_before",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("obelics", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("obelics") <= set(map(option_of, CASES))


def test_the_shares_of_these_documents_are_those_of_the_published_definitions() -> None:
    assert repeated_characters("  ".join(of_a_river(209))) == (20, 200)
    assert repeated_characters("\n\n".join(of_a_river(208))) == (20, 199)
    words = five_words_again(104).lower().replace(".", "").split()
    assert repeated_words(words) == (10, 100)
    whole = " ".join(segment.text for segment in twenty_words_again(164).texts)
    assert repeated_words(whole.lower().replace(".", "").split()) == (32, 160)
    assert special(words_and_marks(35, 26)) == (60, 200)
    assert special(words_and_marks(29, 17)) == (45, 161)


def test_paragraphs_go_before_the_document_is_judged_but_only_those_of_the_rule_at_hand() -> None:
    """OBELICS drops all paragraphs first; here 40 words that say the same count for another rule, too."""
    long = [*paragraphs(distinct(1970)), "So it went. " * 20]
    assert verdict("obelics", illustrated(*long))[1] == ["document_too_long"]
    short = [*paragraphs(distinct(1960)), "So it went. " * 13]
    assert verdict("obelics", illustrated(*short))[1] == ["paragraph_repeats_characters"]


def test_an_image_shown_twice_counts_once() -> None:
    """OBELICS counts it twice, since it looks for such images last."""
    given = page(*paragraphs(distinct(200)), *map(photo, range(30)), photo(0))
    assert verdict("obelics", given)[1] == ["image_shown_before"]
    assert len(left_over("obelics", given).images) == 30


def test_headings_and_items_are_no_paragraphs() -> None:
    """OBELICS bounds headings like paragraphs, and knows no items of lists."""
    given = clean_article(text("Ground flour", "heading", 2), text("Ground flour", "list_item", 1))
    assert verdict("obelics", given) == (given, [])


def test_copies_are_looked_for_as_published() -> None:
    select = preset("obelics").select
    assert select.near_text == NearText(similarity=0.8, shingle="word", sizes=(5,), permutations=16, bands=4, rows=4)
    assert (select.keep, select.max_image_uses, select.domain_paragraphs) == ("newest", 10, 3)
    assert select.domain_headings
    assert (select.same_url, select.same_text) == (True, True)
    assert select.same_images
    assert not select.per_language


def test_texts_are_not_cleaned() -> None:
    wanted = preset("obelics").text
    assert (wanted.personal_data, wanted.urls, wanted.broken_lines, wanted.unfinished) == ("keep",) * 4
    assert (wanted.repeated_marks, wanted.placeholders) == (False, False)
