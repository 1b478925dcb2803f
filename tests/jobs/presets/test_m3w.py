"""M3W of Flamingo: the rules of Gopher, and three on images."""

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
    with_photo,
)
from tests.jobs.presets.gopher import QUALITY, REPETITION, flagged, illustrated
from tests.jobs.presets.presets import Sides, check, numbers_in, option_of, page, photo, preset, rule

CASES: Cases = {
    **QUALITY,
    **REPETITION,
    **languages(0.8, 0.79),
    "flagged_words.max_share": Sides(illustrated(flagged(100)), illustrated(flagged(99)), ("many_flagged_words",)),
    **image_sides(64),
    **image_aspect(3),
    "single_colour": Sides(with_photo(photo(9)), with_photo(photo(9, single_colour=True)), ("image_of_one_colour",)),
    **safety(0.5, 0.51, "document_has_unsafe_image"),
    **number_of_images(1),
    # A document without text has too few words for another rule, too.
    "document_shape.min_texts": Sides(
        page("A single text.", photo()), page(photo()), ("too_few_texts",), rule("m3w", "document_shape")
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("m3w", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("m3w") <= set(map(option_of, CASES))


def test_copies_are_looked_for_as_in_massiveweb() -> None:
    select = preset("m3w").select
    assert select.near_text == NearText(similarity=0.8, sizes=(13,), permutations=256, bands=32, rows=8)
    assert (select.same_url, select.same_text) == (True, True)
