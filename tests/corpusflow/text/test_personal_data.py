from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.account_numbers import is_iban, passes_luhn
from corpusflow.text.personal_data import KINDS, find_personal_data, mask

GOLD = Path(__file__).parents[3] / ".." / "shared" / "data" / "extraction" / "trafilatura" / "gold.json"


def masked(text: str) -> str:
    return mask(text, find_personal_data(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to Jane.Doe+news@mail.example.org.", "Write to [EMAIL]."),
        ("a@b.example, c_d@e-f.example", "[EMAIL], [EMAIL]"),
        ("info(at)firma.example", "[EMAIL]"),
        ("info [at] firma [dot] example today", "[EMAIL] today"),
        ("联系邮箱abc@site.example。", "联系邮箱[EMAIL]。"),
        ("müller@bücher.example", "[EMAIL]"),
        ("كتب إلى a@b.example الآن", "كتب إلى [EMAIL] الآن"),
    ],
)
def test_an_address_of_mail_is_found_to_its_end(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "number",
    [
        "+49 611 7878 394",
        "+44 (0)20 7946 0958",
        "+1 212-555-0142",
        "+39 389 1976362",
        "0049 30 9018 2074",
        "(212) 555-0142",
        "212-555-0142",
        "212.555.0142",
        "1-800-555-0142",
        "01 42 68 53 00",
        "020 7946 0958",
        "(0341) 6892826",
        "089/99529727",
        "139-1234-5678",
    ],
)
def test_a_telephone_number_is_found_in_the_forms_of_many_countries(number: str) -> None:
    assert masked(f"Ask {number}, or write.") == "Ask [PHONE], or write."


@pytest.mark.parametrize(
    "text",
    [
        "Tel.: 6106 709",
        "Telefon 8123 4567",
        "phone number: 5550142",
        "电话\uff1a6123 4567",
        "Fax 22 86 90 01",
        "тел. 234-56-78",
    ],
)
def test_behind_a_word_for_it_a_short_number_is_one_of_telephones(text: str) -> None:
    assert masked(text).endswith("[PHONE]")
    assert find_personal_data(text.lstrip("".join(filter(lambda sign: not sign.isdigit(), text)))) == []


