# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import pytest

from corpusflow.text.credits import is_photo_credit, is_source_line


@pytest.mark.parametrize(
    "text",
    [
        "Photo: Jane Doe, AP",
        "Photo by Jane Doe",
        "Photo courtesy of the museum",
        "(Bild: Dieter Stork)",
        "Bildquelle: Getty Images",
        "Foto: Jane Doe",
        "© Jane Doe",
        "Getty Images",
        "Bild: shutterstock",
        "Jane Doe/iStock/Getty Images",
        "Jane Doe/Hindustan Times/Getty Images",
        "Crédit photo : Jane",
        "Fuente: Reuters",
        "Źródło: Rzeczpospolita",
        "Фото: Иван Иванов",
        "图片来源：新华社",
        "[사진=MBC]",
    ],
)
def test_a_line_that_names_whose_picture_it_is_is_a_credit(text: str) -> None:
    assert is_photo_credit(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Photo: the bridge after the flood",
        "Foto: Blick auf den Turm",
        "© Jane Doe The bridge was opened by the mayor in May.",
        "A plague doctor (Image: Getty)",
        "Getty bought a house",
        "Image 3",
        "Sources of the Nile",
    ],
)
def test_a_line_that_says_more_or_less_is_none(text: str) -> None:
    assert not is_photo_credit(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("This article first appeared in The Paper.", True),
        ("Originally published on Live Science.", True),
        ("Special thanks to all readers", True),
        ("Mit freundlicher Genehmigung des Verlags", True),
        ("Dieser Artikel erschien zuerst in der Zeitung.", True),
        ("This article is about birds.", False),
        ("She published by night.", False),
    ],
)
def test_lines_about_where_a_text_was_published_are_told(text: str, told: bool) -> None:
    assert is_source_line(text) == told
