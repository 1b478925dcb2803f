from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpusflow.consent.agent import AGENT
from corpusflow.consent.robots_txt import MAX_LINES, allows, lines_for, pause_s, robots_text

DATA = Path(__file__).parents[3] / "../shared/data/robots"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the robots.txt files of ../shared/data/robots")

# RFC 9309, section 2.2.2, has an escaped letter undone before the comparison, and so is `/foo/bar/baz` allowed; the
# robot that the vectors are from does not undo it.
AGAINST_THE_RFC = {"ID_Encoding/6"}


def says(text: str, path: str = "/a", agent: str = AGENT) -> bool:
    return allows(lines_for(agent, text), agent, f"https://site.example{path}")


def pause(text: str) -> float:
    return pause_s(lines_for(AGENT, text), AGENT)


@needs_data
def test_the_vectors_of_another_robot_hold() -> None:
    cases: list[dict[str, Any]] = json.loads((DATA / "google_cases.json").read_text(encoding="utf-8"))["cases"]
    wrong = {
        case["id"]
        for case in cases
        if allows(lines_for(case["agent"], case["robots"]), case["agent"], case["url"]) != case["allowed"]
    }
    assert len(cases) == 68
    assert wrong == AGAINST_THE_RFC


@needs_data
def test_real_files_give_an_answer_for_the_front_page_and_a_pause() -> None:
    files = sorted((DATA / "real").iterdir())
    assert len(files) == 339
    lines = {file.name: lines_for(AGENT, robots_text(file.read_bytes())) for file in files}
    refused = [name for name, text in lines.items() if not allows(text, AGENT, "https://site.example/")]
    assert 0 < len(refused) < len(files) / 4
    assert all(0 <= pause_s(text, AGENT) < 1_000 for text in lines.values())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("corpusflow", True),
        ("CorpusFlow", True),
        ("corpusflow/1.0", True),
        ("corpusflow bot", True),
        ("*corpusflow*", True),
        ("corpus", False),
        ("flow", False),
        ("corpusflow2", False),
        ("corpusflow-images", False),
        ("otherbot", False),
        ("", False),
        ("*", True),
        ("* # all", True),
        ("*\u00a0", True),
    ],
)
def test_a_group_is_ours_by_the_product_token(name: str, meant: bool) -> None:
    assert says(f"User-agent: {name}\nDisallow: /") is not meant


def test_our_own_group_goes_before_that_of_all_wherever_it_stands() -> None:
    everybody, ours = "User-agent: *\nDisallow: /\n", "User-agent: corpusflow\nDisallow: /b\n"
    for text in (everybody + ours, ours + everybody, f"{ours}User-agent: otherbot\nDisallow: /a\n{everybody}"):
        assert says(text, "/a")
        assert not says(text, "/b")


def test_groups_of_one_name_are_one() -> None:
    text = "User-agent: corpusflow\nDisallow: /a\nUser-agent: x\nDisallow: /c\nUser-agent: corpusflow\nDisallow: /b\n"
    assert [says(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_names_that_follow_one_another_share_their_rules_whatever_unknown_line_stands_between() -> None:
    assert not says("User-agent: otherbot\nUser-agent: corpusflow\nDisallow: /")
    assert not says("User-agent: corpusflow\nUnknown: line\n\nUser-agent: otherbot\nDisallow: /")


@pytest.mark.parametrize("line", ["Disallow: /", "disallow:/", "DISALLOW /", "dissallow: /", " Disallow : / # all"])
def test_a_line_is_read_in_the_spellings_that_people_use(line: str) -> None:
    assert not says(f"User-agent: *\n{line}\n")


@pytest.mark.parametrize("line", ["Disallow:", "Disallow: #", "Disallowed: /", "Noindex: /", "Sitemap: /", ""])
def test_a_line_that_forbids_nothing_forbids_nothing(line: str) -> None:
    assert says(f"User-agent: *\n{line}\n")


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("crawl-delay:10\nDisallow: /x", 10),
        ("Request-rate: 1/5", 5),
        ("Request-rate: 2/1m", 30),
        ("Crawl-delay: 1\nRequest-rate: 1/3", 3),
        ("Crawl-delay: -1", 0),
        ("Crawl-delay: soon", 0),
        ("Crawl-delay: inf", 0),
        ("Crawl-delay: nan", 0),
        ("Request-rate: 0/5", 0),
        ("Disallow: /x", 0),
    ],
)
def test_the_pause_is_the_longest_that_is_asked_for(lines: str, seconds: float) -> None:
    assert pause(f"User-agent: *\n{lines}\n") == seconds


def test_the_pause_for_another_robot_is_not_ours() -> None:
    assert pause("User-agent: otherbot\nCrawl-delay: 9\n\nUser-agent: *\nDisallow: /x\n") == 0
    assert pause("User-agent: *\nCrawl-delay: 9\n\nUser-agent: corpusflow\nCrawl-delay: 1\n") == 1


RULES = "User-agent: *\nDisallow: /a\n"


@pytest.mark.parametrize(
    "body",
    [
        RULES.encode(),
        b"\xef\xbb\xbf" + RULES.encode(),
        RULES.encode("utf-16"),
        RULES.replace("\n", "\r\n").encode(),
        RULES.replace("\n", "\r").encode(),
        b"# caf\xe9 \xff\n" + RULES.encode(),
        RULES.encode() + b"Disallow: /b\n" * 5 + b"#" * 600_000,
    ],
)
def test_what_can_be_read_of_a_file_counts_however_it_is_encoded(body: bytes) -> None:
    assert not says(robots_text(body), "/a")
    assert says(robots_text(body), "/c")


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html><html><body>Allow: me</body></html>", bytes(range(256)) * 100, b"\xff\xfe\x00"]
)
def test_what_is_no_robots_txt_forbids_nothing(body: bytes) -> None:
    assert says(robots_text(body))


def test_only_the_lines_for_us_are_kept_and_no_more_than_a_limit() -> None:
    others = "User-agent: otherbot\n" + "Disallow: /x\n" * (2 * MAX_LINES)
    assert lines_for(AGENT, others + RULES) == RULES.strip()
    full = "User-agent: *\n" + "Disallow: /x\n" * (MAX_LINES - 1)
    assert lines_for(AGENT, full).count("\n") == MAX_LINES - 1
    with pytest.raises(ValueError, match="more than 20000 lines"):
        lines_for(AGENT, full + "Disallow: /a\n")
