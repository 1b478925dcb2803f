"""What a crawl asks for next."""

from __future__ import annotations

from typing import Any

import pytest

from corpusflow.crawl import frontier as module
from corpusflow.crawl.frontier import Frontier, Item
from corpusflow.crawl.options import CrawlOptions

SITE = "http://site.example"


def frontier(*seeds: str, **changes: Any) -> Frontier:
    return Frontier(CrawlOptions(seeds=seeds or (f"{SITE}/",), contact="mailto:us@site.example", **changes))


def row(item: Item, **changes: Any) -> dict[str, Any]:
    """What came of an item: a page that leads nowhere."""
    nothing: dict[str, Any] = {"outcome": "stored", "final_url": item.url, "canonical": ""}
    lists: dict[str, list[str]] = {"links": [], "images": [], "sitemaps": []}
    return item._asdict() | nothing | lists | changes


def paths(items: list[Item]) -> list[str]:
    return [item.url.removeprefix(SITE) for item in items]


def test_links_are_asked_in_the_order_in_which_they_were_found_and_once() -> None:
    crawl = frontier(f"{SITE}/1", f"{SITE}/2")
    first, second = crawl.take()
    crawl.absorb(
        [row(first, links=[f"{SITE}/b", f"{SITE}/a#x", f"{SITE}/2"]), row(second, links=[f"{SITE}/a", f"{SITE}/c"])]
    )
    items = crawl.take()
    assert paths(items) == ["/b", "/a", "/c"]
    assert items[0] == Item(2, f"{SITE}/b", "page", 1, f"{SITE}/1")
    crawl.absorb([row(item, links=[f"{SITE}/1", f"{SITE}/a"]) for item in items])
    assert crawl.take() == []


def test_links_are_followed_to_the_depth_and_no_further() -> None:
    crawl = frontier(depth=1)
    crawl.absorb([row(crawl.take()[0], links=[f"{SITE}/1"])])
    (item,) = crawl.take()
    crawl.absorb([row(item, links=[f"{SITE}/2"], images=[f"{SITE}/1.jpg"])])
    assert paths(crawl.take()) == ["/1.jpg"]


def test_no_more_pages_than_wanted_are_asked_and_the_rest_is_told() -> None:
    crawl = frontier(max_pages=3)
    crawl.absorb([row(crawl.take()[0], links=[f"{SITE}/{n}" for n in range(5)], images=[f"{SITE}/a.jpg"])])
    assert paths(crawl.take()) == ["/0", "/1", "/a.jpg"]
    assert crawl.not_queued["over_max_pages"] == 3


def test_what_is_not_asked_is_counted_by_its_reason_and_once() -> None:
    crawl = frontier(prefixes=("/a/",))
    bad = [
        "http://other.example/",
        f"{SITE}/b",
        f"{SITE}/a/x/x/x",
        "http://other.example/",
        f"{SITE}/a/".ljust(2001, "y"),
    ]
    crawl.absorb([row(crawl.take()[0], links=[*bad, f"{SITE}/a/1"])])
    assert paths(crawl.take()) == ["/a/1"]
    assert +crawl.not_queued == {"out_of_scope": 2, "path_repeats": 1, "url_too_long": 1}


def test_what_is_no_url_is_counted_too() -> None:
    crawl = frontier()
    crawl.absorb([row(crawl.take()[0], links=["nothing"])])
    assert (crawl.take(), crawl.not_queued["bad_url"]) == ([], 1)


def test_where_a_redirect_led_counts_as_asked() -> None:
    crawl = frontier(f"{SITE}/old", f"{SITE}/b")
    old, other = crawl.take()
    crawl.absorb([row(old, final_url=f"{SITE}/new"), row(other, links=[f"{SITE}/new", f"{SITE}/c"])])
    assert paths(crawl.take()) == ["/c"]


def test_a_canonical_url_is_asked_at_the_depth_of_its_page() -> None:
    crawl = frontier(depth=0)
    crawl.absorb([row(crawl.take()[0], canonical=f"{SITE}/whole", links=[f"{SITE}/1"])])
    assert [(item.url, item.depth) for item in crawl.take()] == [(f"{SITE}/whole", 0)]


