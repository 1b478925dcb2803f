from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from corpusflow.document import Metadata
from corpusflow.extract.metadata import MAX_NAMED, iso_date, license_url, page_metadata

BASE = "https://site.example/dir/page.html"
BY = "https://creativecommons.org/licenses/by/4.0/"


def declared(html: str) -> Metadata:
    root = LexborHTMLParser(html).root
    assert root is not None
    return page_metadata(root, BASE)


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


def test_a_page_that_declares_everything() -> None:
    page = f"""<html lang=en-GB><head>
        <title>Herons - Site</title><meta property="og:title" content=" Herons &amp; co ">
        <link rel=canonical href="/herons#top"><link rel=license href="{BY}">
        <meta property="article:published_time" content="2024-05-06T07:08:09+02:00">
        <meta name=robots content="noai, noindex">
        <meta name=tdm-reservation content=1><meta name=tdm-policy content="https://site.example/terms">
        </head><body><p>Text"""
    assert declared(page) == Metadata(
        title="Herons & co",
        language="en",
        canonical_url="https://site.example/herons",
        published="2024-05-06T07:08:09+02:00",
        licenses=(BY,),
        robots=("noai", "noindex"),
        tdm_reservation="1",
        tdm_policy="https://site.example/terms",
    )


@pytest.mark.parametrize("html", ["", "<p>By Anna, 6 May 2024. License: CC BY 4.0.", "<meta><meta name=robots><link>"])
def test_a_page_that_declares_nothing(html: str) -> None:
    assert declared(html) == Metadata()


def test_a_head_that_ends_too_early_loses_nothing() -> None:
    page = "<head><div></div><title>A</title><link rel=canonical href=/b><meta name=robots content=noai></head><p>x"
    assert declared(page) == Metadata("A", canonical_url="https://site.example/b", robots=("noai",))


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title> A\n page </title>", "A page"),
        ("<title>A</title><meta property=og:title content=B>", "B"),
        ("<title>A</title><meta property=og:title content=' '>", "A"),
        ("<title>A</title><meta property=og:title>", "A"),
        ("<body><svg><title>Magnifier</title></svg>", ""),
    ],
)
def test_the_title_is_that_of_the_page_without_the_name_of_the_site(html: str, title: str) -> None:
    assert declared(html).title == title


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang=de>", "de"),
        ("<html lang=PT-br>", "pt"),
        ("<html lang=zh_Hant>", "zh"),
        ("<html lang=x>", ""),
        ("<html lang='{{lang}}'>", ""),
        ("<html lang='' xml:lang=gsw>", "gsw"),
        ("<html lang=english><meta http-equiv=Content-Language content='de-AT, en'>", ""),
        ("<html lang><meta http-equiv=Content-Language content=de-AT>", "de"),
        ("<html lang=fr><meta property=og:locale content=en_US>", "fr"),
        ("<meta property=og:locale content=en_US>", "en"),
        ("<meta http-equiv=content-language content=german><meta property=og:locale content=de_DE>", "de"),
    ],
)
def test_the_language_is_the_first_that_is_a_language(html: str, language: str) -> None:
    assert declared(html).language == language


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("other.html", "https://site.example/dir/other.html"),
        ("//www.site.example/", "https://www.site.example/"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_a_canonical_url_is_absolute_and_of_the_web(href: str, url: str) -> None:
    assert declared(f"<link rel='Canonical' href='{href}'>").canonical_url == url


@pytest.mark.parametrize(
    ("html", "published"),
    [
        ("<meta name=DC.date.issued content=2024-05-06>", "2024-05-06"),
        ("<meta itemprop=datePublished content=2024-05-06>", "2024-05-06"),
        ("<time itemprop='datePublished dateModified' datetime=2024-05-06T07:08>Monday</time>", "2024-05-06T07:08"),
        ("<time pubdate datetime=2024-05-06>Monday</time>", "2024-05-06"),
        ("<abbr itemprop=datePublished title=2024-05-06T07:08:09Z>7:08</abbr>", "2024-05-06T07:08:09Z"),
        ("<time datetime=2024-05-06>Monday</time>", ""),
        ("<span itemprop=datePublished>2024-05-06</span>", ""),
        ("<meta name=dcterms.date content=2024>", "2024"),
        ("<meta property=article:modified_time content=2024-05-06>", ""),
        (linked(datePublished="2024-05-06"), "2024-05-06"),
        (linked(datePublished=20240506), ""),
        (linked(dateModified="2024-05-06"), ""),
    ],
)
def test_a_date_is_taken_where_it_is_declared_to_be_that_of_publication(html: str, published: str) -> None:
    assert declared(html).published == published


def test_a_date_that_is_none_leaves_the_word_to_the_next_source() -> None:
    sources = [
        "<meta property=article:published_time content='06.05.2024'>",
        linked(datePublished="Mon, 6 May"),
        "<time pubdate datetime=yesterday></time>",
        "<meta name=dc.date content=2024-05-07>",
    ]
    assert declared("".join(sources)).published == "2024-05-07"
    sources[2] = "<time pubdate datetime=2024-05-06></time>"
    assert declared("".join(sources)).published == "2024-05-06"
    sources[1] = linked(datePublished="2024-05-05")
    assert declared("".join(sources)).published == "2024-05-05"
    sources[0] = "<meta property=article:published_time content=2024-05-04>"
    assert declared("".join(sources)).published == "2024-05-04"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024", "2024"),
        ("2024-05", "2024-05"),
        (" 2024-05-06 ", "2024-05-06"),
        ("2024-05-06T07:08", "2024-05-06T07:08"),
        ("2024-05-06 07:08:09", "2024-05-06T07:08:09"),
        ("2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z"),
        ("2024-05-06t07:08:09z", "2024-05-06T07:08:09Z"),
        ("2024-05-06T07:08:09 UTC", "2024-05-06T07:08:09Z"),
        ("2024-05-06T07:08:09+0200", "2024-05-06T07:08:09+02:00"),
        ("2024-05-06T07:08:09-03", "2024-05-06T07:08:09-03:00"),
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", ""),
        ("2024-13", ""),
        ("0000", ""),
        ("2024-05-06T24:61", ""),
        ("2024-05-06T07", ""),
        ("2024-5-6", ""),
        ("06.05.2024", ""),
        ("1715000000", ""),
        ("\u0662\u0660\u0662\u0664-05-06", ""),
        ("2024-05-06\n2024-05-07", ""),
        ("", ""),
    ],
)
def test_a_date_is_as_precise_as_it_was_declared(text: str, date: str) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("http://creativecommons.org/licenses/by/4.0", BY),
        ("//www.creativecommons.org/licenses/BY/4.0/deed.de", BY),
        ("https://creativecommons.org/licenses/by/4.0/legalcode?ref=chooser#s1", BY),
        ("https://archive.example/web/2013/http://creativecommons.org/licenses/by/4.0/", BY),
        (
            "http://creativecommons.org/licenses/by-nc-sa/3.0/de/deed.en",
            "https://creativecommons.org/licenses/by-nc-sa/3.0/de/",
        ),
        ("http://creativecommons.org/licenses/by/3.0/igo/", "https://creativecommons.org/licenses/by/3.0/igo/"),
        (
            "https://creativecommons.org/publicdomain/zero/1.0/deed",
            "https://creativecommons.org/publicdomain/zero/1.0/",
        ),
        ("http://creativecommons.org/licenses/by-sa/", "https://creativecommons.org/licenses/by-sa/"),
        ("https://creativecommons.org/about", "https://creativecommons.org/about"),
        ("https://notcreativecommons.org/licenses/by/4.0", "https://notcreativecommons.org/licenses/by/4.0"),
        ("/terms", "https://site.example/terms"),
        ("#license", ""),
        ("mailto:a@site.example", ""),
        ("", ""),
    ],
)
def test_a_license_of_creative_commons_has_one_url_and_any_other_its_own(reference: str, url: str) -> None:
    assert license_url(reference, BASE) == url


