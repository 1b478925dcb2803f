"""Whole crawls of made sites: what they find, what they leave, and how they go on after they were killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpusflow.crawl.options import CrawlOptions
from corpusflow.errors import RunError, StartError
from corpusflow.fetch import retries
from corpusflow.store.journal import Journal
from jobs.crawl import run_crawl
from tests.jobs.runs import run
from tests.sites import Answer, Site, links, serve
from tests.web import jpeg, recipe, story

SITE_FILES = ("/robots.txt", "/.well-known/tdmrep.json")


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_S", 0.01)


def options(*seeds: str, **changes: Any) -> CrawlOptions:
    plain: dict[str, Any] = {"contact": "mailto:us@site.example", "pause_s": 0.0, "allow_loopback": True}
    return CrawlOptions(seeds=seeds, **(plain | changes))


def crawled(output: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(output / "pages.parquet").to_pylist()
    return rows


def stories(numbers: range) -> dict[str, Answer]:
    """A chain of pages with a picture each, from a front page."""
    pages: dict[str, Answer] = {"/": links("/0.html")}
    for number in numbers:
        onward = f'<a href="/{number + 1}.html">on</a><a href="/">home</a></article>'.encode()
        pages[f"/{number}.html"] = Answer(story(number).replace(b"</article>", onward))
        pages[f"/{number}.jpg"] = Answer(jpeg(number), "image/jpeg")
    return pages


def asked(site: Site) -> Counter[str]:
    return Counter({path: count for path, count in site.asked.items() if path not in SITE_FILES})


def test_two_sites_are_crawled_to_the_depth_and_every_url_is_asked_once(tmp_path: Path) -> None:
    first, second = stories(range(6)), stories(range(10, 13)) | {"/": links("/10.html")}
    with serve(first.get, "127.0.0.2") as one, serve(second.get, "127.0.0.3") as two:
        report, before = run_crawl(options(one.url, two.url, depth=4), str(tmp_path / "out"))
        assert not before
        assert asked(one) == Counter(["/", *(f"/{n}.html" for n in range(4)), *(f"/{n}.jpg" for n in range(4))])
        assert set(asked(two)) == {*second, "/13.html"}
        assert max(asked(two).values()) == 1
    totals = report["totals"]
    assert (totals["pages"], totals["images"], totals["failed"]) == (9, 7, {"http_404": 1})
    rows = crawled(tmp_path / "out")
    assert [row["rank"] for row in rows] == list(range(17))
    assert [row["depth"] for row in rows if row["kind"] == "page"] == sorted([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    assert not list((tmp_path / "out").rglob("*.journal"))


def test_a_recipe_finds_the_pages_and_the_images_of_a_crawl(tmp_path: Path) -> None:
    pages = stories(range(4)) | {"/1.jpg": Answer(status=302, headers={"Location": "/moved.jpg"})}
    pages["/moved.jpg"] = Answer(jpeg(1), "image/jpeg")
    with serve(pages.get) as site:
        run_crawl(options(site.url, depth=9), str(tmp_path / "out"))
    manifest = run(tmp_path / "corpus", recipe({"kind": "warc", "path": str(tmp_path / "out" / "warc")}))
    assert manifest["samples"] == 4


def test_a_finished_crawl_asks_for_nothing_more(tmp_path: Path) -> None:
    with serve(stories(range(2)).get) as site:
        report, _ = run_crawl(options(site.url), str(tmp_path / "out"))
        site.asked.clear()
        assert run_crawl(options(site.url), str(tmp_path / "out")) == (report, True)
        assert not site.asked


def test_another_crawl_or_another_folder_is_refused(tmp_path: Path) -> None:
    with serve(stories(range(1)).get) as site:
        run_crawl(options(site.url), str(tmp_path / "out"))
        with pytest.raises(StartError, match="holds a crawl with other depth, max_pages"):
            run_crawl(options(site.url, depth=1, max_pages=7), str(tmp_path / "out"))
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "file").touch()
        with pytest.raises(StartError, match="is not empty and holds no crawl"):
            run_crawl(options(site.url), str(tmp_path / "other"))
        with pytest.raises(StartError, match="is a file"):
            run_crawl(options(site.url), str(tmp_path / "other" / "file"))
        (tmp_path / "out" / "crawl.json").write_text("{")
        with pytest.raises(StartError, match=r"crawl.json is damaged: .*give another --output; .* in .*/out/warc"):
            run_crawl(options(site.url), str(tmp_path / "out"))


def test_a_crawl_that_got_nothing_fails_with_the_cause_and_begins_anew(tmp_path: Path) -> None:
    pages: dict[str, Answer] = {}
    with serve(pages.get) as site:
        with pytest.raises(RunError, match=r"no page could be stored \(http_404 1\).*404 Not Found|http_404"):
            run_crawl(options(site.url), str(tmp_path / "out"))
        pages |= stories(range(1))
        report, before = run_crawl(options(site.url), str(tmp_path / "out"))
        assert (report["totals"]["pages"], before) == (2, False)


def test_robots_txt_and_an_opt_out_list_are_obeyed_and_told(tmp_path: Path) -> None:
    pages = stories(range(3)) | {"/robots.txt": Answer(b"User-agent: *\nDisallow: /1.\n", "text/plain")}
    with serve(pages.get) as site:
        (tmp_path / "no.txt").write_text(f"{site.url}/0.jpg\n")
        begin = options(site.url, depth=9, opt_out=str(tmp_path / "no.txt"))
        report, _ = run_crawl(begin, str(tmp_path / "out"))
        assert not {"/1.html", "/0.jpg"} & set(site.asked)
    assert report["totals"]["refused"] == {"opted_out_by_list": 1, "robots_disallowed": 1}
    refused = {row["url"]: row["reason"] for row in crawled(tmp_path / "out") if row["outcome"] == "refused"}
    assert refused == {f"{site.url}/1.html": "robots_disallowed", f"{site.url}/0.jpg": "opted_out_by_list"}


def test_a_sitemap_leads_to_pages_that_no_link_names(tmp_path: Path) -> None:
    pages = stories(range(1))
    with serve(pages.get) as site:
        found = "".join(f"<url><loc>{site.url}/{name}</loc></url>" for name in ("hidden", "0.html"))
        index = f"<sitemapindex><sitemap><loc>{site.url}/s.xml</loc></sitemap></sitemapindex>"
        pages["/hidden"] = Answer(story(7))
        pages["/s.xml"] = Answer(f"<urlset>{found}</urlset>".encode(), "application/xml")
        pages["/index.xml"] = Answer(index.encode(), "application/xml")
        pages["/robots.txt"] = Answer(f"Sitemap: {site.url}/index.xml\n".encode(), "text/plain")
        for name, begin in (
            ("seed", options(f"{site.url}/index.xml", depth=0)),
            ("given", options(sitemaps=(f"{site.url}/index.xml",), depth=0)),
            ("robots", options(site.url, depth=0, robots_sitemaps=True)),
        ):
            run_crawl(begin, str(tmp_path / name))
            stored = {row["url"] for row in crawled(tmp_path / name) if row["outcome"] == "stored"}
            assert {f"{site.url}/hidden", f"{site.url}/0.html"} <= stored


def test_a_page_that_is_an_image_to_another_page_is_followed_and_asked_for_once(tmp_path: Path) -> None:
    pages = {"/b.html": links("/c.html"), "/c.html": Answer(story(1))}
    pages["/"] = Answer(b'<html><body><p>words</p><a href="/b.html">b</a><img src="/b.html"></body></html>')
    with serve(pages.get) as site:
        run_crawl(options(site.url), str(tmp_path / "out"))
        assert {path: asked(site)[path] for path in pages} == dict.fromkeys(pages, 1)
    rows = {(row["url"].removeprefix(site.url), row["kind"]): row["outcome"] for row in crawled(tmp_path / "out")}
    assert rows[("/b.html", "page")] == rows[("/c.html", "page")] == "stored"
    assert rows[("/b.html", "image")] == "not_image"


def test_a_crawl_asks_for_robots_txt_once(tmp_path: Path) -> None:
    with serve(stories(range(6)).get) as site:
        report, _ = run_crawl(options(site.url, depth=9), str(tmp_path / "out"))
    assert report["totals"]["rounds"] > 5
    assert [site.asked[path] for path in SITE_FILES] == [1, 1]


def failing(pages: dict[str, Answer], *paths: str) -> dict[str, Answer]:
    return pages | dict.fromkeys(paths, Answer(status=500))


def test_what_failed_is_asked_for_again_where_that_is_wanted_and_nothing_else_is(tmp_path: Path) -> None:
    pages = stories(range(5))
    served = failing(pages, "/1.html", "/0.jpg")
    with serve(served.get) as site:
        begin = options(site.url, depth=9)
        first, _ = run_crawl(begin, str(tmp_path / "out"))
        assert first["totals"]["failed"] == {"http_500": 2}
        before = sorted((tmp_path / "out" / "warc").iterdir())
        served |= pages
        assert run_crawl(begin, str(tmp_path / "out")) == (first, True)
        site.asked.clear()
        again, was_finished = run_crawl(begin, str(tmp_path / "out"), retry_failed=True)
        assert not was_finished
        new = [f"/{number}.{kind}" for number in range(1, 5) for kind in ("html", "jpg")]
        assert asked(site) == Counter(["/0.jpg", *new, "/5.html"])
        assert set(before) < set((tmp_path / "out" / "warc").iterdir()), "archives stay, others come beside them"
        site.asked.clear()
        assert run_crawl(begin, str(tmp_path / "out"), retry_failed=True) == (again, True)
        assert not site.asked
    totals = again["totals"]
    assert (totals["pages"], totals["images"], totals["failed"]) == (6, 5, {"http_404": 1})
    rows = crawled(tmp_path / "out")
    assert len({(row["kind"], row["url"]) for row in rows}) == len(rows) == totals["asked"]
    ranks = [row["rank"] for row in rows]
    assert ranks == sorted(set(ranks))


def test_what_fails_again_is_told_once_and_can_be_asked_for_a_third_time(tmp_path: Path) -> None:
    pages = stories(range(2))
    served = failing(pages, "/1.html")
    with serve(served.get) as site:
        first, _ = run_crawl(options(site.url), str(tmp_path / "out"))
        site.asked.clear()
        second, _ = run_crawl(options(site.url), str(tmp_path / "out"), retry_failed=True)
        assert set(asked(site)) == {"/1.html"}
        assert second["totals"]["failed"] == first["totals"]["failed"] == {"http_500": 1}
        assert second["totals"]["asked"] == first["totals"]["asked"]
        served |= pages
        third, _ = run_crawl(options(site.url), str(tmp_path / "out"), retry_failed=True)
    assert third["totals"]["pages"] == second["totals"]["pages"] + 1


def test_what_is_asked_for_again_does_not_count_twice_towards_the_limit_of_pages(tmp_path: Path) -> None:
    pages = stories(range(5))
    served = failing(pages, "/1.html")
    with serve(served.get) as site:
        begin = options(site.url, depth=9, max_pages=4)
        run_crawl(begin, str(tmp_path / "out"))
        served |= pages
        report, _ = run_crawl(begin, str(tmp_path / "out"), retry_failed=True)
    assert report["totals"]["pages"] == 4
    assert report["totals"]["not_queued"]["over_max_pages"] == 1


def test_a_crawl_that_stopped_while_it_asked_again_goes_on_without_being_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = stories(range(3))
    served = failing(pages, "/1.html")
    with serve(served.get) as site:
        begin = options(site.url, depth=9)
        run_crawl(begin, str(tmp_path / "out"))
        served |= pages
        with monkeypatch.context() as broken:
            broken.setattr("jobs.crawl.run_graph", stopped)
            with pytest.raises(KeyboardInterrupt):
                run_crawl(begin, str(tmp_path / "out"), retry_failed=True)
        report, was_finished = run_crawl(begin, str(tmp_path / "out"))
    assert (report["totals"]["pages"], was_finished) == (4, False)


def stopped(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_crawl_without_a_network_tells_how_to_go_on_and_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages, mended = stories(range(2)), threading.Event()

    def answer(path: str) -> Answer | None:
        mended.wait(1)
        return pages.get(path)

    begin: dict[str, Any] = {"depth": 9, "timeout_s": 0.3}
    with serve(answer) as site:
        with monkeypatch.context() as small:
            small.setattr("corpusflow.fetch.outage.HOSTS", 1)
            with pytest.raises(RunError, match=r"network seems to be down.*give the same command again") as told:
                run_crawl(options(site.url, **begin), str(tmp_path / "out"))
            assert "corpusflow run" not in str(told.value)
        mended.set()
        report, _ = run_crawl(options(site.url, **begin), str(tmp_path / "out"))
    assert report["totals"]["pages"] == 3


def test_an_opt_out_list_may_grow_while_a_crawl_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(stories(range(3)).get) as site:
        with monkeypatch.context() as broken:
            broken.setattr("jobs.crawl._Crawl._write_pages", stopped)
            with pytest.raises(KeyboardInterrupt):
                run_crawl(options(site.url, depth=1), str(tmp_path / "out"))
        site.asked.clear()
        (tmp_path / "no.txt").write_text("elsewhere.example\n")
        begin = options(site.url, depth=1, opt_out=str(tmp_path / "no.txt"))
        report, _ = run_crawl(begin, str(tmp_path / "out"))
        assert not site.asked
    assert report["totals"]["pages"] == 2


def test_two_workers_get_what_one_gets(tmp_path: Path) -> None:
    with ExitStack() as sites:
        seeds = [sites.enter_context(serve(stories(range(1)).get, f"127.0.0.{n}")).url for n in (2, 3, 4)]
        for workers in (1, 2):
            run_crawl(options(*seeds, workers=workers, depth=1, images=False), str(tmp_path / str(workers)))
    names = ("rank", "url", "outcome", "referrer", "links", "images")
    one, two = ([[row[name] for name in names] for row in crawled(tmp_path / n)] for n in "12")
    assert one == two


def journaled(output: Path, site: Site) -> set[str]:
    """Paths of which a killed crawl knows what came."""
    known = {f"{site.url}{path}" for path in site.asked}
    found = {url for file in output.glob("warc/round-*.parquet") for url in pq.read_table(file)["url"].to_pylist()}
    for file in output.glob("warc/*.journal"):
        with Journal(str(file)) as journal:
            found |= {url for url in known if url in journal}
    return {url.removeprefix(site.url) for url in found}


def command(output: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "corpusflow.cli", "crawl", *words, "--output", str(output), "--pause", "0"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX systems")
def test_a_crawl_that_is_killed_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    pages = {"/": links(*(f"/{n}.html" for n in range(40)))}
    for number in range(40):
        pages[f"/{number}.html"] = Answer(story(number))
        pages[f"/{number}.jpg"] = Answer(jpeg(number), "image/jpeg")
    with serve(pages.get) as site:
        run_crawl(options(site.url), str(tmp_path / "whole"))
    output = tmp_path / "killed"
    with serve(pages.get, delay_s=0.02) as site:
        words = command(output, site.url, "--contact", "mailto:us@site.example", "--allow-loopback", "--json")
        recorded: Counter[str] = Counter()
        for answers in (8, 30, 60):
            with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while process.poll() is None and sum(asked(site).values()) < answers:
                    time.sleep(0.005)
                assert process.poll() is None
                process.send_signal(signal.SIGKILL)
            before = asked(site)
            recorded |= Counter({path: before[path] for path in journaled(output, site)})
        assert len(recorded) > 30
        result = subprocess.run(words, capture_output=True, text=True, check=True)
        after = asked(site)
        assert {path: after[path] for path in recorded} == recorded
        assert set(after) == {*pages}
        address = site.url
    assert json.loads(result.stdout)["totals"]["pages"] == 41
    names = ("url", "kind", "outcome", "record")
    whole, killed = (crawled(tmp_path / name) for name in ("whole", "killed"))
    base = whole[0]["url"].rstrip("/")
    assert [[row[name].replace(address, base) for name in names] for row in killed] == [
        [row[name] for name in names] for row in whole
    ]


def test_the_command_asks_again_for_what_failed(tmp_path: Path) -> None:
    pages = stories(range(1))
    served = pages | {"/0.html": Answer(status=503, headers={"Retry-After": "0"})}
    with serve(served.get) as site:
        words = command(tmp_path / "out", site.url, "--allow-loopback", "--contact", "https://us.example/about")
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert "failed    http_503 1\n          1 of them may be had later: --retry-failed" in told
        served |= pages
        told = subprocess.run([*words, "--retry-failed"], capture_output=True, text=True, check=True).stdout
    assert "pages     2\nimages    1\n" in told


def test_the_command_tells_what_came_and_where_it_is(tmp_path: Path) -> None:
    with serve(stories(range(2)).get) as site:
        words = command(tmp_path / "out", site.url, "--allow-loopback")
        refused = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (refused.returncode, "write `--contact" in refused.stderr) == (2, True)
        words += ["--contact", "https://us.example/about"]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert "pages     3\nimages    2\n" in told
        assert f"  - kind: warc\n    path: {tmp_path / 'out' / 'warc'}\n" in told
        assert "nothing was asked for" in subprocess.run(words, capture_output=True, text=True, check=True).stdout
        nothing = command(tmp_path / "none", f"{site.url}/none", "--allow-loopback", "--contact", "mailto:a@b.example")
        failed = subprocess.run(nothing, capture_output=True, text=True, check=False)
        assert (failed.returncode, "http_404" in failed.stderr, "Traceback" in failed.stderr) == (1, True, False)
