from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from corpusflow.consent.opt_out import OptOutList
from corpusflow.consent.rules import ConsentRules
from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch import site_file
from corpusflow.fetch.client import ClientSettings, Response
from corpusflow.fetch.fetcher import Fetcher
from corpusflow.fetch.site_file import FAILURE_KEPT_S, KEPT_S
from corpusflow.fetch.site_rules import SiteRules

from .bad_server import Server, reply, serve

SITE = "https://site.example"
ROBOTS, TDM = f"{SITE}/robots.txt", f"{SITE}/.well-known/tdmrep.json"
CLOSED = b"User-agent: *\nDisallow: /\n"
RESERVED = json.dumps([{"location": "/art/*", "tdm-reservation": 1}]).encode()


class Web:
    """A web of files that gives a 404 for any other; keeps count of what it was asked for, and the time."""

    def __init__(self, files: Mapping[str, bytes | str] | None = None) -> None:
        self.files: dict[str, bytes | str] = dict(files or {})
        self.asked: list[str] = []
        self.now = 1_000.0

    async def read(self, url: str) -> bytes:
        """A text stands for the code of an error."""
        self.asked.append(url)
        await asyncio.sleep(0)
        found = self.files.get(url, "http_404")
        if isinstance(found, str):
            raise FetchError(found, url, "so it is")
        return found

    def rules(self, **options: Any) -> SiteRules:
        return SiteRules(self.read, ConsentRules(**options), lambda: self.now)


def outcome(found: float | BaseException) -> float | str:
    if isinstance(found, FetchError):
        return ("refused " if isinstance(found, ConsentError) else "failed ") + found.code
    assert isinstance(found, float)
    return found


def run(*work: Callable[[], Awaitable[float]]) -> list[float | str]:
    """What came of the checks, one after the other."""

    async def one_by_one() -> list[float | str]:
        return [outcome((await asyncio.gather(check(), return_exceptions=True))[0]) for check in work]

    return asyncio.run(one_by_one())


def checks(files: Mapping[str, bytes | str], *paths: str, **options: Any) -> list[float | str]:
    rules = Web(files).rules(**options)
    return run(*(lambda path=path: rules.check(URL(SITE + path)) for path in paths))


def detail(files: Mapping[str, bytes | str], path: str, **options: Any) -> str:
    with pytest.raises(FetchError) as error:
        asyncio.run(Web(files).rules(**options).check(URL(SITE + path)))
    assert error.value.what == SITE + path
    return error.value.detail


def test_what_robots_txt_does_not_allow_is_refused() -> None:
    files = {ROBOTS: b"User-agent: corpusflow\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n"}
    assert checks(files, "/open", "/private/a") == [0.0, "refused robots_disallowed"]
    assert detail(files, "/private/a") == f"by {ROBOTS}"
    assert checks(files, "/private/a", robots_txt=False) == [0.0]


@pytest.mark.parametrize("code", ["http_400", "http_401", "http_403", "http_404", "http_410", "http_451"])
def test_a_site_without_files_allows(code: str) -> None:
    assert checks({ROBOTS: code, TDM: code}, "/a") == [0.0]


UNREADABLE = [
    "http_500",
    "http_503",
    "http_429",
    "http_204",
    "timeout",
    "too_large",
    "broken_transfer",
    "too_many_redirects",
]


@pytest.mark.parametrize("code", UNREADABLE)
def test_a_file_that_cannot_be_read_means_no(code: str) -> None:
    assert checks({ROBOTS: code}, "/a") == ["refused robots_unreadable"]
    assert detail({ROBOTS: code}, "/a") == f"{ROBOTS}: {code} so it is"
    assert checks({TDM: code}, "/a") == ["refused tdm_unreadable"]
    assert detail({TDM: code}, "/a") == f"{TDM}: {code} so it is"
    assert checks({ROBOTS: code, TDM: code}, "/a", robots_txt=False, tdm=False) == [0.0]


