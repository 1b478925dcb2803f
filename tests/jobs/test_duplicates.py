"""Duplicates of all kinds in a whole run: what is dropped, that the accounts add up, what is made again, and what is
grouped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import RunError
from corpusflow.store.paths import LocalStore
from tests.jobs.groupings import recorded
from tests.jobs.runs import made, run, warc, worked
from tests.web import HOST, jpeg, page, recipe, sentence, write_warc

STORIES = 8
FOOTER = "all rights of this quiet river belong to the people who walk home along it in the rain of autumn"
NEAR = {"similarity": 0.7, "permutations": 128, "bands": 32, "rows": 4}
SELECT = {
    "keep": "longest",  # where all are equally new, ids decide: these differ from one archive to the next
    "near_text": NEAR,
    "max_image_uses": 5,
    "domain_paragraphs": 5,
    "same_images": True,
}
FILTERS = [{"name": "repeated_images"}, {"name": "repeated_paragraphs"}, *recipe()["filters"]]


def archive(folder: Path) -> Path:
    """Stories that show a picture of their own and a logo and end with a footer; one of them again with other last
    words and another picture, a page that shows the picture of a story, and one that says and shows things twice."""
    pages = [
        (f"{HOST}/s{number}.html", page("A story", sentence(number, 200), f"/{number}.jpg", "/99.jpg", FOOTER))
        for number in range(STORIES)
    ]
    nearly = sentence(3, 200).rsplit(" ", 4)[0] + " which is another end"
    pages.append((f"{HOST}/z1.html", page("A story", nearly, "/40.jpg", "/99.jpg", FOOTER)))
    pages.append((f"{HOST}/z2.html", page("Other words", sentence(60, 200), "/99.jpg", "/4.jpg")))
    repeating = [sentence(50), "/50.jpg", sentence(50), "/50.jpg", sentence(51)]
    pages.append((f"{HOST}/z3.html", page("Again", *repeating)))
    pictures = [*range(STORIES), 40, 50, 99]
    return write_warc(folder / "a.warc.gz", pages + [(f"{HOST}/{number}.jpg", jpeg(number)) for number in pictures])


def data_of(folder: Path, **select: Any) -> dict[str, Any]:
    return recipe(warc(archive(folder)), select=select, filters=FILTERS)


def test_every_kind_of_duplicate_is_dropped_and_accounted_for(tmp_path: Path) -> None:
    manifest = run(tmp_path / "out", data_of(tmp_path, **SELECT))
    summary = manifest["summary"]
    assert summary["documents"]["in"] == STORIES + 3
    assert summary["documents"]["dropped"] == {"select/near_same_text": 1, "select/same_images": 1}
    # The footer of the stories that are left: the page with a picture of the fourth went for that.
    assert summary["texts"]["dropped"] == {
        "repeated_paragraphs/paragraph_said_before": 1,
        "select/paragraph_repeated_in_domain": STORIES,
    }
    assert summary["images"]["dropped"] == {
        "repeated_images/image_shown_before": 1,
        "select/image_repeated": STORIES,
    }
    assert manifest["samples"] == STORIES + 1


def test_a_run_that_wants_nothing_of_it_keeps_all(tmp_path: Path) -> None:
    assert run(tmp_path / "out", data_of(tmp_path))["samples"] == STORIES + 3


def test_another_limit_of_similarity_makes_no_signature_again_and_fetches_nothing(tmp_path: Path) -> None:
    data = data_of(tmp_path, **SELECT)
    run(tmp_path / "out", data)
    before = made(tmp_path / "out")
    data["select"] = {**SELECT, "near_text": {**NEAR, "similarity": 0.999}}
    manifest = run(tmp_path / "out", data)
    assert "select/near_same_text" not in manifest["summary"]["documents"]["dropped"]
    again = worked(before, made(tmp_path / "out"))
    assert again["select"]
    assert not {"extract", "screen"} & set(again)
    assert again["fetch"] == 1, "the picture of the page that is wanted now"


def test_a_run_that_breaks_at_any_file_goes_on_to_the_same_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_of(tmp_path, **SELECT)
    whole = run(tmp_path / "whole", data)
    publish = LocalStore.publish
    for last in (15, 25, 35):
        files = 0

        def breaking(self: LocalStore, name: str, last: int = last) -> None:
            nonlocal files
            files += 1
            if files == last:
                raise OSError("the disk went away")
            publish(self, name)

        monkeypatch.setattr(LocalStore, "publish", breaking)
        with pytest.raises((RunError, OSError), match="the disk went away"):
            run(tmp_path / f"broken-{last}", data)
        monkeypatch.setattr(LocalStore, "publish", publish)
        assert run(tmp_path / f"broken-{last}", data) == whole


def test_no_text_of_a_document_is_grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, filed = recorded(monkeypatch)
    run(tmp_path / "out", data_of(tmp_path, **SELECT))
    data = b"".join(held + filed)
    assert b"near_same_text" in data, "the groupings were seen"
    for text in (FOOTER, *(sentence(number, 200) for number in range(STORIES))):
        assert text[:30].encode() not in data
