from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apache_beam as beam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.decision import Decision
from corpusflow.errors import ConsentError, FetchError
from corpusflow.images.decode import Limits
from corpusflow.recipe import Recipe
from corpusflow.store.address import content_version
from corpusflow.store.block import Block, Stage
from corpusflow.store.journal import Journal
from corpusflow.store.journals import open_journal
from corpusflow.store.paths import LocalStore, Store
from tests.corpusflow.fetch.bad_server import reply, serve
from tests.transforms.blocks import after, commit_table, loaded_parts, outcome, run_on_beam, small_recipe, table
from tests.web import HOST, captures, jpeg, write_warc
from transforms.fetch import (
    MESSAGE_CHARACTERS,
    FetchImages,
    WantedImages,
    archived_images,
    fetch_stage,
    image_mentions,
    image_row,
    wanted_images,
)
from transforms.image_blocks import STRETCH, FetchSettings, Place, Wanted, bucket_of, plan_image_blocks, wanted_from
from transforms.select import SCHEMA as SELECTED

LIMITS = Limits()


def place(source: str = "a.warc", position: int = 0, path: str = __file__, version: str = "v") -> Place:
    return Place(source, position, path, position, 10, "image/jpeg", "u", version)


def selected(store: LocalStore, block: str, *documents: Iterable[str]) -> Block:
    """A document block whose surviving documents show these images."""
    rows = [{"id": str(number), "gone": [], "images": list(urls)} for number, urls in enumerate(documents)]
    return Block(block, (commit_table(store, "select", block, SELECTED, rows),))


def image_block(*items: Wanted) -> Block:
    return Block("images", payload=tuple((item.url, item.place and tuple(item.place)) for item in items))


def plan(stage: Stage[FetchSettings], items: Iterable[Wanted]) -> list[Block]:
    """The blocks of all buckets."""
    buckets = defaultdict(list)
    for item in items:
        buckets[bucket_of(item)].append((item.url, item.place and tuple(item.place)))
    return [block for bucket in sorted(buckets) for block in plan_image_blocks(bucket, buckets[bucket], stage)]


