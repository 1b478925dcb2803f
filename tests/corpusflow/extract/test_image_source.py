from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.document import ImageSegment
from corpusflow.extract.html import extract_document
from corpusflow.extract.image_source import (
    MAX_CANDIDATES,
    NARROW_SCREEN,
    image_segment,
    joined_twins,
    poster_segment,
    same_picture,
)

BASE = "https://site.example/dir/page.html"


def image(*sources: dict[str, str], **attributes: str) -> ImageSegment | None:
    return image_segment(0, {name.replace("_", "-"): value for name, value in attributes.items()}, sources, BASE)


def urls(found: ImageSegment | None) -> list[str]:
    """Last parts of all URLs, best first."""
    return [] if found is None else [url.rpartition("/")[2] for url in (found.url, *found.candidates)]


def test_the_widest_up_to_the_wanted_width_is_the_best() -> None:
    found = image(src="s.jpg", srcset="a.jpg 640w, b.jpg 1601w, c.jpg 1600w, d.jpg 3000w")
    assert urls(found) == ["c.jpg", "a.jpg", "b.jpg", "d.jpg", "s.jpg"]


def test_a_small_one_loses_to_a_larger_one_of_up_to_twice_the_wanted_width() -> None:
    assert urls(image(srcset="a.jpg 639w, b.jpg 1800w"))[0] == "b.jpg"
    assert urls(image(srcset="a.jpg 640w, b.jpg 1800w"))[0] == "a.jpg"
    assert urls(image(srcset="a.jpg 639w, b.jpg 6000w"))[0] == "a.jpg"


def test_where_all_are_wider_the_smallest_is_the_best() -> None:
    assert urls(image(srcset="a.jpg 3000w, b.jpg 1601w"))[0] == "b.jpg"


def test_densities_count_by_the_declared_width() -> None:
    assert urls(image(srcset="a.jpg, b.jpg 1.5x, c.jpg 2x", width="900"))[0] == "b.jpg"
    assert urls(image(srcset="a.jpg, b.jpg 1.5x, c.jpg 2x", width="800"))[0] == "c.jpg"


def test_commas_inside_urls_of_a_srcset_do_not_part_them() -> None:
    found = image(srcset="/w_300,h_200/a.jpg 300w,/w_600,h_400/b.jpg 600w")
    assert found is not None
    assert found.url == "https://site.example/w_600,h_400/b.jpg"
    assert found.candidates == ("https://site.example/w_300,h_200/a.jpg",)


def test_what_a_srcset_cannot_say_is_left_out() -> None:
    assert urls(image(srcset="a.jpg 1x,  2x")) == ["a.jpg"]
    assert urls(image(srcset="my photo.jpg 300w, b.jpg 600w 400h, c.jpg wide")) == ["b.jpg"]


def test_sources_of_a_picture_stand_beside_the_image() -> None:
    assert urls(image({"srcset": "a.webp 900w"}, {"srcset": "b.jpg"}, src="s.jpg")) == ["a.webp", "s.jpg", "b.jpg"]
    assert urls(image({"srcset": "a.webp"})) == ["a.webp"]
    assert urls(image({"data-srcset": "a.webp 900w", "srcset": "data:,"}, src="s.jpg")) == ["a.webp", "s.jpg"]


def test_of_two_formats_that_of_the_img_is_the_better() -> None:
    found = image({"srcset": "a.webp 900w", "type": "image/webp"}, src="s.jpg", srcset="a.jpg 900w")
    assert urls(found) == ["a.jpg", "a.webp", "s.jpg"]


def test_a_source_for_wide_screens_is_better_than_the_img_and_one_for_narrow_screens_is_not() -> None:
    wide = {"srcset": "wide.jpg", "media": "(min-width: 1200px)"}
    narrow = {"srcset": "narrow.jpg", "media": f"(max-width: {NARROW_SCREEN}px)"}
    assert urls(image(wide, narrow, src="s.jpg")) == ["wide.jpg", "s.jpg", "narrow.jpg"]
    assert urls(image({"srcset": "a.jpg 1400w", "media": narrow["media"]}, src="s.jpg")) == ["s.jpg", "a.jpg"]
    wider = {"srcset": "a.jpg 1400w", "media": f"(max-width: {NARROW_SCREEN + 1}px)"}
    assert urls(image(wider, src="s.jpg")) == ["a.jpg", "s.jpg"]


def test_a_source_that_is_smaller_by_its_url_is_not_better_than_the_img() -> None:
    source = {"srcset": "/w_350,h_197/a.jpg", "media": "(min-width: 600px)"}
    found = image(source, src="/w_1200,h_675/a.jpg")
    assert found is not None
    assert found.url == "https://site.example/w_1200,h_675/a.jpg"
    found = image(source, src="/w_200,h_112/a.jpg")
    assert found is not None
    assert found.url == "https://site.example/w_350,h_197/a.jpg"


