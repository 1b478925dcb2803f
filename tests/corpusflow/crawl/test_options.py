"""What a crawl is told to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusflow.crawl.options import CrawlOptions
from corpusflow.errors import StartError

CONTACT = "mailto:us@site.example"


def options(*seeds: str, **changes: Any) -> CrawlOptions:
    return CrawlOptions(seeds=seeds, **{"contact": CONTACT, **changes})


@pytest.mark.parametrize("contact", ["", "us@site.example", "mailto:"])
def test_who_asks_must_be_told(contact: str) -> None:
    with pytest.raises(StartError, match="write `--contact https://"):
        options("http://site.example/", contact=contact)


def test_there_must_be_something_to_begin_with() -> None:
    with pytest.raises(StartError, match="nothing to begin with"):
        options()


def test_seeds_are_urls_lists_and_sitemaps(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\ufeff# ours\nhttp://b.example\n\nhttp://a.example/#x\nnothing\n", "utf-8")
    (tmp_path / "map.xml").write_text(
        "<urlset><url><loc>http://c.example/1</loc></url><sitemap><loc>http://c.example/2.xml</loc></sitemap></urlset>"
    )
    found = options("HTTP://A.example", str(tmp_path / "list.txt"), str(tmp_path / "map.xml")).begin
    assert found.pages == ("http://a.example/", "http://b.example/", "http://c.example/1")
    assert found.sitemaps == ("http://c.example/2.xml",)
    assert found.bad == 1


def test_a_seed_that_is_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="neither a URL nor a file"):
        options("nowhere.txt").begin  # noqa: B018
    with pytest.raises(StartError, match=r"seed ftp:.* not an http"):
        options("ftp://a.example/").begin  # noqa: B018
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(StartError, match="no http or https URL in it"):
        options(str(tmp_path / "empty.txt")).begin  # noqa: B018
    (tmp_path / "map.xml").write_text("<urlset><url>")
    with pytest.raises(StartError, match="sitemap_broken"):
        options(str(tmp_path / "map.xml")).begin  # noqa: B018


def test_a_crawl_stays_on_the_hosts_of_its_seeds_unless_told() -> None:
    assert options("http://www.a.example/", sitemaps=("http://b.example/1.xml",)).scope.hosts == {
        "a.example",
        "b.example",
    }
    assert options("http://a.example/", hosts=("c.example",)).scope.hosts == {"c.example"}


def test_what_decides_on_a_crawl_leaves_politeness_out(tmp_path: Path) -> None:
    listed = tmp_path / "no.txt"
    listed.write_text("b.example\n")
    plain = options("http://a.example/").deciding()
    assert options("http://a.example/", pause_s=9.0, workers=4, contact="https://x.example/").deciding() == plain
    assert options("http://a.example/", depth=4).deciding() != plain
    assert options("http://a.example/", opt_out=str(listed)).deciding() == plain


def test_an_opt_out_list_that_is_not_there_is_told() -> None:
    with pytest.raises(StartError, match="opt-out list cannot be read"):
        options("http://a.example/", opt_out="nowhere.txt").rules  # noqa: B018