@pytest.mark.parametrize(
    ("html", "licenses"),
    [
        (f"<a rel='nofollow License' href='{BY}'>CC</a>", (BY,)),
        (f"<a href='{BY}'>a picture's, or something else's</a>", ()),
        (f"<figure><img><figcaption><a rel=license href='{BY}'>photograph</a></figcaption></figure>", ()),
        (f"<meta name=DC.rights content='CC BY, see {BY}'>", (BY,)),
        ("<meta name=dc.rights content='All rights reserved'>", ()),
        (linked(license=BY), (BY,)),
        (linked(license={"@type": "CreativeWork", "url": BY}), (BY,)),
        (linked(license="CC BY"), ()),
        ("<link rel=license href=/terms><a rel=license href=/terms>", ("https://site.example/terms",)),
        (f"<a rel=license href=/z></a><a rel=license></a>{linked(license=BY)}", (BY, "https://site.example/z")),
    ],
)
def test_licenses_are_those_that_the_page_declares_for_itself(html: str, licenses: tuple[str, ...]) -> None:
    assert declared(html).licenses == licenses


def test_licenses_beyond_the_limit_are_not_looked_at() -> None:
    numbers = range(MAX_NAMED + 1)
    assert len(declared("".join(f"<a rel=license href=/{n}></a>" for n in numbers)).licenses) == MAX_NAMED
    named = " ".join(f"//site.example/{n}" for n in numbers)
    assert len(declared(f"<meta name=license content='{named}'>").licenses) == MAX_NAMED


def test_a_license_is_found_though_the_date_is_known() -> None:
    page = "<meta property=article:published_time content=2024-05-06>" + linked(license=BY, datePublished="2020-01-01")
    assert (declared(page).licenses, declared(page).published) == ((BY,), "2024-05-06")


def test_robots_directives_of_all_tags_are_sorted_and_those_for_another_robot_left_out() -> None:
    page = """<meta name=ROBOTS content="NOINDEX, noai"><meta name=googlebot content=nosnippet>
        <meta name=robots content="noimageai,noai"><meta name=CorpusFlow content=noml>"""
    assert declared(page).robots == ("noai", "noimageai", "noindex", "noml")


def test_robots_tags_beyond_the_limit_are_not_looked_at() -> None:
    page = "".join(f"<meta name=robots content=max-snippet:{number}>" for number in range(MAX_NAMED + 1))
    assert len(declared(page).robots) == MAX_NAMED


@given(st.text(), st.text(st.characters(codec="utf-8")))
def test_any_head_has_metadata(html: str, value: str) -> None:
    page = f"{html}<meta name=dc.rights content='//{value}'><link rel=canonical href='{value}'>"
    metadata = declared(f"{page}<a rel=license href='{value}'><script type=application/ld+json>\"license\"{value}")
    assert metadata.canonical_url == "" or metadata.canonical_url.startswith("http")
    assert list(metadata.licenses) == sorted(set(metadata.licenses))
