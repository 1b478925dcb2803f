"""mOSCAR: rules for nodes of a page in any language, and its bounds on images and documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from corpusflow.document import Document
from corpusflow.recipe import NearText, parse_recipe
from filters.alignment_rank import AlignmentRank
from filters.registry import available_filters
from jobs.built_in import built_in_recipes
from tests.documents import text
from tests.jobs.presets.common_cases import (
    KEPT,
    Cases,
    image_aspect,
    image_sides,
    number_of_images,
    safety,
    url_words,
    uses,
    with_photo,
)
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
    verdict,
)

FINE = "We saw the mill and went home."
LOOK = photo(0).picture
LETTERS = "thequickbrownfoxjumpsoverthelazydog" * 3


def of(**counts: int) -> str:
    """A text of so many small letters, capitals, digits and marks, in words of five."""
    row = LETTERS[: counts.get("small", 0)] + LETTERS[: counts.get("capitals", 0)].upper()
    row += ("1234567890" * 4)[: counts.get("digits", 0)] + (",;:!" * 9)[: counts.get("marks", 0)]
    return " ".join(row[start : start + 5] for start in range(0, len(row), 5))


def of_one_letter(times: int) -> str:
    """67 other letters and so many of one."""
    others = "bcdfghjklmnpqrstvw" * 4
    row = ("a" * times) + others[:67]
    return " ".join(row[start : start + 5] for start in range(0, len(row), 5))


def of_characters(*lengths: int) -> Document:
    """Texts of so many characters, which have little in common."""
    row = "".join(part for part in ARTICLE).replace(" ", "").replace(",", "").lower().replace(".", "")
    starts = [sum(lengths[:number]) for number, _ in enumerate(lengths)]
    return page(*(row[start : start + length] for start, length in zip(starts, lengths, strict=True)), *KEPT)


def gone_text(given: str, reason: str) -> Sides:
    return Sides(clean_article(FINE), clean_article(given), (reason,))


CASES: Cases = {
    **url_words("logo banner button widget icon plugin twitter facebook rss"),
    # 30 of 100 characters that are no spaces, and 31 of 101; likewise below.
    "text_characters.max_paragraph_digits": Sides(
        clean_article(of(small=70, digits=30)),
        clean_article(of(small=70, digits=31)),
        ("paragraph_too_many_digits",),
    ),
    "text_characters.min_paragraph_letters": Sides(
        clean_article(of(small=67, marks=33)), clean_article(of(small=67, marks=34)), ("paragraph_too_few_letters",)
    ),
    "text_characters.max_paragraph_capitals": Sides(
        clean_article(of(small=80, capitals=20)),
        clean_article(of(small=80, capitals=21)),
        ("paragraph_too_many_capitals",),
    ),
    "text_characters.max_paragraph_one_character": Sides(
        clean_article(of_one_letter(33)), clean_article(of_one_letter(34)), ("paragraph_of_one_character",)
    ),
    "text_characters.max_paragraph_comparison_signs": Sides(
        clean_article("This one is < that one and that one is >= the other."),
        clean_article("This one is < that one and that one is >= the other and > the last."),
        ("paragraph_too_many_comparison_signs",),
    ),
    "text_phrases.lorem_ipsum": gone_text("Lorem ipsum dolor sit amet.", "placeholder_text"),
    "text_phrases.curly_braces": gone_text("We saw the mill { and went home.", "curly_braces"),
    "text_phrases.drop_javascript": gone_text("A history of the language JavaScript.", "speaks_of_javascript"),
    "text_phrases.drop_notices": gone_text("The copyright lies with the people of the mill.", "notice"),
    "text_phrases.drop_notices, sign": gone_text("The people of the mill \u00a9 2021", "notice"),
    **{
        f"text_phrases.drop_labels, {label}": gone_text(label, "label_of_a_button")
        for label in ("Comment", "Facebook", "Instagram", "Twitter", "Newsletter", "Share", "Follow us")
    },
    # `Follow us` goes in a text of any length there.
    "text_phrases.max_call_words": Sides(
        clean_article("If you want more of that follow us on our way."),
        clean_article("If you want more of that follow us our way."),
        ("call_to_the_reader",),
    ),
    "bylines.max_dates": Sides(
        clean_article("The mill was built on 3 May 1821 by two brothers."),
        clean_article("The mill was built from 3 May 1821 to 9 June 1823."),
        ("many_dates",),
    ),
    "repeated_paragraphs.min_characters": Sides(
        clean_article(text("A", "list_item", 1), text("B", "list_item", 1)),
        clean_article(text("A", "list_item", 1), text("A", "list_item", 1)),
        ("paragraph_said_before",),
    ),
    # One character of 19 is another one: 36 of 38 are the same; and one of 20: 38 of 40.
    "repeated_paragraphs.min_similarity": Sides(
        clean_article("the miller had five", "the miller has five"),
        clean_article("the miller had seven", "the miller has seven"),
        ("paragraph_nearly_said_before",),
    ),
    "short_texts.min_latin_bytes": Sides(clean_article("barns"), clean_article("barn"), ("text_too_short",)),
    "short_texts.min_other_bytes": Sides(
        clean_article("\u6211\u4eec\u90fd\u8d70\u4e86"),
        clean_article("\u6211\u4eec\u90fd\u8d70ab"),
        ("text_too_short",),
    ),
    "short_texts.min_texts": Sides(
        of_characters(50, 50, 50, 50, 50), of_characters(50, 50, 50, 50), ("few_short_texts",)
    ),
    "short_texts.min_characters": Sides(
        of_characters(75, 75, 75, 75), of_characters(75, 75, 75, 74), ("few_short_texts",)
    ),
    "flagged_words.max_distinct": Sides(
        clean_article("We saw the bastard and the bastard saw us."),
        clean_article("We saw the bastard and the scumbag saw us."),
        ("different_flagged_words",),
    ),
    "repeated_images": Sides(
        with_photo(photo(9)), with_photo(photo(9, url="https://pictures.example/0.jpg")), ("image_shown_before",)
    ),
    "repeated_pictures.max_distance": Sides(
        with_photo(photo(9, phash=f"{int(LOOK.phash, 16) ^ 1:016x}")),
        with_photo(photo(9, phash=LOOK.phash)),
        ("picture_like_one_before",),
    ),
    **uses("phash_uses", "image_looks_like_many"),
    **image_sides(150),
    **image_aspect(3),
    **safety(0.8, 0.81, "document_has_unsafe_image"),
    **number_of_images(1, 30),
    # A document without text is told by document_shape alone.
    "document_shape.min_texts": Sides(page(" ".join(ARTICLE), photo()), page(photo()), ("too_few_texts",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("moscar", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("moscar") <= set(map(option_of, CASES))


@pytest.mark.parametrize("language", ["de", "sw", "zh", "und"])
def test_documents_of_all_languages_stay(language: str) -> None:
    given = clean_article(label=language, probability=0.1)
    assert verdict("moscar", given) == (given, [])


def test_two_texts_may_be_left_of_a_page() -> None:
    """mOSCAR drops pages with fewer than three texts, but before it drops texts."""
    given = page("barn", ARTICLE[0], ARTICLE[1], *KEPT)
    assert verdict("moscar", given)[1] == ["text_too_short"]


def test_words_of_an_image_count_in_all_of_its_url() -> None:
    """mOSCAR looks for networks in the name of the file alone."""
    given = with_photo(photo(9, url="https://facebook.example/mill.jpg"))
    assert verdict("moscar", given)[1] == ["image_url_has_word"]


def test_calls_to_read_more_go() -> None:
    """mOSCAR has no such rule."""
    assert verdict("moscar", clean_article("Read more of the old mill."))[1] == ["call_to_the_reader"]


def test_copies_are_looked_for_as_published() -> None:
    select = preset("moscar").select
    assert select.near_text == NearText(
        similarity=0.8, shingle="character", sizes=(4, 5), permutations=256, bands=32, rows=8
    )
    assert (select.max_image_uses, select.per_language) == (10, True)
    assert (select.same_url, select.same_text) == (True, True)


def test_the_joint_filter_is_there_once_its_lines_are_taken_in() -> None:
    text = Path(built_in_recipes()["moscar"]).read_text(encoding="utf-8")
    whole = re.sub(r"^( *)# (.* # step 14\b)", r"\1\2", text, flags=re.MULTILINE)
    sources = {"sources": [{"kind": "warc", "path": "none.warc"}], "fetch": {"web": False}}
    recipe = parse_recipe(yaml.safe_load(whole) | sources, available_filters())
    assert recipe.embed.similarity is not None
    assert recipe.embed.similarity.options == {"architecture": "nllb-clip-base-siglip", "pretrained": "v1"}
    assert recipe.align.negatives == 63
    assert recipe.filters[-2].name == "alignment_rank"
    assert AlignmentRank(**recipe.filters[-2].options) == AlignmentRank(max_rank=0.112, drop="both")


def test_texts_are_cleaned_as_published() -> None:
    wanted = preset("moscar").text
    assert (wanted.personal_data, wanted.urls, wanted.repeated_marks) == ("mask", "remove", True)
    assert (wanted.language_again, wanted.placeholders) == (True, False)
    assert (wanted.broken_lines, wanted.unfinished) == ("keep", "keep")