@pytest.mark.parametrize("type_", ["image/jxl", "image/heic", "image/svg+xml", "image/jp2", "video/mp4"])
def test_a_format_that_is_not_read_comes_last(type_: str) -> None:
    assert urls(image({"srcset": "a 900w", "type": type_}, src="s.jpg")) == ["s.jpg", "a"]


def test_a_file_in_a_format_that_is_not_read_comes_last() -> None:
    assert urls(image(src="a.svg", srcset="a.png 2x")) == ["a.png", "a.svg"]
    assert urls(image(src="a.jpg", srcset="a.svg 900w, b.svg 100w")) == ["a.jpg", "a.svg", "b.svg"]
    assert urls(image(src="a.svg")) == ["a.svg"]


@pytest.mark.parametrize("name", ["data_src", "data_original", "data_lazy_src", "data_srcset", "data_lazy_srcset",
                                  "data_full_url", "data_img_url", "data_cfsrc", "lazysrc", "data_x"])  # fmt: skip
@pytest.mark.parametrize(
    "stand_in", ["", "data:image/gif;base64,R0lGODlhAQAB", "/img/spacer.gif", "/1x1.png", "lazy_placeholder.svg?v=2"]
)
def test_a_lazy_image_is_what_will_be_shown(name: str, stand_in: str) -> None:
    assert urls(image(src=stand_in, **{name: "/img/real.jpg"})) == ["real.jpg"]


def test_a_preview_of_a_lazy_image_is_a_candidate() -> None:
    assert urls(image(src="small.jpg", data_src="real.jpg")) == ["real.jpg", "small.jpg"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data-src", "img?id=1"),  # no URL of a folder or an image
        ("data-url", "/story/1/"),
        ("data-id", "/img/a.jpg"),
        ("data-title", "/img/a.jpg"),
        ("data-fallback-src", "/img/none.jpg"),
        ("data-author-image", "/img/jo.jpg"),
        ("data-image-name", "a.jpg"),
        ("data-note", "See the file /img/a.jpg"),
        ("data-src", "{{ image.url }}/a.jpg"),
        ("data-sizes", "(max-width: 600px) 100.5vw"),
    ],
)
def test_an_attribute_that_names_something_else_is_left_out(name: str, value: str) -> None:
    assert urls(image_segment(0, {"src": "s.jpg", name: value}, (), BASE)) == ["s.jpg"]


def test_a_lesser_copy_comes_behind_the_image() -> None:
    assert urls(image(src="s.jpg", data_src_small="/a/t.jpg", data_large_file="/a/l.jpg")) == [
        "l.jpg",
        "s.jpg",
        "t.jpg",
    ]


def test_a_lazy_url_may_have_blanks_and_a_gap_for_the_width() -> None:
    assert urls(image(data_src="/a/my photo.jpg")) == ["my%20photo.jpg"]
    assert urls(image(data_src="//cdn.example/a_{width}x.jpg")) == ["a_1080x.jpg"]
    assert urls(image(data_lazy_set="a.jpg 300w, b.jpg 600w")) == ["b.jpg", "a.jpg"]


def test_json_in_an_attribute_is_read() -> None:
    json = r'{"alt": "a", "sizes": [{"src": "https:\/\/cdn.example\/a.jpg?w=1\u0026h=2"}]}'
    assert urls(image(data_image=json)) == ["a.jpg?w=1&h=2"]
    assert urls(image(data_image=json, src="spacer.gif")) == ["a.jpg?w=1&h=2"]
    assert urls(image(data_src='{"default": "//cdn.example/img/12"}', src="s.jpg")) == ["12", "s.jpg"]


def test_json_may_list_other_images_so_one_that_is_shown_goes_first_and_alone() -> None:
    assert urls(image(data_gallery='["/a/1.jpg", "/a/2.jpg"]', src="s.jpg")) == ["s.jpg"]


def test_a_url_of_an_image_service_stays_as_it_is() -> None:
    found = image(src="/_next/image?url=%2Fa%2Fb.jpg&w=1920&q=75")
    assert found is not None
    assert found.url == "https://site.example/_next/image?url=%2Fa%2Fb.jpg&w=1920&q=75"


def test_a_spacer_is_all_there_is_where_nothing_else_is_named() -> None:
    assert urls(image(src="spacer.gif")) == ["spacer.gif"]


def test_an_image_without_a_url_that_can_be_fetched_is_none() -> None:
    assert image(src="data:image/png;base64,AAAA") is None
    assert image(alt="nothing") is None
    assert image(src="#") is None


@pytest.mark.parametrize(
    ("value", "pixels"),
    [
        ("100", 100),
        (" 100px ", 100),
        ("99.6", 99),
        ("50%", None),
        ("auto", None),
        ("", None),
        ("-5", None),
        ("10em", None),
    ],
)
def test_declared_sizes_are_pixels(value: str, pixels: int | None) -> None:
    found = image(src="a.jpg", width=value)
    assert found is not None
    assert found.declared_width == pixels


