from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from corpusflow.store.block import Block, Stage
from corpusflow.store.journal import Journal
from corpusflow.store.paths import LocalStore
from tests.corpusflow.fetch.bad_server import Server, reply, serve
from tests.transforms.blocks import after, small_recipe
from tests.web import jpeg, story
from transforms.known_pages import KnownPages, journal_name, stored_pages
from transforms.load import LoadSettings, first_pages, load_stage, plan_parts

FETCH = {"contact": "mailto:us@site.example", "allow_loopback": True, "pause_s": 0, "retries": 0}
NAMES = ("1", "no", "gone", "moved", "text", "picture", "coded", "odd", "busy")
ANSWERS = {
    "/robots.txt": reply(b"User-agent: *\nDisallow: /no"),
    "/1": reply(story(1), "X-Twice: a", "X-Twice: b"),
    "/moved": reply(b"", "Location: /1", status="302 Found"),
    "/text": reply(b"text", content_type="text/plain"),
    "/picture": reply(jpeg(1), content_type="image/jpeg"),
    "/coded": reply(gzip.compress(story(2)), "Content-Encoding: gzip"),
    "/odd": reply(b"<html>\xff\r\n\r\n", "X-Odd:   \xe9 "),
    "/busy": reply(b"", status="503 Busy"),
}


def planned(folder: Path, server: Server, *names: str, **changes: Any) -> tuple[Block, Stage[LoadSettings]]:
    (folder / "list.txt").write_text("\n".join(f"{server.url}/{name}" for name in names))
    wanted = small_recipe({"kind": "urls", "path": str(folder / "list.txt")}, fetch=FETCH | changes)
    (part,) = plan_parts(wanted)
    return part, load_stage(wanted, LocalStore(str(folder / "out")))


def entries(path: str, urls: list[str]) -> dict[str, Any]:
    with Journal(path, read_only=True) as journal:
        return {url: journal.read(url) for url in urls if url in journal}


def test_a_committed_part_tells_what_its_journal_had(tmp_path: Path) -> None:
    with serve(ANSWERS) as server:
        part, stage = planned(tmp_path, server, *NAMES)
        commit = after(stage, part).latest
    urls = [url for _, url in part.payload[0]["urls"]]
    # One failure may pass, and so the journal stays.
    had = entries(stage.store.path(journal_name(part, stage)), urls)
    told = {url: (facts, data) for url, facts, data in stored_pages(commit, stage.store)}
    assert had.keys() == told.keys() == set(urls)
    for url in urls:
        assert told[url][1] == had[url][1], url
        assert without_details(told[url][0]) == without_details(had[url][0]), url


def without_details(facts: dict[str, Any]) -> dict[str, Any]:
    """A ledger keeps no details of refusals, an archive no blanks around the values of headers."""
    kept = {name: value for name, value in facts.items() if name not in ("detail", "headers")}
    headers = [[name.removeprefix("X-Crawler-"), value.strip()] for name, value in facts.get("headers", ())]
    return kept | {"headers": headers, "detail": "" if facts.get("refused") else facts.get("detail")}


@pytest.mark.parametrize("committed", [True, False])
def test_a_part_gets_what_another_one_of_its_list_has_but_failures_that_may_pass(
    tmp_path: Path, committed: bool
) -> None:
    with serve(ANSWERS) as server:
        part, stage = planned(tmp_path, server, *NAMES)
        after(stage, part)
        if committed:
            stage.store.remove(journal_name(part, stage))
        other, _ = planned(tmp_path, server, "new", *reversed(NAMES[1:]))
        asked = len(server.requests)
        KnownPages([part], stage).give(other)
        after(stage, other)
        again = {request.split()[1] for request in server.requests[asked:]}
    assert again - {"/robots.txt", "/.well-known/tdmrep.json"} == {"/new", "/busy"}


def test_a_part_that_is_fetched_otherwise_gives_nothing(tmp_path: Path) -> None:
    with serve(ANSWERS) as server:
        part, stage = planned(tmp_path, server, "1", "coded")
        after(stage, part)
        for options, given in (({"max_bytes": 9}, False), ({"timeout_s": 9}, True)):
            other, _ = planned(tmp_path, server, "1", **options)
            KnownPages([part], stage).give(other)
            assert stage.store.exists(journal_name(other, stage)) == given


def test_a_damaged_record_is_asked_for_again_and_the_others_are_not(tmp_path: Path) -> None:
    with serve(ANSWERS) as server:
        part, stage = planned(tmp_path, server, "1", "coded", "picture")
        commit = after(stage, part).latest
        stored = Path(stage.store.path(commit.files["warc.gz"].name))
        data = bytearray(stored.read_bytes())
        begin = data.index(b"\x1f\x8b", 10)
        data[begin : begin + 10] = b"0123456789"
        stored.write_bytes(data)
        assert [url.rpartition("/")[2] for url, *_ in stored_pages(commit, stage.store)] == ["coded", "picture"]


def test_first_pages_names_each_part_before_it_is_loaded(tmp_path: Path) -> None:
    with serve(ANSWERS) as server:
        part, stage = planned(tmp_path, server, "1", "coded")
        begun: list[Block] = []

        def begin(block: Block) -> None:
            assert stage.committed(block) is None
            begun.append(block)

        assert first_pages([part], stage, 1, begin) == begun
    assert [len(block.payload[0]["urls"]) for block in begun] == [1]
