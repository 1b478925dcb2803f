"""The core set of MMC4: all of MMC4, and stricter bounds."""

from __future__ import annotations

import pytest

from corpusflow.document import Document
from tests.jobs.presets.common_cases import Cases, with_photo
from tests.jobs.presets.made_words import distinct, sentences
from tests.jobs.presets.presets import ARTICLE, Sides, check, numbers_in, option_of, page, photo
from tests.jobs.presets.test_mmc4 import CASES as OF_MMC4
from tests.jobs.presets.test_mmc4 import differing

# What mmc4-core bounds more strictly, and what has too few images, sentences or words for it.
OTHERS = {
    "text_length.min_sentences",
    "repeated_pictures.max_distance",
    "document_shape.min_images",
    "document_shape.min_texts",
}


def of_sentences(count: int) -> Document:
    return page(sentences(distinct(10 * count), 10), photo(0), photo(1))


def matched(*assigned: float, best: float = 0.3) -> Document:
    """A document with an image of each similarity with the text that it is assigned to."""
    measured = [{"assigned_similarity": value, "best_similarity": best} for value in assigned]
    return page(*ARTICLE, *map(photo, range(len(assigned))), measured=measured)


def with_images(count: int) -> Document:
    return page(*ARTICLE, *map(photo, range(count)))


CASES: Cases = {
    **{name: sides for name, sides in OF_MMC4.items() if name not in OTHERS},
    "text_length.min_sentences": Sides(of_sentences(4), of_sentences(3), ("too_few_sentences",)),
    "text_length.max_sentences": Sides(of_sentences(40), of_sentences(41), ("too_many_sentences",)),
    # 9 bits of 64 in place of findimagedupes' bits.
    "repeated_pictures.max_distance": Sides(
        with_photo(photo(9, phash=differing(9))), with_photo(photo(9, phash=differing(8))), ("picture_like_one_before",)
    ),
    # The published bound is over 0.25; here 0.25 itself is a match.
    "alignment.matched_score": Sides(
        matched(0.25, 0.25, 0.25, 0.2), matched(0.25, 0.25, 0.24, 0.2), ("images_weakly_related",)
    ),
    "alignment.min_matched_share": Sides(
        matched(0.3, 0.3, 0.3, 0.2), matched(0.3, 0.3, 0.2), ("images_weakly_related",)
    ),
    "alignment.matched_by": Sides(
        matched(0.25, 0.25, best=0.2), matched(0.2, 0.2, best=0.25), ("images_weakly_related",)
    ),
    "document_shape.min_images": Sides(with_images(2), with_images(1), ("too_few_images",)),
    "document_shape.max_images": Sides(with_images(15), with_images(16), ("too_many_images",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("mmc4-core", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("mmc4-core") <= set(map(option_of, CASES))
