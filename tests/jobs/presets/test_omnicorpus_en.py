"""OmniCorpus, English: Gopher's rules, some of C4's, and those that people's feedback led to."""

from __future__ import annotations

import pytest

from corpusflow.document import Document
from corpusflow.recipe import NearText
from tests.documents import text
from tests.jobs.presets.common_cases import (
    KEPT,
    Cases,
    image_aspect,
    image_sides,
    languages,
    number_of_images,
    safety,
    url_words,
    uses,
    with_photo,
)
from tests.jobs.presets.gopher import QUALITY, REPETITION, flagged, illustrated
from tests.jobs.presets.made_words import distinct, sentences
from tests.jobs.presets.presets import (
    ARTICLE,
    Sides,
    check,
    clean_article,
    numbers_in,
    option_of,
    page,
    photo,
    preset,
    rule,
    verdict,
)

FINE = "We saw the mill and went home."
ENTRY = "[3] Smith, J. et al. (2004). The mills of the north. Journal of Mills 3(2), pp. 12-15. doi 10.1000/182"


def capitals(small: int) -> str:
    """Forty capitals, and so many small letters, in words of ten."""
    letters = "ABCDEFGHIJ" * 4 + "abcdefghij"[:small]
    return " ".join(letters[start : start + 8] for start in range(0, len(letters), 8))


def digits(letters: int) -> str:
    """Forty digits, and so many letters, in words of eight."""
    row = "12345678" * 5 + "abcdefghij"[:letters]
    return " ".join(row[start : start + 8] for start in range(0, len(row), 8))


def mentioning(phrase: str, words: int) -> str:
    return f"{phrase} {sentences(distinct(words - len(phrase.split())))}"


def captioned(words: int) -> Document:
    """A picture between two texts, of which the one behind it is of so many words, with one about the file."""
    return page(*ARTICLE, *KEPT, " ".join(["image", *distinct(words - 1)]))


def with_references(texts_before: int) -> Document:
    """So many texts before a list of references of two texts and a heading."""
    before = [sentences(distinct(40, skip=40 * number)) for number in range(texts_before)]
    references = [text("References", "heading", 2), "Of all the mills of the north.", "Of all the mills of the south."]
    return illustrated(*before, *references)


def of_short_texts(longest: int) -> Document:
    """Twelve words in the mean of five texts, or less; the longest is of so many."""
    return illustrated(
        *(sentences(distinct(count, skip=72 * place)) for place, count in enumerate((longest, 7, 6, 6, 5)))
    )


def gallery(images: int, words: int) -> Document:
    return page(sentences(distinct(words)), *map(photo, range(images)))


def after(heading: str, level: int) -> Document:
    """An article with a heading that another one of this rank follows."""
    headings = text("The old mill", "heading", 1), text(heading, "heading", 2), text("What is left", "heading", level)
    return page(headings[0], *ARTICLE[:2], headings[1], headings[2], ARTICLE[2], *KEPT)


