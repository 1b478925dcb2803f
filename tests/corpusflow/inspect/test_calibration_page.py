from __future__ import annotations

from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from corpusflow.inspect.calibration import MIN_IMAGES, Pair, groups_of
from corpusflow.inspect.calibration_page import PICTURES, calibration_page
from tests.corpusflow.inspect.runs import HERON, finished_run
from tests.corpusflow.inspect.test_page import outside


def pairs(source: str, images: int, shuffled: float = 0.2) -> list[Pair]:
    """Of the one picture of a document, as if it were many."""
    values = [number / images for number in range(images)]
    return [Pair(HERON.id, "en", source, 2, "It <b>stands</b> still.", value, shuffled) for value in values]


def page_of(folder: Path, given: list[Pair]) -> LexborHTMLParser:
    store = finished_run(folder)
    return LexborHTMLParser(calibration_page(store, "one/two-3", given, groups_of(given, 0.95, 0.8), 0.95, 0.8))


def test_a_source_with_few_images_has_neither_row_nor_histogram(tmp_path: Path) -> None:
    page = page_of(tmp_path, pairs("many", MIN_IMAGES) + pairs("few", MIN_IMAGES - 1))
    rows = [row.css_first("td").text() for row in page.css(".groups tr") if row.css("td")]
    assert rows == ["all", "language en", "source many"]
    assert [heading.text() for heading in page.css("h3")] == ["all", "language en", "source many"]
    assert len(page.css("svg")) == 3
    assert "Not shown: 1 source with fewer than 30 images." in page.text()


def test_few_images_have_one_histogram_all_the_same(tmp_path: Path) -> None:
    assert [heading.text() for heading in page_of(tmp_path, pairs("few", 3)).css("h3")] == ["all"]


def test_where_no_threshold_helps_the_page_says_so_and_shows_no_cut(tmp_path: Path) -> None:
    page = page_of(tmp_path, pairs("many", 100, shuffled=0.6))
    assert "AUC under 0.6: the model cannot tell these pictures' own texts from strangers'" in page.text()
    assert [heading.text() for heading in page.css("h2")] == ["Thresholds", "Distribution"]
    assert "cannot tell" not in page_of(tmp_path / "other", pairs("many", 100)).text()


def test_what_is_counted_once_stands_in_the_singular(tmp_path: Path) -> None:
    assert "1 image of 1 document, each" in page_of(tmp_path, pairs("few", 1)).text()


def test_pictures_around_the_threshold_stand_with_both_similarities(tmp_path: Path) -> None:
    page = page_of(tmp_path, pairs("many", 100))
    assert [heading.text() for heading in page.css("h2")][2:] == ["Just above 0.2100", "Just below 0.2100"]
    captions = [node.text() for node in page.css("figcaption")]
    assert len(captions) == 2 * PICTURES
    assert captions[0].startswith("matched 0.2100 · shuffled 0.2000 · en")
    assert "It <b>stands</b> still." in captions[0]
    assert [line for line in outside(page) if line != "svg"] == []
