from __future__ import annotations

import dataclasses
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from corpusflow.models.open_clip import OpenClip
from corpusflow.models.open_clip_weights import check_weights, library
from filters.registry import BUILT_IN
from jobs.built_in import built_in_recipes
from tests.jobs.presets.presets import PRESETS, clean_article, preset, verdict

PUBLISHED = sorted(set(PRESETS) - {"default"})


def text_of(name: str) -> str:
    return Path(built_in_recipes()[name]).read_text(encoding="utf-8")


def test_every_published_corpus_has_a_preset() -> None:
    corpora = ["comm", "m3w", "mint1t-html", "mmc4", "mmc4-core", "moscar", "obelics", "omnicorpus-en"]
    assert corpora == PUBLISHED


@pytest.mark.parametrize("name", PRESETS)
def test_a_clean_article_passes_whole(name: str) -> None:
    assert preset(name).based_on == name
    article = clean_article()
    assert verdict(name, article) == (article, [])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_tells_its_source_and_what_stands_in_for_what(name: str) -> None:
    header = text_of(name).partition("\nname:")[0]
    assert all(line.startswith("#") for line in header.splitlines())
    if name in ("default", "mmc4-core"):
        return  # of our own making; as mmc4
    assert re.search(r"arXiv \d{4}\.\d{5}", header)
    assert "cannot be had, and what stands in:" in header


def unexplained(text: str) -> list[str]:
    """The numbers of filters that neither a comment on their line nor one on a line above it, in the same filter, tells
    the source of; where the whole filter is said to be of one source, that is on its first line."""
    found, explained, name = [], False, ""
    for line in text.partition("\nfilters:\n")[2].splitlines():
        plain, mark, _ = line.partition("#")
        if opening := re.fullmatch(r"  - name: (\w+)\s*", plain):
            name, explained = opening[1], False
        explained = explained or bool(mark)
        number = re.fullmatch(r"\s+(\w+): -?\d[\d_.]*\s*", plain)
        if number and not explained:
            found.append(f"{name}.{number[1]}")
    return found


def test_numbers_without_a_comment_are_found() -> None:
    head = "name: a\nfilters:\n  - name: image_size\n    options:\n"
    assert unexplained(head + "      min_side: 150\n      max_aspect: 2.0 # paper\n") == ["image_size.min_side"]
    assert unexplained(head + "      min_side: 150 # paper\n      max_aspect: 2.0\n") == []
    assert unexplained(head + "      # paper\n      min_side: 150\n") == []
    assert unexplained(head + "      min_side: 150 # paper\n  - name: faces\n    options:\n      x: 1\n") == ["faces.x"]


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_names_its_source(name: str) -> None:
    assert unexplained(text_of(name)) == []


NO_MATTER = {
    "text_lines.short_line",  # without max_short_lines, which the presets switch off
    "alignment.matched_by",  # without matched_score; mmc4-core, which has it, says so
}


def does_nothing(option: str, default: object) -> bool:
    return default in (None, (), dataclasses.MISSING) or default is False or (option.startswith("min_") and not default)


@pytest.mark.parametrize("name", PUBLISHED)
def test_whatever_a_filter_does_by_default_a_preset_says_itself(name: str) -> None:
    """So that another default changes no preset."""
    unsaid = [
        f"{spec.name}.{field.name}"
        for spec in preset(name).filters
        for field in dataclasses.fields(BUILT_IN[spec.name])
        if field.name not in spec.options and not does_nothing(field.name, field.default)
    ]
    assert set(unsaid) <= NO_MATTER


@pytest.mark.parametrize("name", PUBLISHED)
def test_near_copies_are_told_in_full(name: str) -> None:
    data = yaml.safe_load(text_of(name)).get("select", {})
    near = data.get("near_text")
    assert near is None or set(near) == {"similarity", "shingle", "sizes", "permutations", "bands", "rows"}


@pytest.mark.parametrize("name", PRESETS)
def test_the_weights_that_a_preset_names_belong_to_its_architecture(name: str) -> None:
    spec = preset(name).embed.similarity
    if spec is None:
        return
    if find_spec("open_clip") is None:
        pytest.skip("the extra clip is not installed")
    model = OpenClip(**spec.options)
    check_weights(library(), model.architecture, model.pretrained)