def test_each_image_of_a_block_is_mentioned_once_and_sorted(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = selected(store, "b0", ["https://x.example/b", "http://www.x.example/a"], [], ["https://x.example/b"])
    assert list(image_mentions(block, store)) == [
        ("x.example/a", ("http://www.x.example/a", "b0")),
        ("x.example/b", ("https://x.example/b", "b0")),
    ]


def test_the_first_place_of_an_image_is_taken_whatever_order_they_come_in() -> None:
    mentions = [("u", "b1"), ("u", "b0"), ("v", "b0"), ("v", "b0")]
    places = [tuple(place("b.warc", 1)), tuple(place("a.warc", 7)), tuple(place("a.warc", 5))]
    first = tuple(place("a.warc", 5))
    expected = [("u", (first, ("b0", "b1"))), ("v", (first, ("b0",)))]
    for order in (1, -1):
        joined = {"mentions": mentions[::order], "places": places[::order]}
        found = list(wanted_images(("key", joined)))
        assert found == expected
        assert all(type(fields) is type(found_place) is tuple for fields in found for _, (found_place, _) in [fields])


def test_an_image_that_no_archive_holds_has_no_place_and_one_that_nobody_shows_is_not_wanted() -> None:
    assert list(wanted_images(("key", {"mentions": [("u", "b0")], "places": []}))) == [("u", (None, ("b0",)))]
    assert list(wanted_images(("key", {"mentions": [], "places": [tuple(place())]}))) == []


def test_a_wanted_image_survives_plain_tuples_and_lists() -> None:
    for item in (Wanted("u", place()), Wanted("u", None)):
        assert wanted_from((item.url, item.place and list(item.place))) == item


@pytest.mark.parametrize("url", ["http://x.example/b?c=d", "https://x.example/", "http://X.example:8080/a"])
def test_a_web_host_is_in_one_bucket_whatever_scheme_port_and_path(url: str) -> None:
    assert bucket_of(Wanted(url, None)) == bucket_of(Wanted("https://x.example/a", None))
    assert bucket_of(Wanted(url, None)).startswith("web-")


def test_a_stretch_of_an_archive_is_in_one_bucket() -> None:
    last = (1 << STRETCH) - 1
    buckets = [bucket_of(Wanted(f"u{offset}", place(position=offset))) for offset in (0, last)]
    assert buckets[0] == buckets[1]
    assert buckets[0].startswith("archive-")
    stretches = {bucket_of(Wanted("u", place(position=number << STRETCH))) for number in range(20)}
    assert len(stretches) > 5, "a large archive is spread"


HOSTS = ("http://one.example", "https://two.example")
ITEMS = st.builds(
    Wanted,
    st.builds(lambda host, number: f"{host}/{number}.jpg", st.sampled_from(HOSTS), st.integers(0, 4)),
    st.one_of(st.none(), st.builds(place, st.sampled_from(["a.warc", "b.warc"]), st.integers(0, 2))),
)
WANTED = st.lists(ITEMS, max_size=8, unique_by=lambda item: item.url)


@settings(deadline=None, max_examples=40)
@given(st.lists(WANTED, min_size=1, max_size=3), st.integers(1, 3))
def test_every_wanted_image_is_in_one_block_whatever_is_committed_before(
    runs: list[list[Wanted]], block_images: int
) -> None:
    with TemporaryDirectory() as folder:
        store = LocalStore(folder)
        stage = fetch_stage(small_recipe(fetch={"web": False, "block_images": block_images}), store)
        fetched: set[Wanted] = set()
        for wanted in runs:
            blocks = plan(stage, wanted)
            held = [[wanted_from(item) for item in block.payload] for block in blocks]
            counted = Counter(item for items in held for item in items)
            assert {item: counted[item] for item in wanted} == dict.fromkeys(wanted, 1)
            assert len({block.id for block in blocks}) == len(blocks)
            for block, items in zip(blocks, held, strict=True):
                assert 1 <= len(items) <= block_images
                assert {bucket_of(item) for item in items} == {block.id.rpartition("-")[0]}
                new = stage.committed(block) is None
                assert fetched.isdisjoint(items) if new else fetched.issuperset(items)
                assert not new or set(items) <= set(wanted)
            assert plan(stage, wanted[::-1]) == blocks, "the order of arrival is no difference"
            for block in blocks:
                stage.run(block)
            fetched.update(item for items in held for item in items)


def test_an_image_that_an_archive_holds_now_is_taken_anew(tmp_path: Path) -> None:
    stage = fetch_stage(small_recipe(), LocalStore(str(tmp_path)))
    for block in plan(stage, [Wanted("http://x.example/a", None)]):
        stage.run(block)
    (block,) = plan(stage, [Wanted("http://x.example/a", place())])
    assert stage.committed(block) is None


def test_an_image_is_taken_anew_when_its_archive_is_another_and_not_when_it_is_only_moved(tmp_path: Path) -> None:
    stage = fetch_stage(small_recipe(), LocalStore(str(tmp_path)))
    before = plan(stage, [Wanted("http://x.example/a", place())])
    for block in before:
        stage.run(block)
    assert plan(stage, [Wanted("http://x.example/a", place(path="elsewhere/none.warc"))]) == before
    for other in (place(version="w"), place(source="b.warc"), place(position=1)):
        (block,) = plan(stage, [Wanted("http://x.example/a", other)])
        assert stage.committed(block) is None


@pytest.mark.parametrize("damage", ["cut", "emptied", "gone"])
def test_a_committed_block_that_was_damaged_on_disk_is_planned_again(tmp_path: Path, damage: str) -> None:
    stage = fetch_stage(small_recipe(), LocalStore(str(tmp_path)))
    wanted = [Wanted("http://x.example/a", None)]
    (block,) = plan(stage, wanted)
    file = Path(stage.store.path(stage.run(block).files["parquet"].name))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: 0 if damage == "emptied" else -20])
    assert plan(stage, wanted) == [block]
    assert stage.committed(block) is None


def test_of_a_block_that_lost_its_pictures_only_what_is_still_wanted_is_planned_again(tmp_path: Path) -> None:
    stage = fetch_stage(small_recipe(), LocalStore(str(tmp_path)))
    kept, unwanted = (Wanted(f"http://x.example/{name}", None) for name in "ab")
    (block,) = plan(stage, [kept, unwanted])
    stored = stage.run(block)
    assert plan(stage, [kept]) == [block]
    stage.store.remove(stored.files["bin"].name)
    (again,) = plan(stage, [kept])
    assert [wanted_from(item) for item in again.payload] == [kept]


def test_an_image_that_could_be_had_is_stored_and_described() -> None:
    data = jpeg(1, 120, 90)
    stored, row = image_row(Wanted("u", None), data, LIMITS)
    assert stored == data
    assert (row["status"], row["width"], row["height"], row["format"]) == ("ok", 120, 90, "jpg")
    assert row["bytes"] == len(data)
    assert (row["place"], row["reason"], row["offset"]) == (None, None, None)


@pytest.mark.parametrize(
    ("found", "status", "reason"),
    [
        (b"", "failed", "image_empty"),
        (b"no picture", "failed", "image_not_recognised"),
        (FetchError("http_404", "u", "gone"), "failed", "http_404"),
        (ConsentError("robots_disallowed", "u"), "dropped", "robots_disallowed"),
        (Decision("fetch", "not_in_archive"), "dropped", "not_in_archive"),
    ],
)
def test_an_image_that_could_not_be_had_has_its_reason(found: Any, status: str, reason: str) -> None:
    stored, row = image_row(Wanted("u", place()), found, LIMITS)
    assert (stored, row["status"], row["reason"], row["sha256"]) == (b"", status, reason, None)
    assert row["place"] == place()._asdict()


