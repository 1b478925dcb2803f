from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path

from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from corpusflow.inspect.page import html_page
from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.view import Part, sample_view
from tests.corpusflow.inspect.runs import ARABIC, HERON, HOSTILE, LONELY, finished_run, kept_documents

TIMES = "\N{MULTIPLICATION SIGN}"


def page_of(folder: Path, *keys: str) -> LexborHTMLParser:
    return LexborHTMLParser(html_page(read_documents(finished_run(folder), keys), "Some <b>samples</b>"))


def outside(page: LexborHTMLParser) -> list[str]:
    """What the page would run or fetch without a click."""
    found = [node.tag for node in page.css("script, iframe, object, embed, link, base, form, svg")]
    for node in page.css("*"):
        for name, value in node.attributes.items():
            loads = name in ("src", "srcset", "background", "poster") and not (value or "").startswith("data:image/")
            if loads or name.startswith("on"):
                found.append(f"{name}={value}")
    return found


def test_the_page_runs_and_fetches_nothing_whatever_the_documents_hold(tmp_path: Path) -> None:
    page = page_of(tmp_path, HERON.id, HOSTILE.id, ARABIC.id, LONELY.id)
    assert outside(page) == []
    assert "url(" not in page.html
    assert "@import" not in page.html
    assert all(node.attributes["href"].startswith("https://") for node in page.css("a"))
    texts = [node.text() for node in page.css("p.text")]
    assert "<script>alert(1)</script> & [link](javascript:alert(2))" in texts
    assert page.css_first("h1").text() == "Some <b>samples</b>"
    assert page.css(f"[id='{HOSTILE.id}'] img")[0].attributes["alt"] == '"><img src=x onerror=alert(4)>'


def test_marks_that_turn_the_reading_order_are_taken_out(tmp_path: Path) -> None:
    text = page_of(tmp_path, HOSTILE.id).html
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_pictures_stand_in_their_place_byte_for_byte(tmp_path: Path) -> None:
    parts = page_of(tmp_path, HERON.id).css(".parts > div")
    source = parts[2].css_first("img").attributes["src"]
    assert base64.b64decode(source.removeprefix("data:image/jpeg;base64,")) == kept_documents()[0][1][0]
    assert "320 \N{MULTIPLICATION SIGN} 200 · similarity 0.310" in parts[2].text()
    assert "At dusk" in parts[2].text()


def test_a_dropped_segment_stands_in_its_place_with_a_visible_reason(tmp_path: Path) -> None:
    parts = page_of(tmp_path, HERON.id).css(".parts > div")
    gone = {number: part.css_first(".why").text() for number, part in enumerate(parts) if part.css(".why")}
    assert gone == {
        3: "dropped: text_length/text_too_short measured 1, limit 3",
        4: "dropped: image_size/image_too_small measured 16, limit 150",
        7: "failed: fetch/http_status: 404",
    }
    assert "Share" in parts[3].text()
    assert "https://site.example/icon.png" in parts[4].text()


def test_a_document_dropped_as_a_whole_says_so_at_its_head(tmp_path: Path) -> None:
    page = page_of(tmp_path, LONELY.id)
    assert page.css_first("header .why").text() == "dropped: document_shape/no_images measured 0, limit 1"
    assert "A page whose only picture is an icon." in page.css_first(".parts").text()


def test_text_of_either_direction_finds_its_own(tmp_path: Path) -> None:
    (paragraph,) = page_of(tmp_path, ARABIC.id).css("p.text")
    assert paragraph.text() == "مالك الحزين طائر كبير"
    assert paragraph.attributes["dir"] == "auto"


def test_the_metadata_are_told(tmp_path: Path) -> None:
    facts = {row.css_first("th").text(): row.css_first("td").text() for row in page_of(tmp_path, HERON.id).css("tr")}
    assert facts["url"] == "https://site.example/heron"
    assert facts["language"] == "en (0.98)"
    assert facts["source"] == "test.warc.gz at 0"
    assert facts["shard"] == "shards/train-000000.tar"


def test_a_page_without_documents_is_a_page() -> None:
    assert "0 documents" in html_page([], "none")


def test_the_first_picture_can_be_decoded(tmp_path: Path) -> None:
    source = page_of(tmp_path, ARABIC.id).css_first("img").attributes["src"]
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
        assert image.size == (1000, 500)


def test_what_judges_a_picture_is_told_beside_it(tmp_path: Path) -> None:
    found, lonely = read_documents(finished_run(tmp_path), [HERON.id, LONELY.id])
    about = found.sample["metadata"] | {
        "scores": [
            {"name": "language/test-1", "value": 0.98, "label": "en"},
            {"name": "perplexity/kenlm-0.3", "value": 312.4321, "label": ""},
            {"name": "text_quality/fasttext-1", "value": 0.91, "label": "good"},
        ]
    }
    known = {"source_width": 3200, "source_height": 2000, "sha256_uses": 3, "phash_uses": 1200, "dhash_uses": None}
    picture = found.sample["image_info"][0] | known | {"faces": [[0.1, 0.1, 0.2, 0.2, 0.9]]}
    seen = sample_view(found.sample | {"metadata": about, "image_info": [picture]}, found.pictures, "shard", [], None)
    assert seen.facts["scores"] == "perplexity 312.4, text_quality 0.91 (good)"
    line = "320 x 200 of 3200 x 2000 · similarity 0.310 · in 1,200 documents · 1 face"
    assert line.replace("x", TIMES) in LexborHTMLParser(html_page([seen], "birds")).text()
    assert [part.counts for part in found.parts if part.is_image and part.row is None] == [()]
    shown = dataclasses.replace(lonely.parts[1].segment, declared_width=20)
    narrow = dataclasses.replace(lonely, parts=(Part(shown, lonely.parts[1].row),))
    assert f"declared 20 {TIMES} ?" in LexborHTMLParser(html_page([narrow], "birds")).text()
