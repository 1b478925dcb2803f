"""MMC4: C4's rules on texts, and its own on images."""

from __future__ import annotations

import pytest

from tests.documents import text
from tests.jobs.presets.common_cases import (
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
from tests.jobs.presets.made_words import distinct
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

LOOK = int(photo(0).picture.phash, 16)
GONE_LINES = {
    "no_end_of_sentence": [
        "We saw the mill and then the old house",  # no mark
        "We saw the mill and then the old house ...",  # C4: an ellipsis ends nothing
    ],
    "speaks_of_javascript": ["You need a browser that runs JavaScript for this."],
    "notice": [
        "Whoever comes here must accept the terms of use.",
        "Please read our privacy policy before you go on.",
        "Please read our cookie policy before you go on.",
        "This site uses cookies to count its many readers.",
        "You agree to the use of cookies on this site.",
        "Like most other sites we use cookies on this one.",
    ],
}


def differing(bits: int) -> str:
    """The look of the first picture but for so many bits."""
    return f"{LOOK ^ (2**bits - 1):016x}"


def with_word(letters: int) -> str:
    return f"We saw the mill and {'a' * letters} and went home."


CASES: Cases = {
    **languages(0.99, 0.98),
    **url_words("logo button icon plugin widget"),
    "image_extension.wanted": Sides(
        with_photo(photo(9, url="https://pictures.example/9.png")),
        with_photo(photo(9, url="https://pictures.example/9.webp")),
        ("image_extension_not_wanted",),
    ),
    "image_extension.keep_unknown": Sides(
        with_photo(photo(9, url="https://pictures.example/9.JPEG?size=2")),
        with_photo(photo(9, url="https://pictures.example/9?type=.jpg")),
        ("image_extension_not_wanted",),
    ),
    **{
        f"lines, {line}": Sides(clean_article("We saw the mill and went home."), clean_article(line), (reason,))
        for reason, lines in GONE_LINES.items()
        for line in lines
    },
    "text_lines.min_line_words": Sides(
        clean_article("We saw it all again."), clean_article("We saw it again."), ("line_too_short",)
    ),
    "text_lines.max_word_letters": Sides(
        clean_article(with_word(1000)), clean_article(with_word(1001)), ("word_too_long",)
    ),
    "text_phrases.lorem_ipsum": Sides(
        clean_article("We saw the lorem and the ipsum."),
        clean_article("We saw the Lorem ipsum of a page."),
        ("placeholder_text",),
    ),
    "text_phrases.curly_braces": Sides(
        clean_article("We saw the mill [and] went home."),
        clean_article("We saw the mill {and} went home."),
        ("curly_braces",),
    ),
    "flagged_words.max_distinct": Sides(
        clean_article("We saw the mill and went home."),
        clean_article("We saw the bastard and went home."),
        ("different_flagged_words",),
    ),
    "text_length.min_sentences": Sides(
        page("It was late on that day. We saw the old mill.", photo(), "We all went home again."),
        page("It was late on that day.", photo(), "We saw the old mill again."),
        ("too_few_sentences",),
    ),
    # 5 bits of 64 in place of findimagedupes' bits.
    "repeated_pictures.max_distance": Sides(
        with_photo(photo(9, phash=differing(5))), with_photo(photo(9, phash=differing(4))), ("picture_like_one_before",)
    ),
    **uses("sha256_uses", "image_in_many_documents"),
    **uses("phash_uses", "image_looks_like_many"),
    **image_sides(150),
    **image_aspect(2),
    **safety(0.1, 0.11, "image_unsafe"),
    "alignment.min_score": Sides(
        with_photo(photo(9), best_similarity=0.15),
        with_photo(photo(9), best_similarity=0.14),
        ("image_text_unrelated",),
    ),
    **number_of_images(1),
    # A document without text has too few sentences for another rule, too.
    "document_shape.min_texts": Sides(
        page("A single text.", photo()), page(photo()), ("too_few_texts",), rule("mmc4", "document_shape")
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("mmc4", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    no_bound = {"text_length.min_words"}
    assert numbers_in("mmc4") - no_bound <= set(map(option_of, CASES))


def test_there_is_no_bound_of_words() -> None:
    given = page(*ARTICLE, photo(), f"{' '.join(distinct(100_001))}.")
    assert verdict("mmc4", given) == (given, [])


def test_notices_of_rights_go_too() -> None:
    """C4 has no such rule; they are among the notices of our list."""
    assert verdict("mmc4", clean_article("Copyright of all texts by the people of the mill."))[1] == ["notice"]


def test_headings_and_items_stay_without_a_mark() -> None:
    """C4 judges every line of a page alike, and loses them."""
    given = clean_article(text("The mill", "heading", 2), text("ground flour", "list_item", 1))
    assert verdict("mmc4", given) == (given, [])


def test_copies_are_looked_for_in_place_of_three_sentences() -> None:
    select = preset("mmc4").select
    assert (select.same_url, select.same_text) == (True, True)
    assert select.near_text is None
    assert select.domain_paragraphs == 3


def test_settings_are_the_published_ones() -> None:
    recipe = preset("mmc4")
    assert (recipe.extract.language.name, recipe.fetch.max_side) == ("langdetect", 800)
    assert recipe.embed.similarity.options == {"architecture": "ViT-L-14-quickgelu", "pretrained": "openai"}
