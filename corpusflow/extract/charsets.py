"""The encodings that pages are written in: their names, their labels, and reading bytes in them."""

from __future__ import annotations

import codecs
import functools

UNREADABLE = "\ufffd"

# WHATWG name: Python codec, and the labels besides the name itself that the WHATWG Encoding Standard gives to it.
# Where pages say one thing and mean its superset (latin1, gb2312, shift_jis, euc-kr), the superset is what browsers
# take. The last five no browser reads; old pages and mails are written in them all the same.
_ENCODINGS = {
    "utf-8": ("utf-8", "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"),
    "utf-16le": ("utf-16-le", "utf-16 unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff"),
    "utf-16be": ("utf-16-be", "unicodefffe"),
    "windows-1252": (
        "cp1252",
        "cp1252 x-cp1252 ascii us-ascii ansi_x3.4-1968 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
        "iso-ir-100 latin1 latin-1 l1 cp819 ibm819 csisolatin1 x-user-defined",
    ),
    "windows-1250": ("cp1250", "cp1250 x-cp1250"),
    "windows-1251": ("cp1251", "cp1251 x-cp1251"),
    "windows-1253": ("cp1253", "cp1253 x-cp1253"),
    "windows-1254": (
        "cp1254",
        "cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 latin5 l5 csisolatin5",
    ),
    "windows-1255": ("cp1255", "cp1255 x-cp1255"),
    "windows-1256": ("cp1256", "cp1256 x-cp1256"),
    "windows-1257": ("cp1257", "cp1257 x-cp1257"),
    "windows-1258": ("cp1258", "cp1258 x-cp1258"),
    "iso-8859-2": ("iso8859_2", "iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 iso-ir-101 latin2 l2 csisolatin2"),
    "iso-8859-3": ("iso8859_3", "iso8859-3 iso88593 iso_8859-3 latin3 l3 csisolatin3"),
    "iso-8859-4": ("iso8859_4", "iso8859-4 iso88594 iso_8859-4 latin4 l4 csisolatin4"),
    "iso-8859-5": ("iso8859_5", "iso8859-5 iso88595 iso_8859-5 cyrillic csisolatincyrillic"),
    "iso-8859-6": (
        "iso8859_6",
        "iso8859-6 iso88596 iso_8859-6 iso-8859-6-e iso-8859-6-i arabic asmo-708 ecma-114 csisolatinarabic",
    ),
    "iso-8859-7": ("iso8859_7", "iso8859-7 iso88597 iso_8859-7 greek greek8 ecma-118 elot_928 sun_eu_greek"),
    "iso-8859-8": (
        "iso8859_8",
        "iso8859-8 iso88598 iso_8859-8 iso-8859-8-e iso-8859-8-i hebrew visual logical csisolatinhebrew",
    ),
    "iso-8859-10": ("iso8859_10", "iso8859-10 iso885910 latin6 l6 csisolatin6"),
    "iso-8859-13": ("iso8859_13", "iso8859-13 iso885913"),
    "iso-8859-14": ("iso8859_14", "iso8859-14 iso885914"),
    "iso-8859-15": ("iso8859_15", "iso8859-15 iso885915 iso_8859-15 latin9 l9 csisolatin9"),
    "iso-8859-16": ("iso8859_16", ""),
    "windows-874": ("cp874", "dos-874 tis-620 iso-8859-11 iso8859-11 iso885911"),
    "ibm866": ("cp866", "cp866 866 csibm866"),
    "koi8-r": ("koi8_r", "koi8 koi koi8_r cskoi8r"),
    "koi8-u": ("koi8_u", "koi8-ru"),
    "macintosh": ("mac_roman", "mac x-mac-roman csmacintosh"),
    "x-mac-cyrillic": ("mac_cyrillic", "x-mac-ukrainian"),
    "gbk": ("gb18030", "x-gbk gb2312 gb_2312 gb_2312-80 csgb2312 chinese iso-ir-58"),
    "gb18030": ("gb18030", ""),
    "big5": ("big5hkscs", "big5-hkscs cn-big5 csbig5 x-x-big5"),
    "shift_jis": ("cp932", "shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis"),
    # euc_jp lacks the vendors' row 13: circled digits
    "euc-jp": ("euc_jis_2004", "x-euc-jp cseucpkdfmtjapanese"),
    "iso-2022-jp": ("iso2022_jp", "csiso2022jp"),
    "euc-kr": ("cp949", "windows-949 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 cseuckr csksc56011987"),
    "utf-32le": ("utf-32-le", ""),
    "utf-32be": ("utf-32-be", ""),
    "iso-2022-kr": ("iso2022_kr", "csiso2022kr"),
    "hz-gb-2312": ("hz", ""),
    "ibm855": ("cp855", "cp855 855"),
}
_NAME_OF_LABEL = {label: name for name, (_, labels) in _ENCODINGS.items() for label in (name, *labels.split())}

WIDE = frozenset({"utf-16le", "utf-16be", "utf-32le", "utf-32be"})
MULTI_BYTE = frozenset({"gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"})
_OF_MANY_BYTES = {_ENCODINGS[name][0] for name in ("utf-8", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", *MULTI_BYTE)}
# Of Latin script, where letters beyond ASCII stand alone or in pairs. Vietnamese (windows-1258) heaps them up.
LATIN = frozenset(
    {"windows-1250", "windows-1252", "windows-1254", "windows-1257", "macintosh"}
    | {f"iso-8859-{part}" for part in (2, 3, 4, 10, 13, 14, 15, 16)}
)


def encoding_of_label(label: str) -> str | None:
    """The WHATWG name, in lower case, of a label as pages and headers write it; None for an unknown one."""
    return _NAME_OF_LABEL.get(label.strip().lower())


def read_in(html: bytes, encoding: str) -> str:
    """The characters of bytes in an encoding, by its WHATWG name; an undecodable byte (in UTF-16 and UTF-32 unit)
    becomes U+FFFD.

    Takes time in proportion to the bytes, whatever they are: where nearly every byte of ten megabytes is undecodable,
    Python's own replacing takes seconds in the single-byte encodings and in UTF-16.
    """
    codec = _ENCODINGS[encoding][0]
    if encoding in WIDE:
        return _read_units(html, codec)
    table = _table(codec)
    return codecs.charmap_decode(html, "strict", table)[0] if table else html.decode(codec, "replace")


@functools.cache  # as many as there are encodings
def _table(codec: str) -> str | None:
    """The 256 characters of a single-byte encoding, U+FFFD in its gaps; None for the others."""
    return None if codec in _OF_MANY_BYTES else bytes(range(256)).decode(codec, "replace")


def _read_units(html: bytes, codec: str) -> str:
    try:
        return html.decode(codec)
    except UnicodeDecodeError:
        import numpy as np

        size = int(codec[4:6]) // 8
        units = np.frombuffer(html[: len(html) // size * size], f"{'<' if codec.endswith('le') else '>'}u{size}").copy()
        high, low = units >> 10 == 0xD800 >> 10, units >> 10 == 0xDC00 >> 10
        wrong = high | low | (units > 0x10FFFF)
        if size == 2:
            paired = high[:-1] & low[1:]
            wrong[:-1] &= ~paired
            wrong[1:] &= ~paired
        units[wrong] = ord(UNREADABLE)
        return units.tobytes().decode(codec) + UNREADABLE * (len(html) % size > 0)