@pytest.mark.parametrize("code", ["address_refused", "bad_url", "connect_failed", "dns_failed", "tls_failed"])
def test_a_site_that_is_not_there_has_not_refused(code: str) -> None:
    assert checks({ROBOTS: code}, "/a") == [f"failed {code}"]
    assert checks({TDM: code}, "/a", robots_txt=False) == [f"failed {code}"]


def test_the_pause_of_robots_txt_is_told() -> None:
    assert checks({ROBOTS: b"User-agent: *\nCrawl-delay: 2.5\n"}, "/a", "/b") == [2.5, 2.5]


@pytest.mark.parametrize("body", [b"<html>Allow: me</html>", b"", bytes(range(256)) * 50, b"#" * 700_000])
def test_a_robots_txt_that_is_none_forbids_nothing(body: bytes) -> None:
    assert checks({ROBOTS: body}, "/a") == [0.0]


def test_a_robots_txt_with_more_lines_than_can_be_kept_means_no() -> None:
    assert checks({ROBOTS: CLOSED + b"Allow: /\n" * 30_000}, "/a") == ["refused robots_unreadable"]


def test_what_a_site_reserves_is_refused() -> None:
    assert checks({TDM: RESERVED}, "/art/a", "/b", "/%61rt/x?y") == [
        "refused tdm_reserved",
        0.0,
        "refused tdm_reserved",
    ]
    assert detail({TDM: RESERVED}, "/art/a") == f"/art/* in {TDM}"
    assert checks({TDM: RESERVED}, "/art/a", tdm=False) == [0.0]


@pytest.mark.parametrize("body", [b"", b" \n", b"<!doctype html><p>Not found", b"\xef\xbb\xbf <html>"])
def test_a_page_in_place_of_reservations_reserves_nothing(body: bytes) -> None:
    assert checks({TDM: body}, "/a") == [0.0]


@pytest.mark.parametrize("body", [b"{}", b"\xff\xff", b"[" * 100_000, b'[{"location": "/"}]'])
def test_a_reservation_that_makes_no_sense_means_no(body: bytes) -> None:
    assert checks({TDM: body}, "/a") == ["refused tdm_unreadable"]


def test_a_byte_order_mark_does_no_harm() -> None:
    assert checks({ROBOTS: b"\xef\xbb\xbf" + CLOSED}, "/a") == ["refused robots_disallowed"]
    assert checks({TDM: b"\xef\xbb\xbf" + RESERVED}, "/art/a") == ["refused tdm_reserved"]


