from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.extract.encoding import PRESCAN, decode_html

CHARSETS = Path(__file__).parents[4] / "shared" / "data" / "charset"


def test_a_byte_order_mark_goes_before_the_header() -> None:
    assert decode_html(b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=latin1") == "é"
    assert decode_html(b"\xff\xfeh\x00i\x00", "text/html; charset=utf-8") == "hi"
    assert decode_html(b"\xfe\xff\x00h\x00i", None) == "hi"


def test_the_header_goes_before_the_page() -> None:
    page = b'<meta charset="utf-8">\xcf\xf0\xe8'
    assert decode_html(page, 'text/html; Charset="Windows-1251"').endswith("При")


def test_an_unknown_charset_in_the_header_counts_as_none() -> None:
    assert decode_html(b'<meta charset="koi8-r">\xf0', "text/html; charset=martian").endswith("П")


@pytest.mark.parametrize(
    "declaration",
    [
        b"<meta charset=shift_jis>",
        b"<META CHARSET = 'Shift_JIS' />",
        b'<meta http-equiv="Content-Type" content="text/html; charset=x-sjis">',
        b'<meta content="text/html;charset=Shift_JIS" http-equiv=content-type>',
        b'<?xml version="1.0" encoding="Shift_JIS"?>',
        b"<!-- <meta charset=utf-8> --><meta charset=shift_jis>",
    ],
)
def test_the_page_declares_its_charset(declaration: bytes) -> None:
    assert decode_html(declaration + "日本①".encode("cp932")).endswith("日本①")


def test_a_declaration_is_looked_for_in_the_beginning_only() -> None:
    declaration = b"<meta charset=koi8-r>"
    inside = b" " * (PRESCAN - len(declaration)) + declaration + b"\xf0."
    beyond = b" " * (PRESCAN - len(declaration) + 1) + declaration + b"\xf0."
    assert decode_html(inside)[-2] == "П"
    assert decode_html(beyond)[-2] == "ð"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("latin1", "cp1252", "“€”"),
        ("iso-8859-1", "cp1252", "“€”"),
        ("us-ascii", "cp1252", "…"),
        ("gb2312", "gb18030", "镕€"),
        ("gbk", "gb18030", "镕"),
        ("shift_jis", "cp932", "①㈱"),
        ("euc-jp", "euc_jis_2004", "①日本"),
        ("iso-2022-jp", "iso2022_jp", "日本"),
        ("euc-kr", "cp949", "똠방각하"),
        ("ks_c_5601-1987", "cp949", "똠"),
        ("iso-8859-9", "cp1254", "ğ…"),
        ("tis-620", "cp874", "ไทย"),
        ("big5", "big5hkscs", "漢字"),
        ("windows-1256", "cp1256", "سلام"),
        ("koi8-u", "koi8_u", "їжак"),
        ("x-mac-cyrillic", "mac_cyrillic", "Да"),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str, text: str) -> None:
    assert decode_html(text.encode(codec), f"text/html; charset={label}") == text


def test_a_page_that_can_be_read_cannot_be_utf16_by_its_own_word() -> None:
    assert decode_html('<meta charset="utf-16">é'.encode()).endswith("é")


def test_without_a_declaration_valid_utf8_is_utf8_and_all_else_is_windows_1252() -> None:
    assert decode_html("naïve \u2013 日本".encode()) == "naïve \u2013 日本"
    assert decode_html(b"na\xefve \x96") == "naïve \u2013"


def test_a_body_cut_inside_a_character_is_utf8_still() -> None:
    assert decode_html("日本".encode()[:-1]) == "日\ufffd"


def test_undecodable_bytes_become_replacement_characters() -> None:
    assert decode_html(b"a\xffb", "text/html; charset=utf-8") == "a\ufffdb"


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030", "big5", "euc-kr", "utf-16", "iso-2022-jp", "?"]))
def test_no_bytes_raise_and_no_lone_surrogate_comes_out(html: bytes, label: str) -> None:
    decode_html(html, f"text/html; charset={label}").encode("utf-8")


@pytest.mark.skipif(not CHARSETS.exists(), reason="the charset collection is not beside the checkout")
def test_real_pages_read_the_same_as_with_their_true_encoding_where_they_declare_one() -> None:
    manifest = json.loads((CHARSETS / "manifest.json").read_text("utf-8"))
    for entry in manifest["files"]:
        html = (CHARSETS / entry["file"]).read_bytes()
        if entry["encoding"].lower() in ("utf-8", "koi8-r", "windows-1251", "big5", "euc-kr") and (
            f"charset={entry['encoding'].lower()}".encode() in html[:1024].lower()
        ):
            truth = html.decode(entry["encoding"], "replace").lstrip("\ufeff")
            same = sum(a == b for a, b in zip(decode_html(html), truth, strict=False))
            assert same > 0.9 * len(truth) or truth.count("\ufffd"), entry["file"]
