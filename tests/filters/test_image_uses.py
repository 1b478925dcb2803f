from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Document, Score
from filters.image_uses import ImageUses
from tests.documents import document, image, image_not_fetched


def shown(**uses: int) -> Document:
    """A document with one image that so many documents of the corpus show."""
    return document("a", image(200, 200), scores=[Score(f"{name}/x", value, 1) for name, value in uses.items()])


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        ("sha256_uses", "image_in_many_documents"),
        ("phash_uses", "image_looks_like_many"),
        ("dhash_uses", "image_looks_like_many"),
    ],
)
def test_an_image_of_ten_documents_stays_and_one_of_eleven_goes(measure: str, reason: str) -> None:
    assert list(ImageUses().judge(shown(**{measure: 10}))) == []
    assert list(ImageUses().judge(shown(**{measure: 11}))) == [Decision("image_uses", reason, 1, 11, 10)]
    assert list(ImageUses(**{f"max_{measure}": None}).judge(shown(**{measure: 11}))) == []
    assert list(ImageUses(**{f"max_{measure}": 1}).judge(shown(**{measure: 2}))) == [
        Decision("image_uses", reason, 1, 2, 1)
    ]


def test_an_image_goes_once_for_all_its_uses() -> None:
    assert len(list(ImageUses().judge(shown(sha256_uses=11, phash_uses=12, dhash_uses=13)))) == 1


def test_what_nobody_counted_is_not_judged_and_what_was_not_fetched_goes() -> None:
    assert list(ImageUses().judge(shown())) == []
    assert list(ImageUses().judge(document())) == []
    assert list(ImageUses().judge(document(image_not_fetched()))) == [Decision("image_uses", "image_not_fetched", 0)]


def test_a_bound_under_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_dhash_uses is 0"):
        ImageUses(max_dhash_uses=0)
