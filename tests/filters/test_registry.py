from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from corpusflow.errors import RecipeError
from corpusflow.filtering import Needs
from filters.image_size import ImageSize
from filters.registry import BUILT_IN, available_filters

A_FILTER = """
class {cls}:
    name = "{name}"
    needs = "{needs}"
    measures = ()
    def judge(self, document):
        return ()
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package with one entry point and one module where an installer would."""

    def put(package: str, entry: str, module: str, source: str) -> None:
        info = tmp_path / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[corpusflow.filters]\n{entry}\n")
        (tmp_path / f"{module}.py").write_text(source)

    monkeypatch.syspath_prepend(tmp_path)
    return put


def test_every_built_in_filter_is_a_frozen_dataclass_under_its_own_name() -> None:
    assert sorted(BUILT_IN) == [
        "alignment",
        "alignment_rank",
        "alike_images",
        "bare_texts",
        "benchmark_texts",
        "blocked_images",
        "blocked_urls",
        "bylines",
        "citations",
        "common_words",
        "credits",
        "declared_size",
        "document_shape",
        "faces",
        "flagged_words",
        "image_coherence",
        "image_extension",
        "image_safety",
        "image_size",
        "image_text_ratio",
        "image_uses",
        "language",
        "orphan_headings",
        "perplexity",
        "repeated_images",
        "repeated_paragraphs",
        "repeated_pictures",
        "short_texts",
        "single_colour",
        "stop_words",
        "text_characters",
        "text_length",
        "text_lines",
        "text_phrases",
        "text_quality",
        "text_repetition",
        "toxicity",
        "url_words",
    ]
    for name, rule in BUILT_IN.items():
        assert rule.name == name
        assert rule.needs in get_args(Needs)
        assert dataclasses.is_dataclass(rule)
        assert rule.__dataclass_params__.frozen


def test_every_option_is_documented_where_it_is_defined() -> None:
    for rule in BUILT_IN.values():
        for field in dataclasses.fields(rule):
            assert field.name in rule.__doc__, f"{rule.name}: {field.name}"


def test_without_other_packages_the_built_in_filters_are_available() -> None:
    assert available_filters() == BUILT_IN
    assert available_filters()["image_size"] is ImageSize


def test_a_filter_of_another_package_is_available_under_its_name(install: Install) -> None:
    install(
        "more-filters",
        "sharpness = sharp:Sharp",
        "sharp",
        A_FILTER.format(cls="Sharp", name="sharpness", needs="scores"),
    )
    available = available_filters()
    assert available["sharpness"].__name__ == "Sharp"
    assert set(available) == {*BUILT_IN, "sharpness"}
    assert "sharpness" not in BUILT_IN


def test_a_filter_may_not_take_the_name_of_a_built_in_one(install: Install) -> None:
    install(
        "more-filters", "image_size = mine:Mine", "mine", A_FILTER.format(cls="Mine", name="image_size", needs="text")
    )
    with pytest.raises(RecipeError, match=r"image_size = 'mine:Mine' of more-filters.*already"):
        available_filters()


def test_two_packages_may_not_bring_the_same_name(install: Install) -> None:
    install("first-filters", "twin = twin_a:Twin", "twin_a", A_FILTER.format(cls="Twin", name="twin", needs="text"))
    install("second-filters", "twin = twin_b:Twin", "twin_b", A_FILTER.format(cls="Twin", name="twin", needs="text"))
    with pytest.raises(RecipeError, match=r"twin = 'twin_b:Twin' of second-filters.*already"):
        available_filters()


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("gone_a", "", "cannot be loaded"),
        ("gone_b", "import no_such_module_anywhere", "cannot be loaded"),
        ("gone_c", "odd = 3", "is no filter"),
        ("gone_d", "class odd: name = 'odd'", "is no filter"),
        ("gone_e", A_FILTER.format(cls="odd", name="even", needs="text"), "not 'even'"),
        ("gone_f", A_FILTER.format(cls="odd", name="odd", needs="luck"), "text, pixels, scores"),
    ],
)
def test_an_entry_point_that_gives_no_filter_is_told_with_its_package(
    install: Install, module: str, source: str, fault: str
) -> None:
    install("more-filters", f"odd = {module}:odd", module, source)
    with pytest.raises(RecipeError, match=f"of more-filters.*{fault}"):
        available_filters()