@pytest.mark.parametrize("length", [MESSAGE_CHARACTERS, MESSAGE_CHARACTERS + 1])
def test_a_long_message_is_cut(length: int) -> None:
    _, row = image_row(Wanted("u", None), FetchError("broken", "u", "x" * length), LIMITS)
    assert len(row["message"]) == MESSAGE_CHARACTERS


def archived(tmp_path: Path, *items: tuple[str, bytes]) -> tuple[LocalStore, dict[str, Place]]:
    """A run whose archive holds these images, and their places by URL."""
    path = write_warc(tmp_path / "a.warc.gz", items)
    store = LocalStore(str(tmp_path / "out"))
    (part,) = loaded_parts(small_recipe({"kind": "warc", "path": str(path)}), store)
    places = [Place(*fields) for _, fields in archived_images(part, store)]
    return store, {found.url: found for found in places}


def test_images_of_an_archive_are_written_one_after_the_other(tmp_path: Path) -> None:
    items = [(f"{HOST}/{number}.jpg", data) for number, data in enumerate([jpeg(0), b"broken", jpeg(2)])]
    store, places = archived(tmp_path, *items)
    stage = fetch_stage(small_recipe(), store)
    block = after(stage, image_block(*(Wanted(url, places[url]) for url, _ in items), Wanted(f"{HOST}/3.jpg", None)))
    rows = table(store, block)
    assert [row["status"] for row in rows] == ["ok", "failed", "ok", "dropped"]
    assert [row["url"] for row in rows] == [f"{HOST}/{number}.jpg" for number in range(4)]
    assert rows[3]["reason"] == "not_in_archive"
    stored = store.read(block.latest.files["bin"].name)
    for number in (0, 2):
        start = rows[number]["offset"]
        assert stored[start : start + rows[number]["bytes"]] == jpeg(number)
    assert len(stored) == len(jpeg(0)) + len(jpeg(2))
    assert block.latest.counts == {
        "items": 4,
        "failed/image/fetch/image_not_recognised": 1,
        "dropped/image/fetch/not_in_archive": 1,
    }


def test_an_image_is_found_under_another_url_of_the_same_key(tmp_path: Path) -> None:
    store, places = archived(tmp_path, ("http://www.site.example/1.jpg", jpeg(1)))
    asked = "https://site.example/1.jpg"
    block = after(fetch_stage(small_recipe(), store), image_block(Wanted(asked, *places.values())))
    assert [(row["url"], row["status"]) for row in table(store, block)] == [(asked, "ok")]


@pytest.mark.parametrize(("below", "status"), [(0, "ok"), (1, "failed")])
def test_an_image_at_the_limit_of_bytes_is_taken(tmp_path: Path, below: int, status: str) -> None:
    data = jpeg(1)
    store, places = archived(tmp_path, (f"{HOST}/1.jpg", data))
    stage = fetch_stage(small_recipe(fetch={"web": False, "max_bytes": len(data) - below}), store)
    block = after(stage, image_block(Wanted(f"{HOST}/1.jpg", places[f"{HOST}/1.jpg"])))
    assert [row["status"] for row in table(store, block)] == [status]


def test_images_of_the_web_are_asked_for_in_order_and_with_consent(tmp_path: Path) -> None:
    paths = {
        "/1.jpg": reply(jpeg(1), content_type="image/jpeg"),
        "/no.jpg": reply(jpeg(2)),
        "/robots.txt": reply(b"User-agent: *\nDisallow: /no", content_type="text/plain"),
    }
    fetch = {"contact": "mailto:us@site.example", "allow_loopback": True}
    store = LocalStore(str(tmp_path))
    with serve(paths) as server:
        stage = fetch_stage(small_recipe(fetch=fetch), store)
        urls = [f"{server.url}/{name}.jpg" for name in ("gone", "no", "1")]
        block = after(stage, image_block(*(Wanted(url, None) for url in urls)))
    assert [(row["url"], row["status"], row["reason"]) for row in table(store, block)] == [
        (urls[0], "failed", "http_404"),
        (urls[1], "dropped", "robots_disallowed"),
        (urls[2], "ok", None),
    ]
    assert not any("/no.jpg" in request for request in server.requests)


