from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Score
from filters.blocked_images import BlockedImages
from tests.documents import DHASH, PHASH, document, image, image_not_fetched


def rule(tmp_path: Path, content: str, **options: Any) -> BlockedImages:
    (tmp_path / "list").write_text(content)
    return BlockedImages(str(tmp_path / "list"), **options)


DOC = document("a", image(10, 10), "b")  # sha256 0..., as received 1...


@pytest.mark.parametrize(("digit", "found"), [("0", True), ("1", True), ("2", False)])
def test_an_image_goes_by_the_digest_of_its_bytes_as_stored_or_as_received(
    tmp_path: Path, digit: str, found: bool
) -> None:
    decisions = list(rule(tmp_path, digit * 64 + "  x.jpg").judge(DOC))
    assert decisions == [Decision("blocked_images", "document_has_blocked_image", None, 0, 0)] * found


@pytest.mark.parametrize(("kind", "own"), [("phash", PHASH), ("dhash", DHASH)])
def test_a_picture_at_the_distance_goes_and_one_beyond_stays(tmp_path: Path, kind: str, own: str) -> None:
    other = f"{int(own, 16) ^ 0b10110000:016x}"  # 3 bits apart
    wanted = rule(tmp_path, other, kind=kind, max_distance=3, drop="image")
    assert list(wanted.judge(DOC)) == [Decision("blocked_images", "image_blocked", 1, 3, 3)]
    assert list(rule(tmp_path, other, kind=kind, max_distance=2).judge(DOC)) == []


@pytest.mark.parametrize(("kind", "own"), [("md5", "4" * 32), ("sha1", "5" * 40)])
def test_an_image_goes_by_another_digest_of_its_bytes_as_received(tmp_path: Path, kind: str, own: str) -> None:
    found = [Decision("blocked_images", "image_blocked", 1, 0, 0)]
    assert list(rule(tmp_path, own, kind=kind, drop="image").judge(DOC)) == found
    assert list(rule(tmp_path, "6" * len(own), kind=kind).judge(DOC)) == []


@pytest.mark.parametrize(("quality", "found"), [(50, True), (49, False)])
def test_a_pdq_hash_counts_within_its_distance_if_it_is_good_enough(tmp_path: Path, quality: int, found: bool) -> None:
    doc = document("a", image(10, 10), scores=[Score("pdq/1", quality, 1, label="f" * 56 + "0" * 8)])
    for distance, near in ((31, False), (32, True)):
        wanted = rule(tmp_path, "f" * 64, kind="pdq", max_distance=distance, drop="image")
        expected = [Decision("blocked_images", "image_blocked", 1, 32, 32)] * (found and near)
        assert list(wanted.judge(doc)) == expected


def test_an_image_without_the_hash_that_is_compared_goes_alone(tmp_path: Path) -> None:
    found = [Decision("blocked_images", "image_hash_unknown", 1)]
    assert list(rule(tmp_path, "f" * 64, kind="pdq").judge(DOC)) == found


def test_an_image_that_was_not_fetched_goes_alone(tmp_path: Path) -> None:
    decisions = list(rule(tmp_path, "f" * 64).judge(document(image_not_fetched(), image(10, 10))))
    assert decisions == [Decision("blocked_images", "image_not_fetched", 0)]


def test_an_empty_document_loses_nothing(tmp_path: Path) -> None:
    assert list(rule(tmp_path, "0" * 64).judge(document())) == []


@pytest.mark.parametrize("content", ["", "# kind: sha256\n", "file,hash\n"])
def test_a_list_without_a_hash_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ValueError, match="list: the list holds no hash; take the filter out of the recipe"):
        rule(tmp_path, content)


def test_a_list_of_another_kind_of_the_same_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="list:1: the list is of the kind phash, not dhash"):
        rule(tmp_path, f"# kind: phash\n{PHASH}  a.jpg\n", kind="dhash")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "phash"}, "list:1: a hash of 64 hex digits, a phash has 16"),
        ({"kind": "md4"}, "kind is 'md4'"),
        ({"kind": "pdq", "max_distance": 129}, "must lie in"),
        ({"drop": "all"}, "drop is 'all'"),
        ({"kind": "phash", "max_distance": 33}, "must lie in"),
        ({"kind": "phash", "max_distance": -1}, "must lie in"),
        ({"max_distance": 1}, "nothing in common"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule(tmp_path, "0" * 64, **options)


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        BlockedImages(str(tmp_path / "none"))
