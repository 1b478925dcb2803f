"""Bytes of a page to characters, in the order in which browsers look for the encoding."""

from __future__ import annotations

import codecs
import re

PRESCAN = 4096  # bytes; the standard says 1024, but real pages declare their charset behind long scripts

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

# Python codec: the labels that the WHATWG Encoding Standard gives to it. Where pages say one thing and mean its
# superset (latin1, gb2312, shift_jis, euc-kr), the superset is what browsers take.
_CODECS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf-16le unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff",
    "utf-16-be": "utf-16be unicodefffe",
    "cp1252": "windows-1252 cp1252 x-cp1252 ascii us-ascii ansi_x3.4-1968 iso-8859-1 iso8859-1 iso88591 iso_8859-1 "
    "iso_8859-1:1987 iso-ir-100 latin1 latin-1 l1 cp819 ibm819 csisolatin1 x-user-defined",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253 x-cp1253",
    "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 csisolatin5",
    "cp1255": "windows-1255 cp1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 x-cp1258",
    "iso8859_2": "iso-8859-2 iso8859-2 iso88592 iso_8859-2 latin2 l2 csisolatin2",
    "iso8859_3": "iso-8859-3 iso8859-3 iso_8859-3 latin3 l3",
    "iso8859_4": "iso-8859-4 iso8859-4 iso_8859-4 latin4 l4",
    "iso8859_5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic csisolatincyrillic",
    "iso8859_6": "iso-8859-6 iso8859-6 iso_8859-6 iso-8859-6-e iso-8859-6-i arabic asmo-708 ecma-114",
    "iso8859_7": "iso-8859-7 iso8859-7 iso_8859-7 greek greek8 ecma-118 elot_928 sun_eu_greek",
    "iso8859_8": "iso-8859-8 iso8859-8 iso_8859-8 iso-8859-8-e iso-8859-8-i hebrew visual logical",
    "iso8859_10": "iso-8859-10 iso8859-10 latin6 l6",
    "iso8859_13": "iso-8859-13 iso8859-13",
    "iso8859_14": "iso-8859-14 iso8859-14",
    "iso8859_15": "iso-8859-15 iso8859-15 iso_8859-15 latin9 l9",
    "iso8859_16": "iso-8859-16",
    "cp874": "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11",
    "cp866": "ibm866 cp866 866 csibm866",
    "koi8_r": "koi8-r koi8 koi koi8_r cskoi8r",
    "koi8_u": "koi8-u koi8-ru",
    "mac_roman": "macintosh mac x-mac-roman csmacintosh",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "gb18030 gbk x-gbk gb2312 gb_2312 gb_2312-80 csgb2312 chinese iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
    "euc_jis_2004": "euc-jp x-euc-jp cseucpkdfmtjapanese",  # euc_jp lacks the vendors' row 13: circled digits
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr windows-949 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 cseuckr csksc56011987",
}
_CODEC_OF_LABEL = {label: codec for codec, labels in _CODECS.items() for label in labels.split()}

_CONTENT_TYPE_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?+\s*+([^\s\"';,]++)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']+)[\"']")
_META_CHARSET = re.compile(rb"<meta[\s/][^>]*?charset\s*+=\s*+[\"']?+\s*+([^\s\"'/>;]++)[\s\"'/>;]", re.IGNORECASE)


def decode_html(html: bytes, content_type: str | None = None) -> str:
    """The characters of a page: byte order mark, then the charset of the Content-Type header, then the page's own
    declaration, then UTF-8 where the bytes are valid, else windows-1252.

    Never raises: an undecodable byte becomes U+FFFD, an unknown label counts as none.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if html.startswith(mark):
            return html[len(mark) :].decode(codec, "replace")
    declared = _codec_of_header(content_type or "") or _codec_of_page(html)
    if declared is not None:
        return html.decode(declared, "replace")
    return html.decode("utf-8" if _is_utf8(html) else "cp1252", "replace")


def _codec_of_header(content_type: str) -> str | None:
    found = _CONTENT_TYPE_CHARSET.search(content_type)
    return _CODEC_OF_LABEL.get(found[1].lower()) if found else None


def _codec_of_page(html: bytes) -> str | None:
    head = _COMMENT.sub(b"", html[:PRESCAN])
    found = _META_CHARSET.search(head) or _XML_ENCODING.match(head)
    codec = _CODEC_OF_LABEL.get(found[1].decode("latin-1").strip().lower()) if found else None
    # A declaration that could be read as ASCII cannot stand in UTF-16: browsers take it as UTF-8.
    return "utf-8" if codec in ("utf-16-le", "utf-16-be") else codec


def _is_utf8(html: bytes) -> bool:
    try:
        # Not final: a body that was cut in the middle of a character is UTF-8 all the same.
        codecs.getincrementaldecoder("utf-8")().decode(html, final=False)
    except UnicodeDecodeError:
        return False
    return True