def test_the_same_block_is_fetched_to_the_same_bytes(tmp_path: Path) -> None:
    store, places = archived(tmp_path, *((f"{HOST}/{number}.jpg", jpeg(number)) for number in range(3)))
    block = image_block(*(Wanted(url, found) for url, found in places.items()))
    stage = fetch_stage(small_recipe(), store)
    assert outcome([after(stage, block)]) == outcome([after(stage, block)])


def test_patience_and_politeness_fetch_nothing_again(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    key = fetch_stage(small_recipe(), store).key
    for same in ({"timeout_s": 1}, {"per_host": 1}, {"concurrency": 1}, {"block_images": 9}):
        assert fetch_stage(small_recipe(fetch={"web": False} | same), store).key == key
    stored = ({"max_side": 9}, {"format": "png"}, {"quality": 9})
    for other in (*stored, {"max_bytes": 9}, {"max_pixels": 9}, {"max_redirects": 0}):
        assert fetch_stage(small_recipe(fetch={"web": False} | other), store).key != key


def test_the_places_of_an_archive_tell_its_version(tmp_path: Path) -> None:
    _, places = archived(tmp_path, (f"{HOST}/1.jpg", jpeg(1)))
    (found,) = places.values()
    assert found.version == content_version(str(tmp_path / "a.warc.gz"))
    assert found.identity == ("a.warc.gz", 0, found.version)


class FetchWanted(beam.PTransform):
    """Documents and parts to fetched images."""

    def __init__(self, wanted: Recipe, store: LocalStore) -> None:
        super().__init__()
        self.transforms = (WantedImages(store), FetchImages(wanted, store))

    def expand(self, inputs: dict[str, beam.PCollection[Block]]) -> beam.PCollection[Block]:
        find, fetch = self.transforms
        return inputs | find | fetch


def test_beam_fetches_each_image_once_and_what_the_stage_fetches(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", captures(range(4)))
    wanted = small_recipe({"kind": "warc", "path": str(path)})
    url = [f"{HOST}/{number}.jpg" for number in range(6)]
    shown = {"b0": [url[:2], url[1:3]], "b1": [[url[0], url[5]]]}
    outcomes = []
    for name, order in (("one", 1), ("two", -1)):
        store = LocalStore(str(tmp_path / name))
        documents = [selected(store, block, *documents) for block, documents in shown.items()]
        given = {"documents": documents[::order], "parts": loaded_parts(wanted, store)}
        blocks = run_on_beam(FetchWanted(wanted, store), given, tmp_path)
        assert sorted(row["url"] for block in blocks for row in table(store, block)) == [*url[:3], url[5]]
        outcomes.append(outcome(blocks))
    store = LocalStore(str(tmp_path / "alone"))
    (part,) = loaded_parts(wanted, store)
    places = {found.url: found for found in (Place(*fields) for _, fields in archived_images(part, store))}
    stage = fetch_stage(wanted, store)
    planned = plan(stage, [Wanted(each, places.get(each)) for each in (*url[:3], url[5])])
    assert outcomes == [outcome(after(stage, block) for block in planned)] * 2


def test_what_a_killed_run_had_is_taken_by_new_blocks_alone_and_a_journal_that_vanishes_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(str(tmp_path))
    settings = {"contact": "mailto:us@site.example", "block_images": 2}
    stage = fetch_stage(small_recipe(fetch=settings), store)
    items = [Wanted(f"http://x.example/{number}.jpg", None) for number in range(5)]
    killed = plan(stage, items)
    for block in killed:
        with Journal(store.path(journal_of(stage, block))) as journal:
            for url, _ in block.payload:
                reason = "timeout" if url == items[1].url else ""
                journal.add(url, {"row": {}, "transfer": {"reason": reason}}, url.encode())
    opened: list[str] = []

    def watched(store: Store, name: str, read_only: bool = False) -> Journal:
        if read_only:
            opened.append(name)
        return open_journal(store, name, read_only)

    monkeypatch.setattr("transforms.image_blocks.open_journal", watched)
    assert plan(stage, items) == killed
    assert not opened, "journals of blocks that are planned are not read"
    blocks = plan(stage, items[1:])
    planned = {journal_of(stage, block) for block in blocks}
    assert {journal_of(stage, block) for block in killed} - planned == set(opened)
    for block in blocks:
        with Journal(store.path(journal_of(stage, block))) as journal:
            for url, _ in block.payload:
                assert (url in journal) == (url != items[1].url)
                assert url not in journal or journal.read(url)[1] == url.encode()
    names = list(store.names(stage.place))
    gone = [f"{stage.place}/{bucket_of(items[0])}-gone.journal"]
    monkeypatch.setattr(LocalStore, "names", lambda self, folder: iter([*names, *gone]))
    assert plan(stage, items[1:]) == blocks


def journal_of(stage: Stage[FetchSettings], block: Block) -> str:
    return f"{stage.place}/{block.id}.{stage.made_from(block)}.journal"
