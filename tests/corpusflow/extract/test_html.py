from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.decision import Decision
from corpusflow.document import Document, ImageSegment, Metadata, Provenance, TextSegment, document_id
from corpusflow.errors import ExtractError
from corpusflow.extract.html import extract_document, read_page
from corpusflow.extract.page_tree import MAX_BLOCKS, TooDeepError
from corpusflow.extract.parsed_page import MAX_ATTRIBUTES, MAX_TAGS, parse_page

URL = "https://site.example/dir/page.html"
BOMB = Path(__file__).parents[4] / "shared" / "data" / "images" / "made" / "bomb_nesting_100000.html"


def extract(html: str) -> Document:
    return extract_document(html.encode(), URL)


def read(html: str) -> list[str]:
    """Texts as they are, images as [file name]."""
    return [s.text if isinstance(s, TextSegment) else f"[{s.url.rpartition('/')[2]}]" for s in extract(html).segments]


def roles(html: str) -> list[tuple[str, int, str]]:
    return [(segment.role, segment.level, segment.text) for segment in extract(html).texts]


def code_of(html: bytes, **limits: int) -> str:
    with pytest.raises(ExtractError) as raised:
        extract_document(html, URL, **limits)
    assert raised.value.what == URL
    return raised.value.code


def test_a_page_becomes_texts_and_images_in_reading_order() -> None:
    document = extract("<html lang=en-GB><title> A  page </title><h1>Head</h1><p>One<img src=a.jpg alt=A>two<p>Three")
    assert document == Document(
        id=document_id(URL, 0, URL),
        url=URL,
        provenance=Provenance(URL),
        segments=(
            TextSegment(0, "Head", "heading", 1),
            TextSegment(1, "One"),
            ImageSegment(2, "https://site.example/dir/a.jpg", alt="A"),
            TextSegment(3, "two"),
            TextSegment(4, "Three"),
        ),
        metadata=Metadata("A page", "en"),
    )


def test_the_id_names_the_place_in_the_source() -> None:
    provenance = Provenance("crawl.warc.gz", 123, "2024-01-01T00:00:00Z")
    document = extract_document(b"<p>x", URL, provenance=provenance)
    assert document.id == document_id("crawl.warc.gz", 123, URL)
    assert document.provenance == provenance


def test_the_header_decides_the_encoding() -> None:
    document = extract_document("<p>żółw".encode("iso-8859-2"), URL, "text/html; charset=ISO-8859-2")
    assert document.texts[0].text == "żółw"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h3>a</h3>", [("heading", 3, "a")]),
        ("<h2><div>a</div></h2>", [("heading", 2, "a")]),
        ("<p>a", [("paragraph", 0, "a")]),
        ("<div>a<div>b</div>c</div>", [("paragraph", 0, "a"), ("paragraph", 0, "b"), ("paragraph", 0, "c")]),
        ("<ul><li>a<ol><li>b</ol><li><p>c</ul>", [("list_item", 1, "a"), ("list_item", 2, "b"), ("list_item", 1, "c")]),
        ("<dl><dt>a<dd>b</dl>", [("list_item", 1, "a"), ("list_item", 1, "b")]),
        ("<li>a", [("list_item", 1, "a")]),
        ("<blockquote>a<p>b</blockquote>c", [("quote", 0, "a"), ("quote", 0, "b"), ("paragraph", 0, "c")]),
        ("<pre>a\n  b\n\nc</pre>", [("code", 0, "a\n  b\n\nc")]),
        ("<pre><div>a</div><div> b</div></pre>", [("code", 0, "a\n b")]),
        ("<p>a <code>b</code>", [("paragraph", 0, "a b")]),
        ("<table><caption>t</caption><tr><th>a<th>b<tr><td>1<td></table>",
         [("caption", 0, "t"), ("table_row", 0, "a | b"), ("table_row", 0, "1")]),
        ("<table><tr><td><p>a</p><td>b<br>c</table>", [("table_row", 0, "a | b c")]),
        ("<table><tr><td><h2>a</h2><p>b<td>c</table>",
         [("heading", 2, "a"), ("paragraph", 0, "b"), ("paragraph", 0, "c")]),
        ("<table><tr><td>only cell</table>", [("paragraph", 0, "only cell")]),
    ],
)  # fmt: skip
def test_segments_have_roles_and_levels(html: str, expected: list[tuple[str, int, str]]) -> None:
    assert roles(html) == expected


