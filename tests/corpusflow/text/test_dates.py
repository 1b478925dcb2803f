# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import pytest

from corpusflow.text.dates import dates, is_date_line, without_dates


@pytest.mark.parametrize(
    "text",
    [
        "3 May 2021",
        "May 3rd, 2021",
        "Monday, 3 May 2021, 10:15 am",
        "Updated: 2021-05-03T10:15:00Z",
        "03.05.2021",
        "5/3/21",
        "10:15",
        "May 2021",
        "14 days ago",
        "Publiziert: 3. Mai 2021, 10.15 Uhr",
        "vor 2 Stunden",
        "Mis à jour le 1er mai 2021 à 10h15",
        "il y a 3 jours",
        "Publicado el 3 de mayo de 2021",
        "hace 2 horas",
        "segunda-feira, 22 de janeiro de 2018 às 0:13",
        "3 maggio 2021",
        "3 mei 2021",
        "3 maja 2021",
        "3. května 2021",
        "3 maj 2021",
        "3 Mayıs 2021",
        "3 мая 2021 г.",
        "2021年5月3日 10:15",
        "发布时间：2021-05-03",
        "2021년 5월 3일",
        "3 小时前",
    ],
)
def test_a_date_and_what_is_said_of_it_is_a_date_line(text: str) -> None:
    assert is_date_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May I?",
        "Monday",
        "1984",
        "£13.99",
        "Set 1",
        "Version 3.5.2",
        "192.168.10.12",
        "The bridge was opened on 3 May 1880.",
        "3 May 2021: what we know",
        "1980-2021",
        "3/4 cup",
        "[1] 2021-05-03 report",
        "今年5月3日大雨",
    ],
)
def test_what_says_more_or_less_is_none(text: str) -> None:
    assert not is_date_line(text)


def test_dates_are_found_in_running_text() -> None:
    assert dates("Born on 3 May 1880, she died in June 1955 (or on 1955-07-01).") == [
        "3 May 1880",
        "June 1955",
        "1955-07-01",
    ]
    assert dates("He may march on.") == []


def test_a_text_without_its_dates_keeps_its_capitals() -> None:
    assert without_dates("Jane Doe, Monday 3 May 2021, 10:15").split() == ["Jane", "Doe,", ","]
