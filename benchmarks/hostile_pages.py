"""Pages that no one writes and everyone meets: shapes that cost parsers dear, and tag soup put together at random."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from random import Random

SENTENCE = "It rained on the harbour, and the boats stayed in. "

Shape = Callable[[int], bytes]
"""Bytes wanted to a page of about as many."""


def well_formed(size: int) -> bytes:
    """The page that all others are compared with: headings, paragraphs with links and images, a few frames."""
    section = (
        f"<section><h2>Harbour {{n}}</h2><p>{SENTENCE * 4}<a href='/more/{{n}}'>More of it</a>.</p>"
        f"<figure><img src='/p/{{n}}.jpg' width=640 height=480 alt='A boat'><figcaption>Boat</figcaption></figure>"
        f"<div class='text'><p>{SENTENCE * 6}</p><ul><li>One net<li>Two nets</ul></div></section>"
    )
    # More images than a document may have would end the work early.
    many = section.replace("<figure>", "<div>").replace("</figure>", "</div>").replace("<img", "<span")
    body = "".join((section if n < 300 else many).replace("{n}", str(n)) for n in range(max(1, size // len(section))))
    return f"<!doctype html><html lang=en><title>t</title><nav><a href=/>Home</a></nav><main>{body}</main>".encode()


def repeated(piece: str, before: str = "", after: str = "") -> Shape:
    """{n} in the piece counts from 0."""

    def make(size: int) -> bytes:
        times = max(1, size // len(piece))
        body = "".join(piece.replace("{n}", str(n)) for n in range(times)) if "{n}" in piece else piece * times
        return f"{before}{body}{after}".encode()

    return make


def _pyramid(size: int) -> bytes:
    return ("<div><p>x" * (size // 20) + "</div>" * (size // 20)).encode()


SHAPES: dict[str, Shape] = {
    "nested divs": repeated("<div>"),
    "nested divs, closed": _pyramid,
    "nested spans": repeated("<span>"),
    "nested custom elements": repeated("<x-y>"),
    "nested lists": repeated("<ul><li>x"),
    "nested tables": repeated("<table><tr><td>"),
    "nested quotes": repeated("<blockquote>x"),
    "nested templates": repeated("<template>"),
    "nested fonts": repeated("<font color=red>x"),
    "nested svg": repeated("<svg><g>"),
    "nested math": repeated("<math><mi>x"),
    "nested figures": repeated("<figure><img src={n}.jpg><figcaption>x"),
    "nested pictures": repeated("<picture><source srcset={n}.jpg>"),
    "nested articles": repeated("<article><h2>x"),
    "unclosed b": repeated("<b>x"),
    "unclosed b with attributes": repeated("<b id={n}>x"),
    "unclosed b in paragraphs": repeated("<p><b id={n}>x"),
    "unclosed links": repeated("<a href={n}>x"),
    "unclosed links in blocks": repeated("<div><a href={n}>x"),
    "unclosed p": repeated("<p>x"),
    "unclosed li": repeated("<li>x"),
    "unclosed td": repeated("<td>x", "<table><tr>"),
    "unclosed option": repeated("<option>x", "<select>"),
    "unclosed noscript": repeated("<noscript><img src={n}.jpg>"),
    "misnested formatting": repeated("<b><i></b>x</i>"),
    "misnested links and tables": repeated("<a href=x><table><a href=y>"),
    "text in a table": repeated("x<tr>", "<table>"),
    "misnested forms": repeated("<form><div></form>"),
    "end tags of nothing": repeated("</p></br></div></x>"),
    "many attributes": repeated(" a{n}=x", "<div", ">text"),
    "many attributes on an image": repeated(" data-a{n}=x.jpg", "<img src=a.jpg", ">text"),
    "same attribute again": repeated(" a=x", "<div", ">text"),
    "many classes": repeated(" c{n}", "<div class='", "'>text"),
    "long style": repeated("color:red;", "<div style='", "'>text"),
    "long href": repeated("%20", "<a href='", "'>text"),
    "long alt": repeated(SENTENCE, "<img src=a.jpg alt='", "'>"),
    "long srcset": repeated("https://site.example/{n}.jpg {n}w, ", "<img src=a.jpg srcset='", "'>"),
    "srcset of commas": repeated(",", "<img src=a.jpg srcset='", "'>"),
    "srcset of spaces": repeated(" ", "<img src=a.jpg srcset='a", "'>"),
    "srcset of brackets": repeated("a(", "<img src=a.jpg srcset='", "'>"),
    "data: image": repeated("QUJD", "<img src='data:image/png;base64,", "'>text"),
    "many images": repeated("<img src={n}.jpg>"),
    "many images with srcset": repeated("<img src={n}.jpg srcset='{n}.jpg 1x, {n}b.jpg 2x'><p>x"),
    "one image again": repeated("<p><img src=a.jpg>"),
    "many sources": repeated("<source srcset={n}.jpg>", "<picture>", "<img src=a.jpg></picture>"),
    "many captions": repeated("<figcaption>x", "<figure><img src=a.jpg>"),
    "many cells": repeated("<td>", "<table><tr>"),
    "many cells in rows": repeated("<tr><td>1<td>2", "<table>"),
    "many blocks in a cell": repeated("<p>x", "<table><tr><td>", "<td>y"),
    "many headings": repeated("<h2>x</h2>"),
    "many line breaks": repeated("x<br>"),
    "many bare line breaks": repeated("<br>"),
    "many comments": repeated("<!-- x -->"),
    "many empty comments": repeated("<!-->"),
    "many scripts": repeated("<script>x</script>"),
    "many bodies": repeated("<body a{n}=x>"),
    "many metas": repeated("<meta name=a{n} content=x>"),
    "many bases": repeated("<base href=/{n}/>"),
    "unclosed comment": repeated(SENTENCE, "<p>x<!--"),
    "comment of dashes": repeated("--!", "<!--"),
    "unclosed script": repeated(SENTENCE, "<p>x<script>"),
    "script of comments": repeated("<!--<script>", "<script>"),
    "unclosed style": repeated("a{b:c}", "<style>"),
    "unclosed title": repeated(SENTENCE, "<title>"),
    "unclosed textarea": repeated("<p>x", "<textarea>"),
    "unclosed tag": repeated("a='", "<p "),
    "unclosed attribute": repeated(SENTENCE, "<p class='"),
    "tags of nothing": repeated("<"),
    "end tags without end": repeated("</"),
    "one text": repeated(SENTENCE),
    "one word": repeated("x"),
    "one text in code": repeated("x\n", "<pre>"),
    "spaces": repeated(" ", "<p>x", "x"),
    "spaces in code": repeated(" ", "<pre>x", "x"),
    "no-break spaces": repeated("&nbsp;", "<p>x", "x"),
    "joiners": repeated("\u200d", "<p>x", "x"),
    "accents": repeated("\u0301", "<p>x", "x"),
    "control characters": repeated("\x01", f"<p>{SENTENCE * 2000}"),
    "ideographs": repeated("海"),
    "right to left": repeated("שלום ", "<p dir=rtl>"),
    "named entities": repeated("&CounterClockwiseContourIntegral;"),
    "entities of nothing": repeated("&a"),
    "numbered entities": repeated("&#x1F600;"),
    "numbers without end": repeated("9", "&#"),
    "links only": repeated("<a href=/{n}>link {n}</a> "),
    "lists of links": repeated("<ul><li><a href=/{n}>link {n}</a></ul>"),
    "words of frames": repeated("<div class='share comments nav-{n}'>x</div>"),
    "inline svg": repeated("<path d='M0 0h24v24H0z'/>", "<p>x<svg viewBox='0 0 24 24'>", "</svg>x"),
    "text in svg": repeated("<text>x</text>", "<svg>", "</svg>"),
    "frames": repeated("<frameset><frame src={n}>"),
    "processing instructions": repeated("<?x y?>"),
    "cdata": repeated("<![CDATA[x]]>"),
    "doctypes": repeated("<!doctype html>"),
}

# Shapes that stay cheap a byte are looked at as large as pages may be; the others as large as they become on the web.
GIANTS = {
    "many cells": 4_000_000,
    "data: image": 9_900_000,
    "inline svg": 9_900_000,
    "one text": 9_900_000,
    "one word": 9_900_000,
    "spaces": 9_900_000,
    "unclosed comment": 9_900_000,
    "unclosed script": 9_900_000,
    "unclosed style": 9_900_000,
}


def odd_page(choose: Random, pieces: int) -> bytes:
    """Tag soup of so many pieces, a few of which stand many times in a row: what is slow shows in what repeats."""
    fresh = count()
    parts = [_piece(choose, fresh) * _times(choose) for _ in range(pieces)]
    return _odd_bytes(choose, "".join(parts))


_TAGS = tuple(
    "a article aside b base blockquote body br button caption center code col dd details div dl dt em fieldset "  # noqa: SIM905
    "figcaption figure font footer form frameset h1 h2 h6 head header hr html i iframe img input li link main map "
    "marquee math meta mi nav nobr noscript object ol option p picture plaintext pre q rp rt ruby s script section "
    "select small source span strong style sub summary svg table tbody td template textarea tfoot th thead title tr "
    "tt u ul video wbr x-y xmp foreignObject desc annotation-xml search dialog amp-img".split()
)
_NAMES = tuple(
    "class id src href srcset data-src data-srcset data-lazy-src alt title width height style hidden lang dir type "  # noqa: SIM905
    "content name property aria-hidden role rel media sizes charset http-equiv xml:lang data-original a<b =".split()
)
_VALUES = (
    *("", " ", "0", "1", "-1", "100%", "640", "99999999999999999999", "a.jpg", "/b.png 2x", "c.webp 640w, d.webp"),
    *("//cdn.example/e.jpg", "http://[", "http://a:b@c:99999/", "https://site.example/é.jpg", "javascript:1", "%zz"),
    *("data:,x", "data:image/svg+xml,%3Csvg", "{{url}}", "nav", "share-buttons", "article-body", "sidebar comments"),
    *("display:none", "de-AT", "rtl", "image", "presentation", "utf-16", "text/html;charset=x", ",,,", "\u2028", "(("),
)
_TEXTS = (
    *(
        "x",
        " ",
        "\n",
        "\t",
        "\xa0",
        "Rain. ",
        SENTENCE,
        "海",
        "ไทย",
        "שלום",
        "e\u0301",
        "\U0001f600",
        "\u200d",
        "\ufeff",
    ),
    *(
        "\x00",
        "\x0c",
        "\x1f",
        "\x7f",
        "\u2028",
        "\udc80",
        "&amp;",
        "&nbsp",
        "&#x0;",
        "&#xD800;",
        "&#1114112;",
        "&lt;p>",
    ),
    *("&NotEqualTilde;", "<!-- x -->", "<!--", "-->", "<![CDATA[x]]>", "<?xml encoding='utf-16'?>", "]]>", "</", "<"),
    *("<!doctype html>", "<>", "</>", "<p", "=", '"', "'", "|", "By Mara Quill", "12 May 2024", "Advertisement"),
)


def _piece(choose: Random, fresh: count[int]) -> str:
    kind = choose.randrange(10)
    if kind < 4:
        return choose.choice(_TEXTS)
    tag = choose.choice(_TAGS)
    if kind < 7:
        return f"</{tag}>"
    attributes = "".join(_attribute(choose, fresh) for _ in range(choose.randrange(4)))
    return f"<{tag}{attributes}{choose.choice(('>', '/>', ' >', ''))}"


def _attribute(choose: Random, fresh: count[int]) -> str:
    name, value = choose.choice(_NAMES), choose.choice(_VALUES)
    quote = choose.choice(('"', "'", ""))
    return f" {name}={quote}{value}{quote}" if choose.randrange(4) else f" {name}{next(fresh)}"


def _times(choose: Random) -> int:
    return choose.choice((1, 1, 1, 1, 1, 1, 2, 3, 30)) if choose.randrange(200) else 1000


def _odd_bytes(choose: Random, text: str) -> bytes:
    encoding = choose.choice(("utf-8", "utf-8", "utf-8", "utf-16", "cp1252", "gb18030", "shift_jis"))
    body = text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
    if choose.randrange(4):
        return body
    cut = choose.randrange(len(body) + 1)
    return body[:cut] + choose.choice((b"\xff", b"\x80\x81", b"\x1b$B", b"\x00", b"\xef\xbb\xbf")) + body[cut:]