def test_a_row_longer_than_a_row_of_data_is_layout() -> None:
    cell = "x" * 500
    assert len(roles(f"<table><tr><td>{cell}<td>{cell}</table>")) == 1
    assert len(roles(f"<table><tr><td>{cell}<td>{cell}y</table>")) == 2


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a <b>b</b><i>c</i> d</p>", ["a bc d"]),
        ("<p>one<span>two</span></p><p>three", ["onetwo", "three"]),
        ("one<div>two</div>three", ["one", "two", "three"]),
        ("one<nav>x</nav>two", ["one", "two"]),
        ("one<div hidden>x</div>two<dialog>x</dialog>three", ["one", "two", "three"]),
        ("one<span hidden>x</span>two<script>x</script>three", ["onetwothree"]),
        ("one<input>two<select><option>x</select>three", ["one two three"]),
        ("<p>one<br>two<br/>three", ["one\ntwo\nthree"]),
        ("<p>one<br><br>two", ["one", "two"]),
        ("<h1>one<br>two</h1>", ["one two"]),
        ("<p>line\n  line", ["line line"]),
        ("<p>Fish &amp; chips&nbsp;&euro;5 &#x1F600; &lt;b&gt;", ["Fish & chips €5 😀 <b>"]),
        ("<p>so&shy;ft&#8203;", ["soft"]),
        ("<p>&#xD800;&#0;x", ["\ufffd\ufffdx"]),
        ("<p>one<!-- x -->two", ["onetwo"]),
        ("<p> &nbsp; </p><p></p>", []),
    ],
)  # fmt: skip
def test_inline_elements_never_part_and_blocks_never_glue(html: str, expected: list[str]) -> None:
    assert read(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<a href=/><img src=1.jpg></a>b", ["a", "[1.jpg]", "b"]),
        ("<ul><li><img src=1.jpg>a<li>b<img src=2.jpg></ul>", ["[1.jpg]", "a", "b", "[2.jpg]"]),
        ("<table><tr><td><img src=1.jpg><td>a<td>b</table>", ["[1.jpg]", "a | b"]),
        ("<table><tr><td>a<td><img src=1.jpg><td>b<td>c</table>", ["a | b | c", "[1.jpg]"]),
        ("<picture><source srcset='w.webp 800w'><img src=1.jpg></picture>", ["[w.webp]"]),
        ("<picture><source srcset=w.webp></picture>", ["[w.webp]"]),
        ("<amp-img src=1.jpg></amp-img>", ["[1.jpg]"]),
        ("<img src='data:image/gif;base64,AA'><noscript><img src=1.jpg>No script!</noscript>", ["[1.jpg]"]),
        ("<img src=t.gif width=1 height=1>", []),
    ],
)  # fmt: skip
def test_images_stand_where_they_stand_on_the_page(html: str, expected: list[str]) -> None:
    assert read(html) == expected


def test_a_base_moves_relative_urls() -> None:
    assert extract("<base href=//cdn.example/x/><img src=a.jpg>").images[0].url == "https://cdn.example/x/a.jpg"
    assert extract("<base href='javascript:1'><img src=a.jpg>").images[0].url == "https://site.example/dir/a.jpg"


@pytest.mark.parametrize(
    "figure", ["<img src=1.jpg><figcaption>{}</figcaption>", "<figcaption>{}</figcaption><img src=1.jpg>"]
)
def test_a_caption_is_on_its_image_and_right_behind_it(figure: str) -> None:
    document = extract(f"<p>Before<figure>{figure.format('<p>A <b>cat</b></p><p>by me</p>')}</figure><p>After")
    assert document.segments[1:3] == (
        ImageSegment(1, "https://site.example/dir/1.jpg", caption="A cat by me"),
        TextSegment(2, "A cat by me", "caption"),
    )
    assert document.segments[3].index == 3


def test_a_caption_of_several_images_is_on_each_and_an_inner_figure_keeps_its_own() -> None:
    inner = "<figure><img src=1.jpg><figcaption>one</figcaption></figure>"
    document = extract(f"<figure>{inner}<img src=2.jpg><figcaption>all</figcaption></figure><img src=3.jpg>")
    assert [image.caption for image in document.images] == ["one", "all", ""]
    assert [text.text for text in document.texts] == ["one", "all"]


