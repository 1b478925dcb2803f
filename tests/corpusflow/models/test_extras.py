from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from corpusflow.models.extras import DISTRIBUTIONS, EXTRA_OF, fault_of_extra
from corpusflow.models.registry import MODELS

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def listed(extra: str) -> set[str]:
    """Distributions of an extra, and of the extras that it names."""
    found: set[str] = set()
    for requirement in PROJECT["optional-dependencies"][extra]:
        own = re.fullmatch(r"corpusflow\[([\w-]+)]", requirement)
        found |= listed(own[1]) if own else {re.split(r"[^\w-]", requirement)[0]}
    return found


@pytest.mark.parametrize("extra", sorted(DISTRIBUTIONS))
def test_an_extra_brings_what_the_project_lists_for_it(extra: str) -> None:
    assert set(DISTRIBUTIONS[extra]) == listed(extra)


def test_extras_are_told_of_models_that_there_are() -> None:
    names = [name for registry in MODELS.values() for name in registry]
    assert len(names) == len(set(names))
    assert set(EXTRA_OF) <= set(names)
    assert set(EXTRA_OF.values()) == set(DISTRIBUTIONS)


def test_the_first_package_that_is_missing_is_told_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DISTRIBUTIONS, "nsfw", ("typer",))
    assert fault_of_extra("nsfw") == ""
    monkeypatch.setitem(DISTRIBUTIONS, "nsfw", ("typer", "no-such-gull"))
    assert fault_of_extra("nsfw").startswith("package no-such-gull is not installed; it comes with the extra [nsfw]")


@pytest.mark.parametrize("name", [name for registry in MODELS.values() for name in registry if name not in EXTRA_OF])
def test_a_model_without_an_extra_is_ready_with_corpusflow_alone(name: str) -> None:
    packages = {"cld2": "pycld2", "fasttext": "fasttext-predict", "fasttext_quality": "fasttext-predict"}
    package = packages.get(name, name.replace("_", "-"))
    assert package in {re.split(r"[^\w-]", requirement)[0] for requirement in PROJECT["dependencies"]}