def test_alt_text_is_clean() -> None:
    found = image(src="a.jpg", alt=" A\u00ad cat\n on  a mat ")
    assert found is not None
    assert found.alt == "A cat on a mat"


def test_a_srcset_of_thousands_is_cut() -> None:
    found = image(srcset=",".join(f"{n}.jpg {n}w" for n in range(1, 5000)))
    assert found is not None
    assert len(found.candidates) == MAX_CANDIDATES


def test_a_poster_is_the_picture_of_a_video() -> None:
    found = poster_segment(3, {"poster": "/a.jpg", "title": " The  film ", "width": "640", "src": "a.mp4"}, BASE)
    assert found == ImageSegment(3, "https://site.example/a.jpg", "The film", declared_width=640)
    assert poster_segment(0, {"src": "a.mp4"}, BASE) is None
    assert poster_segment(0, {"poster": "data:,"}, BASE) is None


def shown(url: str, *candidates: str) -> ImageSegment:
    return ImageSegment(
        0, f"https://site.example/{url}", candidates=tuple(f"https://site.example/{c}" for c in candidates)
    )


def test_a_picture_is_known_by_any_common_url() -> None:
    assert same_picture(shown("a.jpg", "b.jpg"), shown("c.jpg", "b.jpg"), by_name=False)
    assert not same_picture(shown("x/a.jpg"), shown("y/a.jpg"), by_name=False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x/a.jpg", "y/a.jpg", True),
        ("a-300x200.jpg", "a.jpg?w=9", True),
        ("_next/image?url=%2Fa.jpg&w=64", "_next/image?url=%2Fa.jpg&w=1920", True),
        ("_next/image?url=%2Fa.jpg&w=64", "_next/image?url=%2Fb.jpg&w=64", False),
        ("x/photo?id=1", "y/photo?id=2", False),
        ("x/12ab", "y/12ab", True),
        ("x/", "y/", False),
    ],
)
def test_by_name_a_picture_is_known_by_its_file(one: str, other: str, same: bool) -> None:
    assert same_picture(shown(one), shown(other), by_name=True) == same


def test_twins_keep_what_either_says() -> None:
    one, twin = shown("a.jpg", "b.jpg"), ImageSegment(4, "https://site.example/c.jpg", "A cat", "", 90, 60)
    joined = joined_twins(one, twin)
    assert (joined.index, urls(joined), joined.alt, joined.declared_width) == (
        0,
        ["a.jpg", "b.jpg", "c.jpg"],
        "A cat",
        90,
    )


GENERAL_CASES = b"""
<h1>Title</h1><p>Some words before the first picture.</p>
<figure><img src="https://cdn.example/figure.jpg"><figcaption>A caption</figcaption></figure>
<p>second</p><picture><source srcset="https://cdn.example/picture.webp"><img src="https://cdn.example/picture.jpg"></picture>
<p>third</p><a href="x"><img src="https://cdn.example/linked.jpg"></a>
<ul><li>one</li><li>two <img src="https://cdn.example/item.jpg"></li></ul>
<table><tr><td>cell <img src="https://cdn.example/cell.jpg"></td></tr></table>
<p>relative <img src="img/relative.jpg"></p>
<img srcset="https://cdn.example/small.jpg 1x, https://cdn.example/dense.jpg 2x">
<img src="data:image/gif;base64,AAAA" data-src="https://cdn.example/lazy.jpg">
<noscript><img src="https://cdn.example/noscript.jpg"></noscript>
<pre>code  block</pre>
"""


def test_a_page_of_the_general_cases_shows_all_its_images_in_order() -> None:
    document = extract_document(GENERAL_CASES, BASE, "text/html; charset=utf-8")
    names = [image.url.rpartition("/")[2] for image in document.images]
    assert names == ["figure.jpg", "picture.jpg", "linked.jpg", "item.jpg", "cell.jpg", "relative.jpg", "dense.jpg",
                     "lazy.jpg", "noscript.jpg"]  # fmt: skip
    assert document.images[5].url == "https://site.example/dir/img/relative.jpg"


@settings(deadline=None)
@given(st.text(alphabet="a.jpg ,0123wx()\t%", max_size=80))
def test_any_srcset_is_read(srcset: str) -> None:
    image(srcset=srcset)


@settings(deadline=None)
@given(st.text(alphabet="datsrcoimg-lzy", max_size=12), st.text(alphabet='ab./:{}[]"\\ ,1wx%', max_size=60))
def test_any_attribute_is_read(name: str, value: str) -> None:
    image_segment(0, {name: value}, ({name: value, "media": value, "type": value},), BASE)