def test_a_lazy_image_and_its_twin_in_noscript_count_once() -> None:
    lazy, twin = "<img data-src=1.jpg>", "<noscript><img src=1.jpg alt=A></noscript>"
    for html in (lazy + twin, twin + lazy, f"<div>{lazy}</div>{twin}"):
        (image,) = extract(html).images
        assert (image.index, image.url[-5:], image.alt) == (0, "1.jpg", "A")


def test_a_tiny_preview_gives_way_to_its_twin_in_noscript() -> None:
    (image,) = extract("<img src=/60/1.jpg?q=20><noscript><img src=/800/1.jpg></noscript>").images
    assert image.url == "https://site.example/800/1.jpg"
    assert image.candidates == ("https://site.example/60/1.jpg?q=20",)


def test_the_same_image_further_on_is_another_one() -> None:
    assert read("<p><img src=1.jpg>a<img src=1.jpg>") == ["[1.jpg]", "a", "[1.jpg]"]
    assert read("<div><img src=1.jpg></div><div><img src=1.jpg></div>") == ["[1.jpg]", "[1.jpg]"]
    assert read("<p><img src=1.jpg><img src=1.jpg>") == ["[1.jpg]"]


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"\xef\xbb\xbf", "\ufeff \n".encode("utf-16-le")])
def test_a_body_of_nothing_is_told(body: bytes) -> None:
    assert code_of(body) == "empty_body"


@pytest.mark.parametrize(
    "body",
    [b"\x89PNG\r\n\x1a\n....", b"\xff\xd8\xff\xe0..JFIF", b"GIF89a.", b"%PDF-1.7\n", b"PK\x03\x04..",
     b"RIFF\x00\x10..WEBPVP8 ",
     gzip.compress(b"<p>x", mtime=0), b"\x00\x00\x00\x18ftypmp42", b"\x00" * 50, bytes(range(256)) * 4],
)  # fmt: skip
def test_binary_data_is_told(body: bytes) -> None:
    assert code_of(body) == "not_text"


def test_a_few_control_characters_are_text_still() -> None:
    assert extract_document(b"\x01" * 5 + b"x" * 95, URL).texts
    assert code_of(b"\x01" * 6 + b"x" * 94) == "not_text"


def test_a_page_at_the_limit_of_bytes_is_read() -> None:
    assert extract_document(b"<p>1234567", URL, max_bytes=10).texts
    assert code_of(b"<p>12345678", max_bytes=10) == "page_too_large"