def test_an_image_is_asked_once_whatever_its_scheme_and_wherever_it_is() -> None:
    crawl = frontier(f"{SITE}/1", f"{SITE}/2")
    first, second = crawl.take()
    image = "http://pictures.example/a.jpg?utm_source=x"
    crawl.absorb([row(first, images=[image]), row(second, images=[image.replace("http:", "https:")])])
    assert [(item.url, item.kind) for item in crawl.take()] == [(image, "image")]


def test_no_image_is_asked_where_none_is_wanted() -> None:
    crawl = frontier(images=False)
    crawl.absorb([row(crawl.take()[0], images=[f"{SITE}/a.jpg"])])
    assert crawl.take() == []


def test_the_pages_of_a_sitemap_are_seeds_within_the_scope() -> None:
    crawl = frontier(sitemaps=(f"{SITE}/s.xml",), depth=0)
    sitemap, _ = crawl.take()
    assert (sitemap.kind, sitemap.depth) == ("sitemap", 0)
    crawl.absorb(
        [row(sitemap, outcome="sitemap", links=[f"{SITE}/1", "http://other.example/"], sitemaps=[f"{SITE}/t.xml"])]
    )
    assert [(item.url, item.kind, item.depth) for item in crawl.take()] == [
        (f"{SITE}/t.xml", "sitemap", 1),
        (f"{SITE}/1", "page", 0),
    ]
    assert crawl.not_queued["out_of_scope"] == 1


def test_sitemaps_are_bounded_in_depth_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    crawl = frontier(sitemaps=(f"{SITE}/0.xml",))
    for level in range(1, module.SITEMAP_DEPTH + 1):
        crawl.absorb([row(crawl.take()[0], outcome="sitemap", sitemaps=[f"{SITE}/{level}.xml"])])
    (item,) = crawl.take()
    assert item.depth == module.SITEMAP_DEPTH
    crawl.absorb([row(item, outcome="sitemap", sitemaps=[f"{SITE}/deeper.xml"])])
    assert crawl.take() == []
    monkeypatch.setattr(module, "MAX_SITEMAPS", 2)
    crawl = frontier(sitemaps=tuple(f"{SITE}/{n}.xml" for n in range(3)))
    assert len([item for item in crawl.take() if item.kind == "sitemap"]) == 2
    assert crawl.not_queued["over_max_sitemaps"] == 1


def test_what_is_asked_again_gets_new_ranks_and_leads_on_as_it_would_have() -> None:
    crawl = frontier(max_pages=2)
    (seed,) = crawl.take()
    crawl.absorb([row(seed, outcome="failed", final_url="")])
    assert crawl.take() == []
    assert crawl.again([]) == []
    (again,) = crawl.again([seed])
    assert again == seed._replace(rank=1)
    crawl.absorb([row(again, links=[f"{SITE}/1", f"{SITE}/2"])])
    (page,) = crawl.take()
    assert page == Item(2, f"{SITE}/1", "page", 1, seed.url)


def test_the_sitemaps_of_robots_txt_are_asked_where_that_is_wanted() -> None:
    assert [item.kind for item in frontier().take()] == ["page"]
    crawl = frontier(f"{SITE}/1", f"{SITE}/2", robots_sitemaps=True)
    robots, *_ = crawl.take()
    assert (robots.url, robots.kind) == (f"{SITE}/robots.txt", "robots")
    crawl.absorb([row(robots, outcome="robots", sitemaps=[f"{SITE}/s.xml"])])
    assert paths(crawl.take()) == ["/s.xml"]


def test_a_seed_need_not_stand_below_a_prefix_but_on_a_host_of_the_crawl() -> None:
    assert paths(frontier(prefixes=("/docs/",)).take()) == ["/"]
    crawl = frontier(hosts=("other.example",))
    assert crawl.take() == []
    assert crawl.not_queued["out_of_scope"] == 1