def test_a_chinese_mobile_number_needs_no_gaps_among_chinese() -> None:
    assert masked("彭玲13917985004孙小晓 13701664517") == "彭玲[PHONE]孙小晓 [PHONE]"
    assert masked("no. 13917985004") == "no. 13917985004"
    assert masked("编号A13917985004") == "编号A13917985004"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IBAN: DE89 3704 0044 0532 0130 00", "IBAN: [IBAN]"),
        ("GB82WEST12345698765432", "[IBAN]"),
        ("GB82 WEST 1234 5698 7654 32 BIC ABCDEF", "[IBAN] BIC ABCDEF"),
        ("NO93 8601 1117 947.", "[IBAN]."),
        ("4111 1111 1111 1111", "[CARD]"),
        ("card 5555555555554444,", "card [CARD],"),
        ("3782 822463 10005", "[CARD]"),
        ("8.8.8.8 and 93.184.215.14", "8.8.8.8 and [IP]"),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "[IP]"),
        ("2606:4700:4700::1111 is down", "[IP] is down"),
        ("Passport No. C01X00T47", "Passport No. [PASSPORT]"),
        ("passport number: 123456789", "passport number: [PASSPORT]"),
        ("护照号码\uff1aE12345678", "护照号码\uff1a[PASSPORT]"),
        ("AKIAIOSFODNN7EXAMPLE", "[API_KEY]"),
        ("token ghp_" + "a1" * 18, "token [API_KEY]"),
        ("key=sk-proj-" + "aB3" * 12, "key=[API_KEY]"),
        ("xoxb-123456789012-abcdefghij", "[API_KEY]"),
        ("AIza" + "x" * 35, "[API_KEY]"),
        (f"eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.{'s' * 20} end", "[API_KEY] end"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- after", "[API_KEY] after"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE and no end", "[API_KEY]"),
    ],
)
def test_what_has_a_form_of_its_own_is_found(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12.03.2010 - 14.04.2011",
        "2020-12-31 23:59:59",
        "Tel. since 12.03.2010",
        "05/2020-12/2021",
        "The years 1999 2000 and 1914-1918",
        "$1,299,000.00 or 1 200 000,00 €",
        "+20 000 000 people",
        "ISBN 978-3-16-148410-0",
        "ISBN 0-670-83298-7",
        "Mobile: 1.200.000 users",
        "version 10.0.19041.1052, v1.21.31.41, firmware 10.14.12.34",
        "chapter 3.4.1.2",
        "192.168.100.1, 127.0.0.100, 224.0.2.255, 999.888.777.666",
        "52.520008, 13.404954",
        "+40.7128-74.0060/",
        "12 756.27 km and 3.14159265358979",
        "a distance of 149597870700 m",
        "4111 1111 1111 1112",
        "DE89 3704 0044 0532 0130 01",
        "https://site.example/photo/4111111111111111/2125550142",
        "logo@2x.png and git@host.example:team/project",
        "@someone said: a @ b.example",
        "Versions: 00 01 02 03 04",
        "05 12 23 34 45",
        "IT 00853870210",
        "sk-learn-for-everybody-and-all",
        "class Eyjafjallajökull",
        "a passport of 2019, passport photos",
        "std::dead::beef 12:34:56",
        "№ 1234567890123",
        "Bug 1681512 (PMC 1697831)",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert masked(text) == text


def test_of_two_that_overlap_one_is_taken() -> None:
    # Its last digits alone could be dialled.
    (found,) = find_personal_data("Phone: DE89 3704 0044 0532 0130 00")
    assert found.kind == "iban"


def test_checksums_take_the_right_digit_alone() -> None:
    assert [is_iban(f"DE{check:02}370400440532013000") for check in range(88, 91)] == [False, True, False]
    assert not is_iban("XX89370400440532013000")
    assert not is_iban("")
    assert [digit for digit in range(10) if passes_luhn(f"411111111111111{digit}")] == [1]


PIECES = st.sampled_from(
    [
        "a@b.example",
        "+49 30 123456",
        " ",
        "-",
        ".",
        "(",
        "tel ",
        "0",
        "12",
        "2001:",
        "DE89",
        "|",
        "\U0001f600",
        "\u0627",
        "é",
    ]
)


@given(st.text() | st.lists(PIECES).map("".join))
def test_in_any_text_what_is_found_lies_apart_and_the_rest_stays(text: str) -> None:
    found = find_personal_data(text)
    edges = [edge for item in found for edge in (item.start, item.end)]
    assert edges == sorted(edges)
    assert all(0 <= item.start < item.end <= len(text) and item.kind in KINDS for item in found)
    rest = "".join(text[a:b] for a, b in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True))
    assert len(mask(text, found)) == len(rest) + sum(len(item.kind) + 2 for item in found)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "a.",
        "1 ",
        "0 1",
        "+",
        "a@",
        "(at)",
        "1.1.",
        "eyJ",
        "DE89 ",
        "tel ",
        "2001:",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_long_run_of_anything_is_read_to_its_end(unit: str) -> None:
    find_personal_data(unit * 20_000)


def test_real_articles_hold_few_and_nothing_odd() -> None:
    if not GOLD.exists():
        pytest.skip("no real pages beside the checkout")
    pages = json.loads(GOLD.read_text())
    texts = [text for page in pages for text in (*page["must"], *page["must_not"])]
    assert len(texts) > 2000
    found = [text[item.start : item.end] for text in texts for item in find_personal_data(text)]
    assert len(found) <= 12
    assert all(any(sign in text for sign in "@[+(/") or text.startswith("0") for text in found), found
