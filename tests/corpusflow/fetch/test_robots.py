from __future__ import annotations

import pytest

from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch.client import ClientSettings, Response, fetch_in_order
from tests.corpusflow.fetch.bad_server import Behaviour, Server, reply, reset, serve

LOOPBACK = ClientSettings(allow_loopback=True, timeout_s=2.0)


def ask(server: Server, *paths: str) -> list[Response | FetchError]:
    answers: list[Response | FetchError] = []
    fetch_in_order([server.url + path for path in paths], LOOPBACK, lambda number, answer: answers.append(answer))
    return answers


def codes(robots: Behaviour, *paths: str) -> list[str]:
    with serve({"/robots.txt": robots} | {path: reply(b"body") for path in paths}) as server:
        return [answer.code if isinstance(answer, FetchError) else "ok" for answer in ask(server, *paths)]


def test_what_a_site_does_not_allow_is_not_asked_for() -> None:
    rules = b"User-agent: corpusflow\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n"
    with serve({"/robots.txt": reply(rules), "/open": reply(b"body"), "/private/a": reply(b"body")}) as server:
        allowed, refused = ask(server, "/open", "/private/a")
        assert isinstance(allowed, Response)
        assert isinstance(refused, ConsentError)
        assert refused.code == "robots_disallowed"
        assert not any("/private" in request for request in server.requests)


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_a_site_without_robots_txt_allows(status: str) -> None:
    assert codes(reply(b"", status=status), "/a") == ["ok"]


@pytest.mark.parametrize(
    "robots", [reply(b"", status="503 Busy"), reply(b"", status="429 Slow down"), reset, reply(b"x", length=99)]
)
def test_a_robots_txt_that_cannot_be_read_means_no(robots: Behaviour) -> None:
    assert codes(robots, "/a", "/b") == ["robots_unreadable", "robots_unreadable"]


def test_robots_txt_is_asked_once_for_all_pages_of_a_site() -> None:
    with serve({"/robots.txt": reply(b"")} | {f"/{number}": reply(b"") for number in range(6)}) as server:
        ask(server, *(f"/{number}" for number in range(6)))
        assert sum("/robots.txt" in request for request in server.requests) == 1


def test_a_redirect_to_a_site_that_says_no_is_not_followed() -> None:
    with serve({"/robots.txt": reply(b"User-agent: *\nDisallow: /\n"), "/b": reply(b"")}) as closed:
        paths = {"/a": reply(b"", f"Location: {closed.url}/b", status="302 Found")}
        with serve(paths) as server:
            (answer,) = ask(server, "/a")
        assert isinstance(answer, ConsentError)
        assert not any("/b" in request for request in closed.requests)