CASES: Cases = {
    **QUALITY,
    **REPETITION,
    **languages(0.5, 0.49),
    **url_words(""),
    "url_words.image_words": Sides(
        with_photo(photo(9, url="https://pictures.example/silicon/9.jpg")),
        with_photo(photo(9, url="https://pictures.example/banners/9.jpg")),
        ("image_url_has_word",),
    ),
    # 40 of 50 characters that are no spaces, and of 49.
    "text_characters.max_paragraph_capitals": Sides(
        clean_article(capitals(10)), clean_article(capitals(9)), ("paragraph_too_many_capitals",)
    ),
    "text_characters.max_paragraph_digits": Sides(
        clean_article(digits(10)), clean_article(digits(9)), ("paragraph_too_many_digits",)
    ),
    "text_phrases.lorem_ipsum": Sides(
        clean_article(FINE), clean_article("We saw the lorem ipsum of a page."), ("placeholder_text",)
    ),
    "text_phrases.curly_braces": Sides(
        clean_article(FINE), clean_article("We saw the mill {and} went home."), ("curly_braces",)
    ),
    **{
        f"text_phrases.max_call_words, {phrase}": Sides(
            clean_article(mentioning(phrase, 11)), clean_article(mentioning(phrase, 10)), ("call_to_the_reader",)
        )
        for phrase in ("Sign in", "Sign up", "Read more", "Item in cart")
    },
    **{
        f"text_phrases.drop_labels, {label}": Sides(
            clean_article(FINE), clean_article(text(label, "list_item", 1)), ("label_of_a_button",)
        )
        for label in ("Comments", "Advertisement")
    },
    "bylines.max_byline_words": Sides(
        clean_article("By Jane Doe and John Smith and Ann Lee Brown"),
        clean_article("By Jane Doe and John Smith and Ann Brown"),
        ("byline",),
    ),
    "bylines.max_dated_words": Sides(
        clean_article(sentences(["on", "3", "May", "1880", *distinct(16)])),
        clean_article(sentences(["on", "3", "May", "1880", *distinct(15)])),
        ("short_text_with_date",),
    ),
    "bylines.drop_date_lines": Sides(clean_article(FINE), clean_article("Updated: 3 May 2021"), ("date_line",)),
    "credits.max_credit_words": Sides(
        clean_article(f"Published by {' '.join(distinct(14))}"),
        clean_article(f"Published by {' '.join(distinct(13))}"),
        ("source_line",),
    ),
    "credits.max_file_caption_words": Sides(captioned(8), captioned(7), ("caption_about_the_file",)),
    "citations.max_citation_words": Sides(
        clean_article(f"{ENTRY} {sentences(distinct(81 - len(ENTRY.split())))}"),
        clean_article(f"{ENTRY} {sentences(distinct(80 - len(ENTRY.split())))}"),
        ("citation_line",),
    ),
    # The heading stands behind nine of twelve texts, and behind eight of eleven.
    "citations.references_from": Sides(with_references(8), with_references(9), ("reference_section",) * 3),
    "citations.drop_trailing_brackets": Sides(
        clean_article(FINE), clean_article("[We saw the mill and went home.]"), ("trailing_brackets",)
    ),
    "bare_texts.drop_single_words": Sides(clean_article(FINE), clean_article("Mills"), ("single_word",)),
    "bare_texts.drop_addresses": Sides(
        clean_article(FINE), clean_article("E-mail: miller@mill.example"), ("email_address",)
    ),
    "bare_texts.drop_counters": Sides(clean_article(FINE), clean_article("1,024 likes"), ("social_counter",)),
    # One of 51 words, and of 50: the published rule takes 0.02 itself.
    "flagged_words.max_paragraph_share": Sides(
        clean_article(flagged(51)), clean_article(flagged(50)), ("text_has_flagged_words",)
    ),
    # No document is over it, since each of its paragraphs would be.
    "flagged_words.max_share": Sides(
        illustrated(flagged(50)),
        illustrated(flagged(49)),
        ("many_flagged_words",),
        rule("omnicorpus-en", "flagged_words", max_paragraph_share=None),
    ),
    "text_length.min_paragraph_words": Sides(
        clean_article("We saw it all again."), clean_article("We saw it again."), ("paragraph_too_short",)
    ),
    "short_texts.min_longest_words": Sides(of_short_texts(35), of_short_texts(34), ("no_long_text",)),
    "short_texts.min_mean_words": Sides(
        illustrated(*(sentences(distinct(12, skip=20 * number)) for number in range(5))),
        illustrated(*(sentences(distinct(11 if number else 12, skip=20 * number)) for number in range(5))),
        ("no_long_text",),
    ),
    "orphan_headings": Sides(after("What it was", 3), after("What it was", 2), ("orphan_heading",)),
    **uses("phash_uses", "image_looks_like_many"),
    **uses("dhash_uses", "image_looks_like_many"),
    **image_sides(150),
    **image_aspect(2),
    **safety(0.8, 0.81, "image_unsafe"),
    "image_text_ratio.min_words_per_image": Sides(gallery(3, 150), gallery(3, 149), ("too_few_words_per_image",)),
    "image_text_ratio.judged_from": Sides(gallery(2, 50), gallery(3, 50), ("too_few_words_per_image",)),
    **number_of_images(1),
    # A document without text has too few words for another rule, too.
    "document_shape.min_texts": Sides(
        page("A single text.", photo()), page(photo()), ("too_few_texts",), rule("omnicorpus-en", "document_shape")
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("omnicorpus-en", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("omnicorpus-en") <= set(map(option_of, CASES))


@pytest.mark.parametrize("word", ["be", "have", "that"])
def test_the_small_words_are_those_of_gopher(word: str) -> None:
    """OmniCorpus has `is`, `are` and `am` in place of `be`; a document with two of its words may go for that."""
    others = [made for made in distinct(100) if made not in ("that", "have", "with")]
    assert verdict("omnicorpus-en", illustrated(sentences(["is", "are", word, *others])))[1] == [
        "too_few_english_words"
    ]
    assert verdict("omnicorpus-en", illustrated(sentences(["to", word, *others])))[1] == []


def test_a_document_of_words_and_a_fifth_of_numbers_stays() -> None:
    """OmniCorpus asks for more than 80 % of words with a letter, Gopher for 80 % at least."""
    given = QUALITY["text_characters.min_alphabetic_words"].kept
    assert verdict("omnicorpus-en", given) == (given, [])


def test_capitals_go_beside_an_image_too() -> None:
    """OmniCorpus spares capitals and figures within ten lines of an image."""
    given = page(*ARTICLE, photo(0), "THE OLD MILL OF THE VALLEY IN THE RAIN", photo(1))
    assert verdict("omnicorpus-en", given)[1] == ["paragraph_too_many_capitals"]


def test_a_phone_number_in_a_sentence_stays() -> None:
    """OmniCorpus drops paragraphs of fewer than 80 words with one."""
    given = clean_article("Those who want to see the mill can call +49 441 123456 in the morning.")
    assert verdict("omnicorpus-en", given) == (given, [])


def test_a_byline_is_one_of_names() -> None:
    """OmniCorpus drops whatever short text begins with `by`."""
    given = clean_article("By the river stands the old mill.")
    assert verdict("omnicorpus-en", given) == (given, [])


def test_thanks_within_a_paragraph_stay() -> None:
    """OmniCorpus drops any paragraph with `Special thanks`."""
    given = clean_article("Special thanks go to the people of the town, who in the year of the flood gave their time.")
    assert verdict("omnicorpus-en", given) == (given, [])


def test_the_first_heading_stays_and_one_under_a_lower_rank_goes() -> None:
    """OmniCorpus drops any heading that one of the same rank follows, and no other."""
    title = [text("The old mill", "heading", 1), text("A history", "heading", 1)]
    given = page(*title, *ARTICLE, *KEPT)
    assert verdict("omnicorpus-en", given) == (given, [])
    lower = [text("The mill", "heading", 1), *ARTICLE[:2], text("Today", "heading", 3), text("Now", "heading", 2)]
    assert verdict("omnicorpus-en", page(*lower, ARTICLE[2], *KEPT))[1] == ["orphan_heading"]


def test_copies_are_looked_for_as_published() -> None:
    select = preset("omnicorpus-en").select
    assert select.near_text == NearText(similarity=0.8, sizes=(5,), permutations=256, bands=32, rows=8)
    assert (select.keep, select.same_url, select.same_text) == ("newest", True, True)


def test_texts_are_cleaned_as_published() -> None:
    wanted = preset("omnicorpus-en").text
    assert (wanted.urls, wanted.broken_lines, wanted.unfinished) == ("remove", "any", "trim")
    assert (wanted.placeholders, wanted.repeated_marks) == (True, True)
