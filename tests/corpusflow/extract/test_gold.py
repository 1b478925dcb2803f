"""Whole pages: ours with every segment in its place, and real ones in large numbers with floors that may not fall."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

import pytest

from benchmarks.extract_score import (
    DATA,
    GoldPage,
    PageScore,
    f1,
    figures_of,
    gold_sets,
    outline_of,
    parts_of,
    score_page,
    url_key,
)
from corpusflow.document import Segment, TextSegment
from corpusflow.errors import ExtractError
from corpusflow.extract.html import extract_document

PAGES = Path(__file__).parents[2] / "data" / "pages"
SITE = "https://pages.example/"

# Percent, for every set and every figure that its gold can tell: what was reached, rounded down.
FLOORS = {
    "readability": {"text_f1": 98.2, "placed_f1": 88.1, "noimg_ok": 96.0},
    "trafilatura": {"seg_f1": 93.0},
    "aeb": {"text_f1": 97.0},
    "gimp-help-fr": {"text_f1": 99.8, "placed_f1": 100.0},
    "gutenberg-guernsey": {"text_f1": 98.9, "placed_f1": 100.0},
    "howtocook-zh": {"text_f1": 100.0, "placed_f1": 100.0},
    "image-processing": {"text_f1": 99.5, "placed_f1": 100.0},
    "lego-robot-car": {"text_f1": 99.9, "placed_f1": 100.0, "noimg_ok": 100.0},
    "mdn-learning-area": {"text_f1": 96.4, "placed_f1": 98.6, "noimg_ok": 100.0},
}
SLACK = 0.5  # by which a figure may exceed its floor before the floor has to follow
WORST = 8  # pages that a message names

beside = pytest.mark.skipif(not (DATA / "extraction").is_dir(), reason=f"the gold pages are not in {DATA}")


def line(segment: Segment) -> str:
    """A segment as *.gold files have it: `heading 2: text`, `code: text` with \\n, `image: URL`."""
    if not isinstance(segment, TextSegment):
        return f"image: {segment.url}"
    role = f"{segment.role} {segment.level}" if segment.level else segment.role
    return f"{role}: {segment.text}".replace("\n", "\\n")


@pytest.mark.parametrize("gold", sorted(PAGES.glob("*.gold")), ids=lambda path: str(path.stem))
def test_a_page_gives_exactly_its_content_in_order(gold: Path) -> None:
    html = gold.with_suffix(".html")
    document = extract_document(html.read_bytes(), SITE + html.name)
    given, wanted = [line(segment) for segment in document.segments], gold.read_text("utf-8").splitlines()
    difference = [told for told in difflib.ndiff(wanted, given) if told[0] in "-+"]
    assert given == wanted, "\n".join(["- is missing, + is too much:", *difference])


@cache
def sets() -> dict[str, list[GoldPage]]:
    return gold_sets(DATA)


@cache
def scores(name: str) -> list[PageScore]:
    return [score_page(page, parts(page)) for page in sets()[name]]


def parts(page: GoldPage) -> list[tuple[str, str]]:
    try:
        return parts_of(extract_document(page.read(), page.url))
    except ExtractError:
        return []


def told(name: str, figure: str, limit: str) -> str:
    """The figure beside its limit, and the pages that cost it most."""
    value = figures_of(scores(name))[figure]
    lost = sorted(scores(name), key=lambda score: -cost(score, figure))[:WORST]
    pages = "".join(f"\n    {cost(score, figure):7.3g}  {score.page}" for score in lost if cost(score, figure) > 0)
    return f"{name} {figure} is {value:.2f}, {limit}; worst pages, by what each loses:{pages}"


def cost(score: PageScore, figure: str) -> float:
    """What a page loses: the share that is missing from 1, or how many pieces are wrong."""
    if figure == "seg_f1":
        return score.misses + score.intruders
    value = getattr(score, figure)
    return 0.0 if value is None else 1 - value


@beside
def test_every_figure_of_every_set_has_a_floor() -> None:
    figures = {(name, figure) for name in sets() for figure in figures_of(scores(name))}
    assert figures == {(name, figure) for name, floors in FLOORS.items() for figure in floors}


@beside
@pytest.mark.parametrize(("name", "figure"), [(name, figure) for name, floors in FLOORS.items() for figure in floors])
def test_no_figure_falls_below_its_floor_and_no_floor_lags_behind(name: str, figure: str) -> None:
    value, floor = figures_of(scores(name))[figure], FLOORS[name][figure]
    assert value >= floor, told(name, figure, f"below its floor {floor}")
    assert value <= floor + SLACK, f"{name} {figure} is {value:.2f}: raise its floor {floor}, so that this lasts"


def gold_page(*parts: tuple[str, str], icons: tuple[str, ...] = ()) -> GoldPage:
    return GoldPage("made", "1", SITE, PAGES, outline_of(parts), True, frozenset(icons), (), ())


def words(start: int, count: int) -> tuple[str, str]:
    return "text", " ".join(f"w{number}" for number in range(start, start + count))


def image(name: str) -> tuple[str, str]:
    return "image", f"{SITE}{name}.jpg"


def test_text_is_counted_in_words_and_in_characters_where_words_have_no_spaces() -> None:
    gold = gold_page(("text", "One two, two"), ("text", "日本"))
    assert score_page(gold, [("text", "two ONE"), ("text", "two 日本")]).text_f1 == 1
    assert score_page(gold, [("text", "two 日 more")]).text_f1 == f1(2, 3, 5) == 0.5
    assert score_page(gold, []).text_f1 == 0
    assert score_page(gold_page(), []).text_f1 == 1


def test_an_image_counts_within_25_words_of_its_place_and_no_further() -> None:
    gold = gold_page(words(0, 40), image("a"), words(40, 40))
    for off, right in ((0, 1), (25, 1), (26, 0)):
        moved = [words(0, 40 + off), image("a"), words(40 + off, 40 - off)]
        assert score_page(gold, moved).placed_f1 == right


def test_an_image_too_many_or_too_few_costs_and_an_icon_does_not() -> None:
    gold = gold_page(words(0, 9), image("a"), icons=("pages.example/icon.jpg",))
    assert score_page(gold, [words(0, 9), image("a"), image("icon")]).placed_f1 == 1
    assert score_page(gold, [words(0, 9), image("a"), image("b")]).placed_f1 == f1(1, 2, 1)
    assert score_page(gold, [words(0, 9)]).placed_f1 == 0


def test_a_page_without_images_tells_whether_none_was_found() -> None:
    assert score_page(gold_page(words(0, 9)), [words(0, 9)]).noimg_ok == 1
    assert score_page(gold_page(words(0, 9)), [words(0, 9), image("a")]).noimg_ok == 0


def test_pieces_of_text_are_pooled_over_pages() -> None:
    page = GoldPage("made", "1", SITE, PAGES, None, False, frozenset(), ("a b", "c"), ("d",))
    right, wrong = score_page(page, [("text", "x a\n b"), ("text", "c")]), score_page(page, [("text", "d c")])
    assert (right.hits, right.misses, right.intruders) == (2, 0, 0)
    assert (wrong.hits, wrong.misses, wrong.intruders) == (1, 1, 1)
    assert figures_of([right, wrong]) == {"seg_f1": 100 * f1(3, 4, 4)}


def test_spellings_of_one_address_are_one() -> None:
    assert url_key("HTTPS://WWW.Site.example:443/a%20b?q=%31#x") == url_key("//site.example/a b?q=1")
    assert url_key("http://site.example:81/") != url_key("http://site.example/")
    assert url_key("data:image/gif;base64,AA") is None
