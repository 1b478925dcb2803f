"""The HTML part of MINT-1T: the rules of Gopher on texts, those of OBELICS on images."""

from __future__ import annotations

import pytest

from corpusflow.recipe import NearText
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
from tests.jobs.presets.gopher import QUALITY, REPETITION
from tests.jobs.presets.presets import Sides, check, numbers_in, option_of, page, photo, preset, rule, verdict

FIRST = photo(0).picture

CASES: Cases = {
    **QUALITY,
    **REPETITION,
    **languages(0.65, 0.64),
    **url_words("logo avatar porn xxx"),
    "repeated_pictures": Sides(
        with_photo(photo(9, phash=FIRST.phash, dhash=FIRST.dhash)),
        with_photo(photo(9, sha256=FIRST.sha256)),
        ("picture_shown_before",),
    ),
    **uses("sha256_uses", "image_in_many_documents"),
    **image_sides(150, 20_000),
    **image_aspect(2),
    **safety(0.8, 0.81, "document_has_unsafe_image"),
    **number_of_images(1, 30),
    # A document without text has too few words for another rule, too.
    "document_shape.min_texts": Sides(
        page("A single text.", photo()), page(photo()), ("too_few_texts",), rule("mint1t-html", "document_shape")
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("mint1t-html", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("mint1t-html") <= set(map(option_of, CASES))


@pytest.mark.parametrize("measure", ["phash_uses", "dhash_uses"])
def test_pictures_that_look_like_many_others_stay(measure: str) -> None:
    given = with_photo(photo(9), **{measure: 1000})
    assert verdict("mint1t-html", given) == (given, [])


def test_copies_are_looked_for_as_told() -> None:
    select = preset("mint1t-html").select
    assert select.near_text == NearText(similarity=0.8, sizes=(13,), permutations=256, bands=32, rows=8)
    assert (select.same_url, select.same_text) == (True, True)
    assert select.domain_paragraphs == 3
