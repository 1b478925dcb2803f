"""Slices of a corpus on machines of their own, and what they come to together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import StartError
from corpusflow.recipe import parse_recipe
from corpusflow.store.block import Block
from corpusflow.store.journals import journals_among, open_journal
from corpusflow.store.paths import LocalStore, open_store
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from jobs.lock import locked
from jobs.slices import parse_slice, slice_parts, take_slices
from tests.jobs.runs import made, run, shards, worked
from tests.web import HOST, captures, jpeg, page, recipe, sentence, story, write_warc

SHARED = f"{HOST}/shared.jpg"


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Any]:
    """Three archives: two pages of one text, and one picture that pages of all archives show, in two of which it is."""
    for number in range(3):
        first = 10 * number
        items = [*captures(range(first, first + 4)), (f"{HOST}/shows-{number}.html", shows(number))]
        items += [(f"http://mirror.example/{number}.html", story(0))] if number else []
        items += [(SHARED, jpeg(500))] if number != 1 else []
        write_warc(tmp_path / "in" / f"{number}.warc.gz", items)
    return recipe({"kind": "warc", "path": str(tmp_path / "in")}, select={"near_text": {}})


def shows(number: int) -> bytes:
    return page(f"Shown {number}", sentence(900 + number), "/shared.jpg")


@pytest.mark.parametrize("until", ["embed", "shard"])
def test_slices_merge_into_what_one_run_makes(tmp_path: Path, data: dict[str, Any], until: str) -> None:
    whole = run(tmp_path / "whole", data)
    for number in (1, 2):
        run_slice(tmp_path / f"slice-{number}", data, number, until)
    merged = run(tmp_path / "merged", data, merge=(str(tmp_path / "slice-1"), str(tmp_path / "slice-2")))
    assert shards(merged) == shards(whole)
    for manifest in (merged, whole):
        # A slice may have asked for pictures of pages that are copies in the whole.
        assert manifest["summary"]["fetched"].pop("asked") >= 12
    assert merged == whole


def test_slices_here_and_in_a_store_merge_into_one_run_here_or_there(
    tmp_path: Path, bucket: str, data: dict[str, Any]
) -> None:
    whole = run(tmp_path / "whole", data)
    places = (str(tmp_path / "slice-1"), f"{bucket}/slice-2")
    for number, place in enumerate(places, 1):
        run_slice(place, data, number, "embed")
    for output in (str(tmp_path / "merged"), f"{bucket}/merged") if bucket.startswith("gs:") else (f"{bucket}/merged",):
        assert shards(run(output, data, merge=places)) == shards(whole)
        taken = [set(open_store(place).tree("stages")) for place in places]
        left = set(open_store(output).tree("stages"))
        assert all({name for name in names if "/extract-" in name} <= left for names in taken), "taken, not made again"


@pytest.mark.parametrize("to_bucket", [True, False])
def test_a_journal_is_taken_into_another_kind_of_store(tmp_path: Path, gcs_bucket: str, to_bucket: bool) -> None:
    source, target = open_store(str(tmp_path / "slice")), open_store(f"{gcs_bucket}/merged")
    if not to_bucket:
        source, target = target, source
    names = [f"stages/s/{block}.key.journal" for block in "ab"]
    for name in names:
        with open_journal(source, name) as journal:
            journal.add("early", {"n": 1}, b"one")
            journal.seal()
            journal.add("late", {"n": 2}, b"two")
    with open_journal(target, names[1]) as own:
        own.add("own", {})
    for _ in range(2):
        take_slices([source], target)
    with open_journal(target, names[0], read_only=True) as taken:
        assert [(*taken.read(key), taken.round(key)) for key in ("early", "late")] == [
            ({"n": 1}, b"one", 0),
            ({"n": 2}, b"two", 1),
        ]
    with open_journal(target, names[1], read_only=True) as own:
        assert ("own" in own, "early" in own) == (True, False)
    assert journals_among(target.tree("stages")) == names


def test_what_slices_made_is_not_made_again(tmp_path: Path, data: dict[str, Any]) -> None:
    slices = [tmp_path / f"slice-{number}" for number in (1, 2)]
    for number, folder in enumerate(slices, 1):
        run_slice(folder, data, number, "screen")
    before = {name: time for folder in slices for name, time in made(folder).items()}
    run(tmp_path / "merged", data, merge=tuple(map(str, slices)))
    again = worked(before, made(tmp_path / "merged"))
    assert not {"load", "extract", "clean", "screen"} & set(again)


def test_a_slice_is_its_turn_of_the_parts() -> None:
    parts = [Block(str(number)) for number in range(5)]
    assert [[part.id for part in slice_parts(parts, number, 2)] for number in (1, 2)] == [["0", "2", "4"], ["1", "3"]]
    assert [part.id for part in slice_parts(parts, 5, 5)] == ["4"]
    with pytest.raises(StartError, match="--slice 6/6: the input has 5 parts"):
        slice_parts(parts, 6, 6)


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2", "1/2/3"])
def test_a_slice_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(StartError, match="as in 2/4"):
        parse_slice(text)


def test_the_last_slice_is_one() -> None:
    assert parse_slice("4/4") == (4, 4)


def test_what_is_no_run_is_not_merged(tmp_path: Path, data: dict[str, Any]) -> None:
    (tmp_path / "empty").mkdir()
    for slice_, fault in ((tmp_path / "empty", "is no run directory"), (tmp_path / "out", "is the output itself")):
        with pytest.raises(StartError, match=fault):
            run(tmp_path / "out", data, merge=(str(slice_),))
    assert not (tmp_path / "out").exists()


def test_a_slice_in_which_a_run_works_is_not_merged(tmp_path: Path, data: dict[str, Any]) -> None:
    run_slice(tmp_path / "slice", data, 1, "extract")
    with locked(LocalStore(str(tmp_path / "slice"))), pytest.raises(StartError, match="another run works here"):
        run(tmp_path / "out", data, merge=(str(tmp_path / "slice"),))


def run_slice(output: Path | str, data: dict[str, Any], number: int, until: str) -> None:
    registry = available_filters()
    run_corpus(parse_recipe(data, registry), registry, str(output), RunOptions(until=until, slice=(number, 2)))
