"""Our own preset: what it sets itself. The rest is the defaults of its filters, whose own tests tell both sides."""

from __future__ import annotations

import pytest

from corpusflow.recipe import NearText
from tests.jobs.presets.common_cases import Cases, declared, image_aspect, with_photo
from tests.jobs.presets.gopher import illustrated
from tests.jobs.presets.made_words import distinct, paragraphs, sentences
from tests.jobs.presets.presets import Sides, check, clean_article, numbers_in, option_of, page, photo, preset, verdict

# Of our own: what an article on a mill says in other scripts.
ARTICLES = {
    "de": "Die alte Mühle steht am Ende des Tals, wo der Bach aus dem Wald kommt. Mehr als zweihundert Jahre lang "
    "mahlte sie das Korn der Höfe ringsum. Im Frühjahr schmilzt der Schnee, und das Rad muss stehen bleiben.",
    "ru": "Старая мельница стоит в конце долины, где ручей выходит из леса. Больше двухсот лет она молола зерно для "
    "соседних дворов. Весной тает снег, вода поднимается высоко, и колесо приходится остановить до самого лета. Тогда "
    "мельник чинит крышу, точит камни и едет в город к своей сестре.",
    "zh": "这座老磨坊在山谷的尽头,小河从树林里流出来,穿过田野。两百多年来,它一直为周围的农家磨面。春天山上的雪化了,"
    "水涨得很高,轮子只好停下来。磨坊主人就有时间修屋顶,磨石头,进城看望他的姐姐。",
    "ar": "تقف الطاحونة القديمة في آخر الوادي حيث يخرج الجدول من الغابة ويجري نحو الحقول. وقد طحنت حبوب المزارع حولها "
    "أكثر من مئتي سنة. وفي الربيع يذوب الثلج فيرتفع الماء وتتوقف العجلة، فيصلح الطحان السقف ويزور أخته في المدينة.",
}


def about_cookies(words: int) -> str:
    return f"This page uses cookies. {sentences(distinct(words - 4))}"


def said_twice(characters: int) -> tuple[str, str]:
    """Twice a text of so many characters."""
    said = " ".join(distinct(20))[: characters - 1] + "."
    return said, said


CASES: Cases = {
    "declared_size.min_side": Sides(declared(photo(9), 50, 50), declared(photo(9), 49, 50), ("image_shown_too_small",)),
    "declared_size.max_aspect": Sides(
        declared(photo(9), 600, 200), declared(photo(9), 601, 200), ("image_shown_too_elongated",)
    ),
    "repeated_paragraphs.min_characters": Sides(
        clean_article(*said_twice(39)), clean_article(*said_twice(40)), ("paragraph_said_before",)
    ),
    "text_phrases.max_text_words": Sides(
        clean_article(about_cookies(101)), clean_article(about_cookies(100)), ("notice",)
    ),
    "text_length.min_words": Sides(
        illustrated(*paragraphs(distinct(30))), illustrated(*paragraphs(distinct(29))), ("document_too_short",)
    ),
    **image_aspect(3),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_has_its_two_sides(case: str) -> None:
    check("default", CASES[case])


def test_every_number_of_the_preset_has_a_case() -> None:
    assert numbers_in("default") <= set(map(option_of, CASES))


@pytest.mark.parametrize("language", ARTICLES)
def test_an_article_in_another_language_stays(language: str) -> None:
    given = page(ARTICLES[language], photo(), label=language)
    assert verdict("default", given) == (given, [])


def test_pictures_that_look_alike_stay_and_equal_ones_go() -> None:
    first = photo(0).picture
    alike = with_photo(photo(9, phash=first.phash, dhash=first.dhash))
    assert verdict("default", alike) == (alike, [])
    assert verdict("default", with_photo(photo(9, sha256=first.sha256)))[1] == ["picture_shown_before"]


def test_copies_are_looked_for() -> None:
    select = preset("default").select
    assert select.near_text == NearText(similarity=0.8, sizes=(5,), permutations=256, bands=32, rows=8)
    assert (select.max_image_uses, select.domain_paragraphs, select.same_images) == (10, 3, False)
