from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.image_extension import ImageExtension, extension_of
from tests.documents import document, image_not_fetched

MMC4 = ImageExtension(wanted=("png", "jpeg", "jpg"), keep_unknown=False)


def test_only_images_of_the_wanted_extensions_stay() -> None:
    doc = document(image_not_fetched("https://a.example/x.JPG?w=2"), image_not_fetched("https://a.example/x.gif"))
    assert list(MMC4.judge(doc)) == [
        Decision("image_extension", "image_extension_not_wanted", 1, "gif", "png, jpeg, jpg")
    ]


def test_an_image_without_an_extension_stays_if_it_may() -> None:
    doc = document(image_not_fetched("https://cdn.example/i/8f3a"))
    assert list(ImageExtension().judge(doc)) == []
    assert [decision.measured for decision in MMC4.judge(doc)] == [""]


@pytest.mark.parametrize("name", ["photo.php", "photo.ashx", "entity.img"])
def test_an_extension_that_is_none_of_pictures_tells_nothing(name: str) -> None:
    doc = document(image_not_fetched(f"https://a.example/{name}"))
    assert list(ImageExtension().judge(doc)) == []
    assert [decision.measured for decision in MMC4.judge(doc)] == [name.partition(".")[2]]
    assert list(ImageExtension(wanted=(name.partition(".")[2],), keep_unknown=False).judge(doc)) == []


@pytest.mark.parametrize(("name", "dropped"), [("a.pjpeg", 0), ("a.jfif", 0), ("a.gif", 1), ("a.svg", 1), ("a.ico", 1)])
def test_jpeg_is_wanted_by_all_its_names_and_graphics_are_not(name: str, dropped: int) -> None:
    assert len(list(ImageExtension().judge(document(image_not_fetched(f"https://a.example/{name}"))))) == dropped


@pytest.mark.parametrize(
    ("url", "extension"),
    [
        ("https://a.example/photo.PNG", "png"),
        ("https://a.example/photo.jpg#top", "jpg"),
        ("https://a.example/image?file=photo.jpg", ""),
        ("https://a.example/v1.2/photo", ""),
        ("https://a.example/John.Doe-at-the-sea", ""),
        ("https://photo.jpg/", ""),
    ],
)
def test_the_extension_is_that_of_the_last_part_of_the_path(url: str, extension: str) -> None:
    assert extension_of(url) == extension


def test_what_is_no_extension_is_refused() -> None:
    with pytest.raises(ValueError, match="without the dot"):
        ImageExtension(wanted=(".png",))
    with pytest.raises(ValueError, match="every image would be dropped"):
        ImageExtension(wanted=(), keep_unknown=False)
