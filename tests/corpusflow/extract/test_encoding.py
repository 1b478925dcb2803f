from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.extract.charsets import encoding_of_label, read_in
from corpusflow.extract.encoding import PRESCAN, WINDOW, decode_html, encoding_of

CHARSETS = Path(__file__).parents[4] / "shared" / "data" / "charset"

RUSSIAN = "<html><head><title>Новости</title></head><body><p>Сегодня в городе открылась выставка старых фотографий.</p>"
JAPANESE = "<html><body><p>今日は良い天気ですね。</p><p>明日の会議は東京で開かれます。</p><p>写真を見てください。</p>"
CHINESE = "<html><body><p>今天的天气很好。</p><p>明天的会议在北京举行。</p><p>请看这张照片。</p><p>谢谢大家。</p>"
KOREAN = "<html><body><p>오늘은 날씨가 좋습니다.</p><p>내일 회의는 서울에서 열립니다.</p><p>사진을 보세요.</p>"
GERMAN = "<html><body><p>Die Straße führt über die Brücke nach Köln, schöne Grüße.</p>"


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


def test_without_a_declaration_valid_utf8_is_utf8() -> None:
    assert decode_html("naïve \u2013 日本".encode()) == "naïve \u2013 日本"
    assert encoding_of("naïve".encode()) == "utf-8"
    assert encoding_of(b"plain") == encoding_of(b"") == "utf-8"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8_r", "koi8-r"),
        (RUSSIAN, "iso8859_5", "iso-8859-5"),
        (RUSSIAN, "cp866", "ibm866"),
        (RUSSIAN, "cp855", "ibm855"),
        (RUSSIAN, "mac_cyrillic", "x-mac-cyrillic"),
        (JAPANESE, "cp932", "shift_jis"),
        (JAPANESE, "euc_jp", "euc-jp"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "hz", "hz-gb-2312"),
        ("<p>臺北是臺灣的首都。位於臺灣北部。</p><p>市民可以搭乘捷運前往各個地區。</p>", "big5", "big5"),
        (KOREAN, "cp949", "euc-kr"),
        (KOREAN, "iso2022_kr", "iso-2022-kr"),
        (GERMAN, "cp1252", "windows-1252"),
        ("<p>Άνοιξη στην Αθήνα, την πρωτεύουσα της Ελλάδας και μεγαλύτερη πόλη της.</p>", "cp1253", "windows-1253"),
        ("<p>ירושלים היא בירת ישראל והעיר הגדולה ביותר בה.</p>", "cp1255", "windows-1255"),
        ("<p>القاهرة هي عاصمة مصر وأكبر مدينة في البلاد.</p>", "cp1256", "windows-1256"),
        ("<p>กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย</p>", "cp874", "windows-874"),
        ("<p>Včera večer jsme šli společně domů přes řeku a děti už dávno spaly.</p>", "cp1250", "windows-1250"),
    ],
)
def test_undeclared_text_is_read_in_the_encoding_that_makes_sense_of_it(text: str, codec: str, name: str) -> None:
    assert decode_html(text.encode(codec)) == text
    assert encoding_of(text.encode(codec)) == name