@pytest.mark.parametrize("tag", ["div", "b", "span", "custom-tag", "ul><li"])
def test_a_page_at_the_limit_of_depth_is_read(tag: str) -> None:
    opened = tag.count("<") + 1
    html = f"<{tag}>" * (10 // opened)  # inside html and body
    assert extract_document(f"{html}x".encode(), URL, max_depth=12).texts
    assert code_of(f"{html}<i>x".encode(), max_depth=12) == "nested_too_deep"


@pytest.mark.parametrize("start", ["", "<table>", "<template>", "<svg>", "<pre>", "<blockquote><p>text"])
def test_deep_nesting_is_told_before_all_of_a_large_page_is_parsed(start: str) -> None:
    with pytest.raises(TooDeepError):
        parse_page(f"{start}{'<div>' * 30_000}".encode(), max_depth=2_000)


@pytest.mark.skipif(not BOMB.exists(), reason="the made bombs are not beside the checkout")
def test_the_nesting_bomb_is_told() -> None:
    assert code_of(BOMB.read_bytes()) == "nested_too_deep"


def test_a_large_flat_page_is_read_whole() -> None:
    document = extract("<p>x" * 9_000 + "<div>y</div>" * 9_000)
    assert len(document.texts) == 18_000
    assert [segment.index for segment in document.segments] == list(range(18_000))


def test_formatting_left_open_does_not_multiply() -> None:
    html = "<p>" + "".join(f"<b id={n}>" for n in range(300)) + "<p>x" * 4_000
    assert sum(1 for _ in parse_page(html.encode(), max_depth=2_000).traverse()) < 5_000
    assert len(read(html)) == 4_000


def test_attributes_of_a_repeated_body_do_not_pile_up() -> None:
    body = parse_page(b"".join(b"<body a%d>" % n for n in range(10_001)), max_depth=40_000).css_first("body")
    assert body is not None
    assert len(body.attributes) < 100


def test_a_page_without_content_is_an_empty_document() -> None:
    assert extract("<html><head><title>t</title></head><body></body>").segments == ()
    assert extract("<frameset><frame src=a></frameset>").segments == ()


TAGS = st.sampled_from(
    "<p> </p> <div> </div> <table> <tr> <td> </table> <ul> <li> </ul> <b> </b> <a/href=/> </a> <figure> </figure> "  # noqa: SIM905
    "<figcaption> <img/src=a.jpg> <img/srcset=a,,b> <picture> <source/srcset=x> </picture> <noscript> </noscript> "
    "<br> <pre> </pre> <h1> </h1> <svg> <math> <template> </template> <select> <form> <main> <article> </article> "
    "<header> <blockquote> <frameset> <script> </script> <!-- --> <html/lang=xx> <body> <base/href=http://[> &#xd800; "
    "text \x00 \ud800 \u2028 \x1f é <nav> </nav> <input> <dialog>".split(" ")
)


@settings(deadline=None)
@given(st.lists(TAGS | st.text(max_size=5), max_size=60))
def test_any_tag_soup_gives_ordered_segments_that_can_be_written(parts: list[str]) -> None:
    html = "".join(parts).encode("utf-8", "surrogatepass")
    try:
        reading = read_page(html, URL)
    except ExtractError:
        return
    document = reading.document
    left_out = [left.segment for left in reading.left_out if left.segment is not None]
    indices = [segment.index for segment in document.segments]
    assert indices == sorted(indices)
    assert sorted([*indices, *left_out]) == list(range(len(indices) + len(left_out)))
    for text in document.texts:
        assert text.text.strip()
        text.text.encode("utf-8")
    for image in document.images:
        assert image.url.isascii()
        (image.alt + image.caption).encode("utf-8")
    assert document == extract_document(html, URL)


@settings(deadline=None)
@given(st.binary(max_size=300), st.none() | st.text(max_size=20))
def test_any_bytes_give_a_document_or_an_extract_error(body: bytes, content_type: str | None) -> None:
    try:
        document = extract_document(body, URL, content_type)
    except ExtractError as error:
        assert error.code in ("empty_body", "not_text")  # noqa: PT017
    else:
        assert document.url == URL


def test_a_page_with_more_segments_than_allowed_is_refused_and_one_at_the_limit_is_not() -> None:
    page = b"<main>" + b"<p>word</p>" * 5 + b"".join(b'<p><img src="/%d.jpg"></p>' % number for number in range(3))
    assert len(extract_document(page, "http://a.example/", max_texts=5, max_images=3).segments) == 8
    for bounds, code in (({"max_texts": 4}, "too_many_texts"), ({"max_images": 2}, "too_many_images")):
        with pytest.raises(ExtractError) as error:
            extract_document(page, "http://a.example/", **bounds)
        assert error.value.code == code


def test_an_image_that_is_no_content_is_left_out_with_its_reason_and_keeps_its_index() -> None:
    html = b"<p>One<img src=/logo.png alt=Logo>two<img src=a.jpg><img src=t.gif width=1 height=1>"
    reading = read_page(html, URL)
    assert [segment.index for segment in reading.document.segments] == [1, 2]
    assert [text.text for text in reading.document.texts] == ["One two"]
    assert [left_out.decision for left_out in reading.left_out] == [
        Decision("extract", "image_is_logo", 0, "logo"),
        Decision("extract", "image_is_tracking", 3, 1, 1),
    ]


def test_a_smiley_that_is_a_picture_says_what_it_says() -> None:
    html = (
        "<p>Thanks <img src=/emoji/1.png alt=😀 width=16 height=16> all <img src=/icon.png alt=RSS width=9 height=9>!"
    )
    assert read(html) == ["Thanks 😀 all !"]


def test_a_logo_with_a_caption_is_content() -> None:
    html = b"<figure><img src=/logo.png><figcaption>The new logo of the team</figcaption></figure><p>Text."
    assert len(extract_document(html, URL).images) == 1


def test_what_the_page_draws_itself_is_counted() -> None:
    html = b"<div style='background: url(a.jpg)'>a<svg><title>b</title></svg>c<svg></svg></div>"
    reading = read_page(html, URL)
    assert reading.vectors == {"css_background": 1, "inline_svg": 2}
    assert [text.text for text in reading.document.texts] == ["a c"]


def test_a_video_shows_its_poster_where_it_is_asked_for() -> None:
    html = b"<p>One<video poster=a.jpg title=Bees></video>"
    assert extract_document(html, URL).images == ()
    (image,) = extract_document(html, URL, video_posters=True).images
    assert (image.url, image.alt) == ("https://site.example/dir/a.jpg", "Bees")


def test_parts_are_told_where_it_is_asked_for() -> None:
    html = f"<nav>Menu</nav><div><p>{'The text goes on. ' * 20}</p><div class=share-bar>Share it</div></div><p>Imprint"
    told = [(part.reason, part.what, part.text) for part in read_page(html.encode(), URL, explain=True).left_out]
    assert told == [
        ("navigation", "nav", "Menu"),
        ("outside_main_content", "p", "Imprint"),
        ("frame_by_name", "div.share-bar", "Share it"),
    ]
    assert read_page(html.encode(), URL).left_out == ()


def test_items_of_an_ordered_list_are_numbered_as_a_browser_does() -> None:
    html = "<ol start=3><li>c<ul><li>bullet</ul><li value=7><p>g</p><p>more of g</p><li>h</ol><ol start=x><li>a</ol>"
    assert [(item.text, item.level, item.number) for item in extract(html).texts] == [
        ("c", 1, 3),
        ("bullet", 2, None),
        ("g", 1, 7),
        ("more of g", 1, None),
        ("h", 1, 8),
        ("a", 1, 1),
    ]


def test_a_row_keeps_its_cells_the_empty_ones_too() -> None:
    html = "<table><tr><th>Name<th>Moons<th>Size<tr><td>Venus<td><td>12,104 km</table>"
    assert [(row.text, row.cells) for row in extract(html).texts] == [
        ("Name | Moons | Size", ("Name", "Moons", "Size")),
        ("Venus | 12,104 km", ("Venus", "", "12,104 km")),
    ]


def test_a_page_has_so_many_tags_and_blocks_at_most() -> None:
    assert code_of(b"<i>" * (MAX_TAGS + 1)) == "too_many_tags"
    assert code_of(b"<p>x" * (MAX_BLOCKS + 1)) == "too_many_blocks"


def test_a_tag_keeps_its_first_attributes() -> None:
    html = "<p title=a " + " ".join(f"a{n}" for n in range(20_000)) + ">One<p>two"
    assert read(html) == ["One", "two"]
    paragraph = parse_page(html.encode(), max_depth=2_000).css_first("p")
    assert paragraph is not None
    assert len(paragraph.attributes) == MAX_ATTRIBUTES


def test_a_select_of_thousands_is_not_read() -> None:
    assert read("<p>One<select>" + "<option>x" * 12_000 + "</select><p>two") == ["One", "two"]


def test_a_caption_goes_to_the_picture_before_it_and_stays_where_it_stands() -> None:
    html = "<div><p>Intro<img src=1.jpg><p>Text<img src=2.jpg><p class=caption>Of the second</p><p>After</div>"
    document = extract(html)
    assert [(image.url[-5:], image.caption) for image in document.images] == [
        ("1.jpg", ""),
        ("2.jpg", "Of the second"),
    ]
    assert read(html) == ["Intro", "[1.jpg]", "Text", "[2.jpg]", "Of the second", "After"]


def test_each_of_two_pictures_in_a_box_has_its_own_caption() -> None:
    box = "<img src={0}.jpg><div class=caption>Caption {0}</div>"
    document = extract(f"<p>Intro</p><div>{box.format(1)}{box.format(2)}</div>")
    assert [image.caption for image in document.images] == ["Caption 1", "Caption 2"]


def test_the_document_is_the_same_with_and_without_its_reasons() -> None:
    text = "<p>" + "The text goes on and on. " * 9
    pages = [f"<main><h1>A</h1>{text}<p>Read this:<div class=related><a href=/>Foo</a></div><h2>Next</h2>{text}</main>"]
    pages += [
        f"<div class=page-sidebar>{text}</div><div class=comments>{text}</div>",
        "<div class=comment><p>Yes.</div>" * 9,
    ]
    for page in pages:
        assert read_page(page.encode(), URL, explain=True).document == extract(page)


def test_an_image_without_a_web_address_is_told() -> None:
    (left,) = read_page(b"<p>One<img src='data:image/gif;base64,AA' alt=Dot>", URL).left_out
    assert (left.reason, left.what, left.text) == ("image_has_no_web_address", "data:image/gif;base64,AA", "Dot")
    lazy = b"<img src='data:image/gif;base64,AA'><noscript><img src=1.jpg></noscript>"
    assert read_page(lazy, URL).left_out == ()
