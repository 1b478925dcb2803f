from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path

from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from corpusflow.inspect.page import html_page
from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.view import Part, SampleView, sample_view
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
    ids = [node.attributes["id"] for node in page.css("[id]")]
    addresses = [node.attributes["href"] for node in page.css("a")]
    assert all(address.startswith("https://") or address.removeprefix("#") in ids for address in addresses)
    assert len(ids) == len(set(ids))
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
    assert "320 \N{MULTIPLICATION SIGN} 200" in parts[2].text()
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
    line = "320 x 200 of 3200 x 2000 · in 1,200 documents · 1 face"
    assert line.replace("x", TIMES) in LexborHTMLParser(html_page([seen], "birds")).text()
    assert [part.counts for part in found.parts if part.is_image and part.row is None] == [()]
    shown = dataclasses.replace(lonely.parts[1].segment, declared_width=20)
    narrow = dataclasses.replace(lonely, parts=(Part(shown, lonely.parts[1].row),))
    assert f"declared 20 {TIMES} ?" in LexborHTMLParser(html_page([narrow], "birds")).text()


def measured(folder: Path, **info: object) -> SampleView:
    """A document with one picture, of which this is known."""
    (view,) = read_documents(finished_run(folder), [HERON.id])
    picture = view.sample["image_info"][0] | info
    return sample_view(view.sample | {"image_info": [picture]}, view.pictures, "shard", [], None)


def test_under_a_picture_stand_its_texts_with_links_to_them(tmp_path: Path) -> None:
    known = {"assigned_text_index": 4, "assigned_unit": 4, "assigned_sim": 0.05, "text_rank": 0.25}
    page = LexborHTMLParser(html_page([measured(tmp_path, **known)], "birds"))
    assert [" ".join(node.text().split()) for node in page.css("figcaption .match")] == [
        "picture 0 · best: ¶1 0.310 It stands still for hours.",
        "assigned: ¶4 0.050 Patience is all.",
        "better than 75 % of other texts",
    ]
    for link in page.css("figcaption .match a"):
        number = link.text().removeprefix("¶")
        place = page.css_first(f"[id='{link.attributes['href'].removeprefix('#')}']")
        assert place.css_first(".place").text() == f"¶{number}"
        assert f".parts:has(.to-{number}:hover) > .of-{number}" in page.html
        assert {f"to-{number}"} < set(link.attributes["class"].split())
        assert f"of-{number}" in place.attributes["class"].split()


def test_beside_a_text_stand_the_pictures_that_go_with_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, HERON.id)
    (line,) = page.css(".matched > .match")
    assert line.text() == "picture 0 best and assigned"
    assert page.css_first(f"[id='{line.css_first('a').attributes['href'][1:]}'] img") is not None
    assert [node.text() for node in page.css(".place")] == ["¶0", "¶1", "¶2", "¶3", "¶4"]


def test_a_document_that_nobody_measured_has_neither_numbers_nor_room_for_them(tmp_path: Path) -> None:
    page = page_of(tmp_path, HERON.id)
    assert page.css(".with-places") != []
    assert "assigned:" in page.css_first("main > p").text()
    page = page_of(tmp_path / "again", HOSTILE.id, LONELY.id)
    assert page.css(".place, .with-places, .numbered, .match, main style") == []
    assert "assigned:" not in page.text()


def test_a_best_text_that_was_dropped_is_no_link(tmp_path: Path) -> None:
    known = {"matched_text_index": None, "matched_unit": None, "assigned_sim": None}
    page = LexborHTMLParser(html_page([measured(tmp_path, **known)], "birds"))
    assert page.css_first("figcaption .match").text().strip() == "picture 0 · best: a text that was dropped 0.310"
    assert page.css("figcaption .match a, .matched") == []


def test_a_quote_marks_up_nothing(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HOSTILE.id])
    info = view.sample["image_info"][0] | {"matched_text_index": 0, "matched_sim": 0.2}
    seen = sample_view(view.sample | {"image_info": [info]}, view.pictures, "shard", [], None)
    page = LexborHTMLParser(html_page([seen], "odd"))
    assert outside(page) == []
    assert page.css_first("q").text() == "<script>alert(1)</script> & [link](javascript:alert(2))"


def test_a_model_is_named_once_with_all_that_it_measured(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    about = view.sample["metadata"] | {"scorers": ["best_similarity/one-1", "language/two-3", "nsfw/one-1"]}
    seen = sample_view(view.sample | {"metadata": about}, view.pictures, "shard", [], None)
    assert seen.facts["scores by"] == "one-1: best_similarity, nsfw; two-3: language"
