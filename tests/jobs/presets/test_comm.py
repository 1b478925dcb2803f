"""CoMM: what can be had of it without its judges."""

from __future__ import annotations

import pytest

from tests.jobs.presets.common_cases import (
    Cases,
    image_aspect,
    image_sides,
    languages,
    number_of_images,
    safety,
    with_photo,
)
from tests.jobs.presets.presets import Sides, check, numbers_in, option_of, page, photo, preset

CASES: Cases = {
    **languages(0.8, 0.79),
    **image_sides(150),
    **image_aspect(3),
    **safety(0.1, 0.11, "image_unsafe"),
    "alignment.min_score": Sides(
        with_photo(photo(9), best_similarity=0.1),
        with_photo(photo(9), best_similarity=0.09),
        ("image_text_unrelated",),
    ),
    **number_of_images(2, 100),
    "document_shape.min_texts": Sides(
        page("One.", "Two.", photo(0), photo(1)), page("One.", photo(0), photo(1)), ("too_few_texts",)
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("comm", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("comm") <= set(map(option_of, CASES))


def test_copies_of_a_page_go() -> None:
    select = preset("comm").select
    assert (select.same_url, select.same_text) == (True, True)
    assert select.near_text is None
