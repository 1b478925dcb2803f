from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.document import ImageSegment
from corpusflow.extract.image_source import MAX_CANDIDATES, absolute_url, image_segment

BASE = "https://site.example/dir/page.html"


def image(*sources: dict[str, str], **attributes: str) -> ImageSegment | None:
    return image_segment(0, {name.replace("_", "-"): value for name, value in attributes.items()}, sources, BASE)


def urls(found: ImageSegment | None) -> list[str]:
    """Last parts of all URLs, best first."""
    return [] if found is None else [url.rpartition("/")[2] for url in (found.url, *found.candidates)]


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("a.jpg", "https://site.example/dir/a.jpg"),
        ("/a.jpg", "https://site.example/a.jpg"),
        ("../a.jpg?x=1#part", "https://site.example/a.jpg?x=1"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("HTTP://CDN.Example:80/A.jpg", "http://cdn.example/A.jpg"),
        ("https://cdn.example:8443", "https://cdn.example:8443/"),
        (" /a b\n.jpg ", "https://site.example/a%20b.jpg"),
        ("/日本.jpg?q=é", "https://site.example/%E6%97%A5%E6%9C%AC.jpg?q=%C3%A9"),
        ("/a%20b.jpg", "https://site.example/a%20b.jpg"),
        ("\\img\\a.jpg", "https://site.example/img/a.jpg"),
        ("https://bücher.example/a.jpg", "https://xn--bcher-kva.example/a.jpg"),
        ("http://[::1]/a.jpg", "http://[::1]/a.jpg"),
        ("https://user:word@cdn.example/a.jpg", "https://cdn.example/a.jpg"),
    ],
)
def test_references_become_absolute_urls(reference: str, url: str) -> None:
    assert absolute_url(BASE, reference) == url


@pytest.mark.parametrize(
    "reference",
    ["", "  ", "data:image/gif;base64,R0lGOD", "blob:https://site.example/1", "javascript:void(0)", "ftp://a.example/a.jpg",
     "http://", "http://a b/c.jpg", "http://a\u3000b/c.jpg", "http://[", "http://a:99999/b.jpg", "file:///a.jpg"],
)  # fmt: skip
def test_what_cannot_be_fetched_is_no_url(reference: str) -> None:
    assert absolute_url(BASE, reference) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_reference_gives_an_ascii_http_url_or_none(base: str, reference: str) -> None:
    url = absolute_url(base, reference)
    assert url is None or (url.isascii() and url.startswith(("http://", "https://")) and absolute_url(BASE, url) == url)


def test_the_widest_up_to_the_wanted_width_is_the_best() -> None:
    found = image(src="s.jpg", srcset="a.jpg 400w, b.jpg 1601w, c.jpg 1600w, d.jpg 3000w")
    assert urls(found) == ["c.jpg", "a.jpg", "b.jpg", "d.jpg", "s.jpg"]


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


def test_sources_of_a_picture_stand_beside_the_image() -> None:
    assert urls(image({"srcset": "a.webp 900w"}, {"srcset": "b.jpg"}, src="s.jpg")) == ["a.webp", "s.jpg", "b.jpg"]
    assert urls(image({"srcset": "a.webp"})) == ["a.webp"]


@pytest.mark.parametrize("name", ["data_src", "data_original", "data_lazy_src", "data_srcset", "data_lazy_srcset"])
@pytest.mark.parametrize(
    "stand_in", ["", "data:image/gif;base64,R0lGODlhAQAB", "/img/spacer.gif", "/1x1.png", "lazy_placeholder.svg?v=2"]
)
def test_a_lazy_image_is_what_will_be_shown(name: str, stand_in: str) -> None:
    assert urls(image(src=stand_in, **{name: "real.jpg"})) == ["real.jpg"]


def test_a_preview_of_a_lazy_image_is_a_candidate() -> None:
    assert urls(image(src="small.jpg", data_src="real.jpg")) == ["real.jpg", "small.jpg"]


def test_a_spacer_is_all_there_is_where_nothing_else_is_named() -> None:
    assert urls(image(src="spacer.gif")) == ["spacer.gif"]


def test_an_image_without_a_url_that_can_be_fetched_is_none() -> None:
    assert image(src="data:image/png;base64,AAAA") is None
    assert image(alt="nothing") is None


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


def test_a_tracking_pixel_is_no_image_and_a_line_is_one() -> None:
    assert image(src="t.gif", width="1", height="1") is None
    assert image(src="t.gif", width="0", height="0") is None
    assert image(src="t.gif", width="2", height="1") is not None
    assert image(src="t.gif", width="1", height="2") is not None
    assert image(src="t.gif", width="1") is not None


def test_alt_text_is_clean() -> None:
    found = image(src="a.jpg", alt=" A\u00ad cat\n on  a mat ")
    assert found is not None
    assert found.alt == "A cat on a mat"


def test_a_srcset_of_thousands_is_cut() -> None:
    found = image(srcset=",".join(f"{n}.jpg {n}w" for n in range(1, 5000)))
    assert found is not None
    assert len(found.candidates) == MAX_CANDIDATES


@settings(deadline=None)
@given(st.text(alphabet="a.jpg ,0123wx()\t%", max_size=80))
def test_any_srcset_is_read(srcset: str) -> None:
    image(srcset=srcset)
