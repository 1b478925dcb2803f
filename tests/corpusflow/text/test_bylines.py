# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import pytest

from corpusflow.text.bylines import is_byline


@pytest.mark.parametrize(
    "text",
    [
        "By Jane Doe",
        "by Jane Doe and Max O’Neill, Staff Writers",
        "By JANE DOE | 3 May 2021",
        "By J. R. Doe for MailOnline",
        "Written by Jane",
        "Posted by admin on 3 May 2021",
        "(Reporting by Will Doe; Editing by Tom Roe)",
        "Author: Jane Doe",
        "Von Max Mustermann und Erika Muster",
        "Geschrieben von maxi",
        "Autorin: Erika Muster, Köln",
        "Par Jean Dupont",
        "Por Juan Pérez de la Cruz",
        "Di Mario Rossi",
        "Scritto da mario",
        "Door Jan de Vries",
        "Автор: Иван Иванов",
        "作者：李明",
        "文/李明",
        "홍길동 기자",
        "— Jane Doe (@jane) May 3, 2021",
    ],
)
def test_a_line_that_names_an_author_is_a_byline(text: str) -> None:
    assert is_byline(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "By",
        "By the river stood a house",
        "By Monday",
        "By Jove!",
        "Von Berlin nach Hamburg",
        "Par exemple",
        "Jane Doe",
        "Bystanders Saw It",
        "Die Autoren haben recht",
    ],
)
def test_a_line_that_says_more_or_less_is_none(text: str) -> None:
    assert not is_byline(text)