def test_the_opt_out_list_goes_first_and_nothing_is_asked_then(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("site.example\n")
    web = Web()
    rules = web.rules(opt_out=OptOutList.read(str(tmp_path / "list.txt")))
    there, elsewhere = URL(f"{SITE}/a"), URL("https://else.example/")
    assert run(lambda: rules.check(there), lambda: rules.check(elsewhere)) == ["refused opted_out_by_list", 0.0]
    assert not any(url.startswith(SITE) for url in web.asked)


def test_what_robots_txt_forbids_is_not_asked_about_further() -> None:
    web = Web({ROBOTS: CLOSED})
    rules = web.rules()
    run(lambda: rules.check(URL(f"{SITE}/a")))
    assert web.asked == [ROBOTS]


def test_a_site_is_asked_once_by_all_who_wait_and_those_who_come_later() -> None:
    web = Web()
    rules = web.rules()

    async def many() -> None:
        await asyncio.gather(*(rules.check(URL(f"{SITE}/{number}")) for number in range(20)))
        await rules.check(URL(f"{SITE}/later"))

    asyncio.run(many())
    assert web.asked == [ROBOTS, TDM]


def test_origins_are_asked_each_for_itself() -> None:
    web = Web({"http://site.example/robots.txt": CLOSED})
    rules = web.rules(tdm=False)
    urls = [f"{SITE}/a", "http://site.example/a", "https://site.example:8443/a", "https://user:word@site.example/b"]
    assert run(*(lambda url=url: rules.check(URL(url)) for url in urls)) == [0.0, "refused robots_disallowed", 0.0, 0.0]
    assert web.asked == [ROBOTS, "http://site.example/robots.txt", "https://site.example:8443/robots.txt"]


def test_one_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    web = Web()
    rules = web.rules()

    async def race() -> float:
        first = asyncio.create_task(rules.check(URL(f"{SITE}/a")))
        second = asyncio.create_task(rules.check(URL(f"{SITE}/b")))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(race()) == 0.0
    assert web.asked == [ROBOTS, TDM]


@pytest.mark.parametrize(
    ("file", "before", "kept_s"),
    [(CLOSED, "refused robots_disallowed", KEPT_S), ("http_503", "refused robots_unreadable", FAILURE_KEPT_S)],
)
def test_an_answer_is_kept_for_a_day_and_a_failure_for_minutes(file: bytes | str, before: str, kept_s: float) -> None:
    web = Web({ROBOTS: file})
    rules = web.rules()

    async def check(after: float) -> float:
        web.files[ROBOTS] = b""
        web.now = 1_000.0 + after
        return await rules.check(URL(f"{SITE}/a"))

    async def first() -> float:
        return await rules.check(URL(f"{SITE}/a"))

    assert run(first, lambda: check(kept_s - 1), lambda: check(kept_s)) == [before, before, 0.0]
    assert web.asked.count(ROBOTS) == 2


def test_no_more_sites_are_kept_than_a_limit_and_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_file, "MAX_ORIGINS", 2)
    web = Web()
    rules = web.rules(tdm=False)
    run(*(lambda host=host: rules.check(URL(f"https://{host}.example/")) for host in "abcbca"))
    assert web.asked == [f"https://{host}.example/robots.txt" for host in "abca"]


def test_long_files_make_the_oldest_go_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_file, "MAX_CHARACTERS", 60)
    web = Web({f"https://{host}.example/robots.txt": CLOSED for host in "abc"})
    rules = web.rules(tdm=False)
    run(*(lambda host=host: rules.check(URL(f"https://{host}.example/")) for host in "abcbca"))
    assert web.asked == [f"https://{host}.example/robots.txt" for host in "abca"]


def test_a_defect_is_no_answer() -> None:
    async def broken(url: str) -> bytes:
        raise KeyError(url)

    rules = SiteRules(broken, ConsentRules())
    with pytest.raises(KeyError):
        asyncio.run(rules.check(URL(SITE)))


def fetched(server: Server, *paths: str) -> dict[str, Response | FetchError]:
    """The answers of a server by path."""
    with Fetcher(ClientSettings(allow_loopback=True, timeout_s=5, contact="mailto:someone@example.org")) as fetcher:
        return {paths[found.number]: found.answer for found in fetcher.transfers([server.url + path for path in paths])}


def test_what_is_refused_is_not_requested() -> None:
    files = {
        "/robots.txt": reply(b"User-agent: corpusflow\nDisallow: /private\n"),
        "/.well-known/tdmrep.json": reply(RESERVED),
        **{path: reply(b"body") for path in ("/open", "/private/a", "/art/a")},
    }
    with serve(files) as server:
        answers = fetched(server, "/open", "/private/a", "/art/a")
        assert len(server.requests) == 1
    assert isinstance(answers.pop("/open"), Response)
    codes = {path: answer.code for path, answer in answers.items() if isinstance(answer, ConsentError)}
    assert codes == {"/private/a": "robots_disallowed", "/art/a": "tdm_reserved"}


def test_a_redirect_to_a_site_that_says_no_is_not_followed() -> None:
    with serve({"/robots.txt": reply(CLOSED), "/b": reply(b"body")}) as closed:
        with serve({"/a": reply(b"", f"Location: {closed.url}/b", status="302 Found")}) as server:
            answer = fetched(server, "/a")["/a"]
        assert closed.requests == []
    assert isinstance(answer, ConsentError)
    assert answer.code == "robots_disallowed"
