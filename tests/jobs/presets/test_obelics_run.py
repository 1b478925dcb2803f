"""OBELICS's copies in a whole run: of pages, of images, of paragraphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from corpusflow.recipe import load_recipe
from filters.registry import BUILT_IN
from jobs.begin import RunOptions
from jobs.built_in import built_in_recipes
from jobs.launch import run_corpus
from tests.web import HOST, jpeg, page, write_warc

STORIES = 13
FOOTER = "These pages were written by people of the town for all who come here."
PLACES = "mill bridge church harbour market castle garden forest station library theatre school orchard tower quarry"
THINGS = PLACES.split()
STOCK = "/stock.jpg"  # on every story, which are more pages than the ten that OBELICS allows


def story(number: int, end: str = "day") -> str:
    """A text of its own: two stories have few words in a row in common."""
    place, other, third = (THINGS[(number + step) % len(THINGS)] for step in (0, 4, 9))
    return (
        f"The {place} was there before the {other}, and some say that it is older than the {third}. "
        f"When I first went to see the {place}, it was in the hands of a {third} and of the {other} next to it. "
        f"What is left of the {place} belongs to the {other} now, and at the {third} they tell of it every {end}."
    )


def pages() -> list[tuple[str, bytes]]:
    stories = [
        (f"{HOST}/{number}.html", page("What I saw there", story(number), f"/{number}.jpg", STOCK, FOOTER))
        for number in range(STORIES)
    ]
    copies = [
        (f"{HOST}/0.html", page("The same page again", story(13), "/20.jpg")),
        (f"{HOST}/same-text.html", page("What I saw there", story(1), "/21.jpg", FOOTER)),
        (f"{HOST}/near-text.html", page("What I saw there", story(2, "night"), "/22.jpg", FOOTER)),
        (f"{HOST}/same-images.html", page("Other words", story(14), "/3.jpg", STOCK)),
    ]
    return [*stories, *copies]


def run(folder: Path) -> dict[str, Any]:
    pictures = [(f"{HOST}/{number}.jpg", jpeg(number)) for number in (*range(STORIES), 20, 21, 22)]
    archive = write_warc(folder / "a.warc.gz", [*pages(), *pictures, (f"{HOST}{STOCK}", jpeg(99))])
    own = {
        "preset": "obelics",
        "name": "small",
        "sources": [{"kind": "warc", "path": str(archive)}],
        "fetch": {"web": False},
        "embed": {"safety": None},  # no model is at hand
        "filters": [{"name": "image_safety", "use": False}],
    }
    (folder / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    recipe = load_recipe(str(folder / "own.yaml"), BUILT_IN, presets=built_in_recipes())
    manifest = run_corpus(recipe, BUILT_IN, str(folder / "out"), RunOptions())
    assert manifest is not None
    return manifest


def test_copies_of_pages_images_and_paragraphs_go(tmp_path: Path) -> None:
    manifest = run(tmp_path)
    summary = manifest["summary"]
    assert summary["documents"]["dropped"] == {
        "select/same_url": 1,
        "select/same_text": 1,
        "select/near_same_text": 1,
        "select/same_images": 1,
    }
    # How many of each go depends on which of two pages with one URL, or one set of images, stays.
    assert set(summary["images"]["dropped"]) == {"select/image_repeated"}
    assert set(summary["texts"]["dropped"]) == {"select/paragraph_repeated_in_domain"}
    assert summary["images"]["kept"] == manifest["samples"] == STORIES
