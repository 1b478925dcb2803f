"""Runs that ask a web server on loopback: lists of pages, and images that no archive holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpusflow.errors import RecipeError, RunError
from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.http_server import listening
from tests.web import jpeg, page, recipe, sentence, story, write_warc

FETCH = {
    "contact": "mailto:us@site.example",
    "allow_loopback": True,
    "timeout_s": 5,
    "block_images": 2,
    "pause_s": 0,
    "retries": 0,
}


@contextmanager
def site(
    files: Mapping[str, bytes], port: int = 0, failing: Collection[str] = (), moved: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Counter[str]]]:
    """A web site on loopback: its address, and how often each path was asked for, the site's rules apart. failing:
    paths that are answered with 503 as long as there is no file. moved: where paths redirect to."""
    asked: Counter[str] = Counter()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in ("/robots.txt", "/.well-known/tdmrep.json"):
                asked[self.path] += 1
            if moved and self.path in moved:
                self.send_response(302)
                self.send_header("Location", moved[self.path])
                self.end_headers()
                return
            body = files.get(self.path)
            self.send_response(200 if body is not None else 503 if self.path in failing else 404)
            self.send_header("Content-Type", "image/jpeg" if self.path.endswith(".jpg") else "text/html")
            self.end_headers()
            self.wfile.write(body or b"")

    with listening(Answering, port=port) as url:
        yield url, asked


def run(output: Path, data: dict[str, Any], retry_failed: bool = False) -> dict[str, Any]:
    registry = available_filters()
    options = RunOptions(retry_failed=retry_failed)
    manifest = run_corpus(parse_recipe(data, registry), registry, str(output), options)
    assert manifest is not None
    return manifest


def stories(numbers: range) -> dict[str, bytes]:
    return {f"/{n}.html": story(n) for n in numbers} | {f"/{n}.jpg": jpeg(n) for n in numbers}


def test_a_list_of_pages_is_fetched_once_and_read_like_an_archive(tmp_path: Path) -> None:
    files = stories(range(5)) | {"/robots.txt": b"User-agent: *\nDisallow: /4\n"}
    with site(files) as (address, asked):
        lines = ["# our pages", *(f"{address}/{n}.html" for n in range(6)), "no url"]
        (tmp_path / "pages.txt").write_text("\n".join(lines))
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH | {"web": True})
        data["limits"] = {"failed_documents": 0.5}
        first = run(tmp_path / "out", data)
        assert run(tmp_path / "out", data) == first
    assert first["samples"] == 4
    assert first["summary"]["records"]["dropped"] == {"fetch/robots_disallowed": 1}
    assert first["summary"]["records"]["failed"] == {"load/bad_url": 1, "load/http_404": 1}
    assert asked == {
        **{f"/{n}.html": 1 for n in (0, 1, 2, 3, 5)},
        **{f"/{n}.jpg": 1 for n in range(4)},
    }


def test_of_lines_that_lead_to_one_page_one_is_kept(tmp_path: Path) -> None:
    with site(stories(range(2)), moved={"/old": "/0.html"}) as (address, _):
        lines = [f"{address}/{path}" for path in ("0.html", "0.html#part", "1/../0.html", "old", "1.html")]
        (tmp_path / "pages.txt").write_text("\n".join(lines))
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH)
        summary = run(tmp_path / "out", data)["summary"]
    assert summary["documents"]["in"] == 5
    assert summary["documents"]["kept"] == 2
    assert summary["documents"]["dropped"] == {"select/same_url": 3}


def test_a_list_that_grows_has_only_what_is_new_fetched(tmp_path: Path) -> None:
    with site(stories(range(6))) as (address, asked):
        lines = [f"{address}/{n}.html" for n in range(6)]
        (tmp_path / "pages.txt").write_text("\n".join(lines[1:4]))
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH)
        registry = available_filters()
        run_corpus(parse_recipe(data, registry), registry, str(tmp_path / "out"), RunOptions(limit=2))
        assert run(tmp_path / "out", data)["samples"] == 3
        (tmp_path / "pages.txt").write_text("\n".join(lines))
        grown = run(tmp_path / "out", data)
        assert {asked[f"/{n}.html"] for n in range(6)} == {1}
        assert {asked[f"/{n}.jpg"] for n in range(6)} == {1}
    assert grown["samples"] == 6


def test_images_that_no_archive_holds_are_fetched_each_once(tmp_path: Path) -> None:
    shared = {"/shared.jpg": jpeg(77)} | {f"/{n}.jpg": jpeg(n) for n in range(4)}
    with site(shared) as (address, asked):
        pages = [
            (f"{address}/{n}.html", page(f"P{n}", sentence(n), "/shared.jpg", sentence(n + 50), f"/{n}.jpg"))
            for n in range(5)
        ]
        archive = write_warc(tmp_path / "a.warc.gz", [*pages, (f"{address}/0.jpg", jpeg(0))])
        summary = run(tmp_path / "out", recipe({"kind": "warc", "path": str(archive)}, fetch=FETCH))["summary"]
    assert asked["/shared.jpg"] == 1
    assert asked["/0.jpg"] == 0, "its bytes stand in the archive"
    assert summary["images"]["failed"] == {"fetch/http_404": 1}
    assert summary["fetched"] == {"asked": 6, "failed": 1}


def test_private_addresses_are_refused_unless_the_recipe_allows_loopback(tmp_path: Path) -> None:
    with site(stories(range(1))) as (address, asked):
        archive = write_warc(tmp_path / "a.warc.gz", [(f"{address}/0.html", story(0))])
        data = recipe({"kind": "warc", "path": str(archive)}, fetch={"contact": "mailto:us@site.example"})
        with pytest.raises(RunError, match=r"1 of 1 images failed.*address_refused"):
            run(tmp_path / "out", data)
    assert not asked
    rows = pq.read_table(tmp_path / "out/ledger/ledger.parquet").to_pylist()
    assert [row["reason"] for row in rows if row["unit"] == "image"] == ["address_refused"]


def test_a_run_in_which_no_site_can_be_read_is_no_success(tmp_path: Path) -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

    with listening(Broken) as address:
        archive = write_warc(tmp_path / "a.warc.gz", [(f"{address}/{n}.html", story(n)) for n in range(3)])
        with pytest.raises(RunError, match="3 of 3 images failed"):
            run(tmp_path / "out", recipe({"kind": "warc", "path": str(archive)}, fetch=FETCH))


def test_sources_without_a_page_are_no_success(tmp_path: Path) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", [("http://site.example/0.jpg", jpeg(0))])
    with pytest.raises(RunError, match="the sources hold no page"):
        run(tmp_path / "out", recipe({"kind": "warc", "path": str(archive)}))


def test_pages_that_failed_for_a_passing_reason_are_fetched_again_where_that_is_asked_for(tmp_path: Path) -> None:
    with site({}) as (address, _):
        port = int(address.rpartition(":")[2])
    (tmp_path / "pages.txt").write_text("\n".join(f"{address}/{n}.html" for n in range(3)))
    data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH)
    with pytest.raises(RunError, match=r"3 of 3 documents failed.*connect_failed.*--retry-failed"):
        run(tmp_path / "out", data)
    with site(stories(range(3)), port) as (_, asked):
        with pytest.raises(RunError, match="3 of 3 documents failed"):
            run(tmp_path / "out", data)
        assert not asked
        assert run(tmp_path / "out", data, retry_failed=True)["samples"] == 3
        assert run(tmp_path / "out", data)["samples"] == 3
    assert set(asked.values()) == {1}


def test_a_retry_fetches_only_the_pages_that_failed_and_leaves_the_blocks_of_the_others(tmp_path: Path) -> None:
    files = stories(range(7))
    missing = files.pop("/1.html")
    with site(files, failing={"/1.html"}) as (address, asked):
        (tmp_path / "pages.txt").write_text("\n".join(f"{address}/{n}.html" for n in range(7)))
        data = recipe({"kind": "urls", "path": str(tmp_path / "pages.txt")}, fetch=FETCH)
        first = run(tmp_path / "out", data)
        assert first["summary"]["records"]["failed"] == {"load/http_503": 1}
        extracted = stage_files(tmp_path / "out", "extract")
        files["/1.html"] = missing
        second = run(tmp_path / "out", data, retry_failed=True)
    assert second["samples"] == first["samples"] + 1 == 7
    assert asked["/1.html"] == 2
    assert {asked[f"/{n}.html"] for n in range(7) if n != 1} == {1}
    again = stage_files(tmp_path / "out", "extract")
    assert len(extracted) == 2
    assert {name: again[name] for name in extracted} == extracted, "what was there is not extracted again"


def test_a_retry_fetches_only_the_images_that_failed_for_a_passing_reason(tmp_path: Path) -> None:
    files = {f"/{n}.jpg": jpeg(n) for n in range(6)}
    missing = files.pop("/1.jpg")
    del files["/2.jpg"]
    with site(files, failing={"/1.jpg"}) as (address, asked):
        pages = [(f"{address}/{n}.html", story(n)) for n in range(6)]
        archive = write_warc(tmp_path / "a.warc.gz", pages)
        data = recipe({"kind": "warc", "path": str(archive)}, fetch=FETCH)
        first = run(tmp_path / "out", data)
        assert first["summary"]["fetched"] == {"asked": 6, "failed": 2}
        made = stage_files(tmp_path / "out", "embed")
        still = run(tmp_path / "out", data, retry_failed=True)
        assert still["summary"]["fetched"] == {"asked": 6, "failed": 2}
        files["/1.jpg"] = missing
        second = run(tmp_path / "out", data, retry_failed=True)
        later = run(tmp_path / "out", data)
    assert (first["samples"], second["samples"]) == (4, 5)
    assert later["shards"] == second["shards"]
    assert second["summary"]["fetched"] == {"asked": 6, "failed": 1}
    assert {path: asked[path] for path in asked if path.endswith(".jpg")} == {
        "/0.jpg": 1, "/1.jpg": 3, "/2.jpg": 1, "/3.jpg": 1, "/4.jpg": 1, "/5.jpg": 1,
    }  # fmt: skip
    again = stage_files(tmp_path / "out", "embed")
    assert {name: again[name] for name in made} == made, "no picture that was there is embedded again"
    transfers = pq.read_table(tmp_path / "out/ledger/transfers.parquet").to_pylist()
    told = {(row["url"].rpartition("/")[2], row["outcome"], row["reason"], row["status"]) for row in transfers}
    assert {("0.jpg", "ok", "", 200), ("2.jpg", "failed", "http_404", 404), ("1.jpg", "ok", "", 200)} <= told


def test_a_list_that_grew_takes_out_what_was_fetched_through_a_redirect(tmp_path: Path) -> None:
    (tmp_path / "opted.txt").write_text("other.example\n")
    files = {"/0.jpg": jpeg(0)}
    with site(files) as (address, asked):
        port = address.rpartition(":")[2]
        near, far = f"http://near.example:{port}", f"http://far.example:{port}"
        files_of_far = {"/1.jpg": f"{far}/0.jpg"}
        with site({}, moved=files_of_far) as (mover, _):
            hosts = {"near.example": "127.0.0.1", "far.example": "127.0.0.1", "mover.example": "127.0.0.1"}
            moved = f"http://mover.example:{mover.rpartition(':')[2]}/1.jpg"
            archive = write_warc(
                tmp_path / "a.warc.gz", [(f"{near}/a.html", page("A", sentence(1), moved, sentence(2)))]
            )
            data = recipe({"kind": "warc", "path": str(archive)}, fetch=FETCH | {"hosts": hosts})
            data["consent"] = {"opt_out": str(tmp_path / "opted.txt")}
            assert run(tmp_path / "out", data)["samples"] == 1
            (tmp_path / "opted.txt").write_text("far.example\n")
            second = run(tmp_path / "out", data)
    assert second["samples"] == 0
    assert second["summary"]["images"]["dropped"] == {"fetch/opted_out_by_list": 1}
    assert asked == {"/0.jpg": 1}


def stage_files(output: Path, stage: str) -> dict[str, int]:
    """When the tables of a stage were written, by name."""
    return {path.name: path.stat().st_mtime_ns for path in output.glob(f"stages/{stage}-*/*.parquet")}


def test_a_list_without_the_web_is_a_mistake() -> None:
    with pytest.raises(RecipeError, match=r"^sources\[0\]: the pages of a list are fetched from the web"):
        parse_recipe(recipe({"kind": "urls", "path": "x"}), available_filters())
