from __future__ import annotations

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from corpusflow.inspect.calibration import MIN_IMAGES, Pair, groups_of
from corpusflow.inspect.calibration_page import PICTURES, calibration_page
from tests.corpusflow.inspect.runs import HERON, finished_run
from tests.corpusflow.inspect.test_page import outside


def pairs(source: str, images: int) -> list[Pair]:
    """Of the one picture of a document, as if it were many."""
    values = [number / images for number in range(images)]
    return [Pair(HERON.id, "en", source, 2, "It <b>stands</b> still.", value, 0.2) for value in values]


def page_of(folder: Path, given: list[Pair]) -> LexborHTMLParser:
    store = finished_run(folder)
    return LexborHTMLParser(calibration_page(store, "one/two-3", given, groups_of(given, 0.95, 0.8), 0.95, 0.8))


def test_a_source_with_few_images_has_a_row_and_no_histogram(tmp_path: Path) -> None:
    page = page_of(tmp_path, pairs("many", MIN_IMAGES) + pairs("few", MIN_IMAGES - 1))
    rows = [row.css_first("td").text() for row in page.css(".groups tr") if row.css("td")]
    assert rows == ["all", "language en", "source many", "source few"]
    assert [heading.text() for heading in page.css("h3")] == ["all", "language en", "source many"]
    assert len(page.css("svg")) == 3


def test_few_images_have_one_histogram_all_the_same(tmp_path: Path) -> None:
    assert [heading.text() for heading in page_of(tmp_path, pairs("few", 3)).css("h3")] == ["all"]


def test_pictures_around_the_threshold_stand_with_both_similarities(tmp_path: Path) -> None:
    page = page_of(tmp_path, pairs("many", 100))
    assert [heading.text() for heading in page.css("h2")][2:] == ["Just above 0.2100", "Just below 0.2100"]
    captions = [node.text() for node in page.css("figcaption")]
    assert len(captions) == 2 * PICTURES
    assert captions[0].startswith("matched 0.2100 · shuffled 0.2000 · en")
    assert "It <b>stands</b> still." in captions[0]
    assert [line for line in outside(page) if line != "svg"] == []