@pytest.mark.parametrize("mark", ["", "marked"])
@pytest.mark.parametrize("text", [RUSSIAN, GERMAN, CHINESE, "<html><body>plain</body></html>"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf16_and_utf32_are_found_with_and_without_their_mark(codec: str, text: str, mark: str) -> None:
    html = ("\ufeff" if mark else "").encode(codec) + text.encode(codec)
    assert decode_html(html) == decode_html(html, "text/html; charset=utf-8") == text
    assert encoding_of(html) == codec.replace("-le", "le").replace("-be", "be")


def test_the_mark_of_utf32_before_what_is_none_is_that_of_utf16() -> None:
    assert encoding_of(b"\xff\xfe\0\0h\0i\0") == "utf-16le"


def test_utf16_is_believed_only_where_there_are_zero_bytes() -> None:
    assert decode_html(b"<p>caf\xc3\xa9</p>", "text/html; charset=utf-16le") == "<p>café</p>"
    assert decode_html(b"h\0", "text/html; charset=utf-16le") == "h"


def test_too_little_to_tell_is_windows_1252() -> None:
    page = b"<p>It\x92s here</p><p>\xa9 2009</p>"
    assert decode_html(page) == "<p>It\u2019s here</p><p>© 2009</p>"
    assert decode_html(b"na\xefve \x96") == "naïve \u2013"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_a_character_cut_in_two_does_not_hide_a_multi_byte_encoding(codec: str) -> None:
    html = (JAPANESE + "<p>今日は良い天気ですね。</p>" * 3).encode(codec).replace("です".encode(codec), b"\x82", 1)
    assert "東京" in decode_html(html)


def test_text_far_behind_is_found() -> None:
    head = "<script>" + "var a = 1;\n" * 30_000 + "</script>"
    assert decode_html((head + RUSSIAN).encode("cp1251")) == head + RUSSIAN


def test_a_declaration_of_another_encoding_does_not_hide_valid_utf8() -> None:
    for label in ("iso-8859-1", "windows-1251", "gbk"):
        assert decode_html(RUSSIAN.encode(), f"text/html; charset={label}") == RUSSIAN


def test_a_few_characters_of_two_bytes_are_not_utf8_by_chance() -> None:
    ten, twelve = b"\xc7\xb1" * 5, b"\xc7\xb1" * 6  # in GBK and in UTF-8 letters alike
    assert encoding_of(ten, "text/html; charset=gbk") == "gbk"
    assert encoding_of(twelve, "text/html; charset=gbk") == "utf-8"
    assert encoding_of(ten, "text/html; charset=iso-8859-1") == encoding_of(ten) == "utf-8"


def test_a_declaration_that_cannot_be_true_gives_way_to_one_that_can() -> None:
    page = b'<meta charset="windows-1251">' + RUSSIAN.encode("cp1251")
    assert encoding_of(page, "text/html; charset=utf-8") == "windows-1251"
    assert decode_html(RUSSIAN.encode("koi8_r"), "text/html; charset=utf-8") == RUSSIAN
    assert decode_html(JAPANESE.encode("cp932"), "text/html; charset=euc-jp") == JAPANESE


def test_latin_letters_are_declared_of_a_page_in_another_script() -> None:
    assert decode_html(RUSSIAN.encode("cp1251"), "text/html; charset=iso-8859-1") == RUSSIAN
    assert decode_html(CHINESE.encode("gb18030"), "text/html; charset=windows-1252") == CHINESE
    assert encoding_of(GERMAN.encode("cp1252"), "text/html; charset=iso-8859-1") == "windows-1252"
    for letters in ("»»»»»»»» “—”", "ÄÖÜäöüßáé", "ÄÖÜäöüßáéó"):  # nine and ten of them
        assert encoding_of(letters.encode("cp1252"), "text/html; charset=latin1") == "windows-1252"


def test_a_guess_among_latin_encodings_does_not_unseat_one_that_is_declared() -> None:
    hungarian = "<p>Magyar ábécé: ÁÉÍÓÖŐÚÜŰáéíóöőúüű és a többi betű között.</p>".encode("cp1250")
    assert encoding_of(hungarian) == "windows-1250"
    assert encoding_of(hungarian, "text/html; charset=iso-8859-1") == "windows-1252"


def test_a_twentieth_of_the_bytes_may_be_unreadable_as_declared() -> None:
    for letters, name in ((19, "windows-1255"), (18, "windows-1251")):
        assert encoding_of(b"\xe0 " * letters + b"\xff", "text/html; charset=windows-1255") == name


def test_a_declaration_gives_way_only_to_what_reads_more() -> None:
    assert encoding_of(b"\x81\x8d\x01\x02") == "windows-1252"
    assert encoding_of(b"\x81\x8d\x01\x02", "text/html; charset=windows-1253") == "windows-1253"


def test_a_character_at_the_end_of_what_is_checked_counts_for_none() -> None:
    character = "一".encode("gbk")
    html = character + b"." * (WINDOW - 3) + character + b"."
    assert encoding_of(html, "text/html; charset=gbk") == "gbk"


def test_a_declaration_that_can_be_true_is_believed() -> None:
    assert encoding_of(GERMAN.encode("cp1252"), "text/html; charset=koi8-r") == "koi8-r"


def test_utf8_with_a_broken_part_is_utf8_still() -> None:
    broken = RUSSIAN.encode() + b"<p>caf\xe9</p>"
    for content_type in (None, "text/html; charset=utf-8"):
        assert decode_html(broken, content_type) == RUSSIAN + "<p>caf\ufffd</p>"
    # Declared, a third of the bytes may be lost; undeclared, a tenth.
    half = "éééé".encode() + b"</p>\xe9</p>\xe9</p>\xe9"
    assert encoding_of(half + b".", "text/html; charset=utf-8") == "utf-8"
    assert encoding_of(half + b".") != "utf-8"


def test_a_few_broken_characters_do_not_unseat_a_declaration() -> None:
    broken = JAPANESE.encode("cp932").replace("です".encode("cp932"), b"\x82", 1)
    assert encoding_of(broken, "text/html; charset=shift_jis") == "shift_jis"


def test_a_body_cut_inside_a_character_is_utf8_still() -> None:
    assert decode_html("日本".encode()[:-1]) == "日\ufffd"
    assert decode_html(b"caf\xe9") == "café"


def test_undecodable_bytes_become_replacement_characters() -> None:
    assert decode_html("éé".encode() + b"a\xffb", "text/html; charset=utf-8") == "ééa\ufffdb"
    assert read_in(b"a\xffb", "utf-8") == "a\ufffdb"
    assert read_in(b"a\x81b", "windows-1252") == "a\ufffdb"


@pytest.mark.parametrize("name", ["utf-16le", "utf-16be", "utf-32le", "utf-32be"])
@given(html=st.lists(st.sampled_from([b"\xd8", b"\xdc", b"\0", b"a", b"\x10", b"\x11"]), max_size=24).map(b"".join))
def test_wide_units_are_replaced_one_by_one(name: str, html: bytes) -> None:
    html = html[: len(html) // 4 * 4]
    assert read_in(html, name) == html.decode(name[:-2] + "-" + name[-2:], "replace")
    assert read_in(html + b"a", name).endswith("\ufffd")


def test_bytes_that_are_no_text_are_windows_1252() -> None:
    packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + bytes(range(1, 256, 2))
    assert encoding_of(packed) == encoding_of(packed, "text/html; charset=utf-8") == "windows-1252"


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030", "big5", "euc-kr", "utf-16", "iso-2022-jp", "?"]))
def test_no_bytes_raise_and_no_lone_surrogate_comes_out(html: bytes, label: str) -> None:
    decode_html(html, f"text/html; charset={label}").encode("utf-8")


@pytest.mark.skipif(not CHARSETS.exists(), reason="the charset collection is not beside the checkout")
def test_real_pages_read_the_same_as_with_their_true_encoding() -> None:
    entries = json.loads((CHARSETS / "manifest.json").read_text("utf-8"))["files"]
    codecs = {"MacCyrillic": "mac_cyrillic"}
    missed = []
    for entry in entries:
        html = (CHARSETS / entry["file"]).read_bytes()
        truth = entry["encoding"]
        name = encoding_of_label(truth)
        try:
            text = read_in(html, name) if name else html.decode(codecs.get(truth, truth), "replace")
        except LookupError:  # EUC-TW, which Python does not know
            text = None
        if text is None or decode_html(html) != text.lstrip("\ufeff"):
            missed.append(entry["file"])
    assert len(missed) <= 0.01 * len(entries), missed
