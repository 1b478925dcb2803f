from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.errors import ModelError, RecipeError
from corpusflow.models.registry import LANGUAGE_SCORERS
from corpusflow.recipe import Named, keyed_spec, load_recipe, parse_recipe, text_scorers, to_yaml, with_defaults
from filters.registry import available_filters
from jobs.begin import prepare_models
from tests.web import recipe

REGISTRY = available_filters()
KENLM: dict[str, Any] = {"name": "kenlm", "options": {"path": "en.arpa", "languages": ["en"]}}


def data(models: list[dict[str, Any]], *filters: dict[str, Any]) -> dict[str, Any]:
    return recipe({"kind": "warc", "path": "a.warc"}, text={"models": models}, filters=list(filters))


@pytest.mark.parametrize(
    ("models", "filters", "expected"),
    [
        ([{"name": "kenln"}], [], "text.models[0].name: there is no model 'kenln'; did you mean 'kenlm'?"),
        ([{"name": "kenlm"}], [], "text.models[0].options.path: "),
        (
            [{"name": "kenlm", "options": {"path": "a", "langages": ["en"]}}],
            [],
            "text.models[0].options: kenlm has no 'langages'; did you mean 'languages'?",
        ),
        (
            [KENLM],
            [{"name": "perplexity"}, {"name": "toxicity"}],
            "filters[1]: toxicity reads the score 'toxicity'; name a model that gives it in text.models, such as "
            "toxicity, or take the filter out: {name: toxicity, use: false}",
        ),
        (
            [{"name": "toxicity"}],
            [{"name": "toxicity", "options": {"languages": ["en", "de"]}}],
            "filters[0].options: text.models measure 'toxicity' in en only, but `languages` of toxicity names more",
        ),
        (
            [KENLM, {"name": "kenlm", "options": {"path": "all.arpa"}}],
            [],
            "text.models[1]: an earlier model measures 'perplexity' of the same documents",
        ),
    ],
)
def test_models_and_filters_that_do_not_fit_are_told(
    models: list[dict[str, Any]], filters: list[dict[str, Any]], expected: str
) -> None:
    with pytest.raises(RecipeError) as told:
        parse_recipe(data(models, *filters), REGISTRY)
    assert str(told.value).startswith(expected)


def test_each_language_may_have_a_model_of_its_own() -> None:
    german = {"name": "kenlm", "options": {"path": "de.arpa", "languages": ["de"]}}
    models = [KENLM, german, {"name": "toxicity"}]
    wanted = parse_recipe(data(models, {"name": "perplexity"}, {"name": "toxicity"}), REGISTRY)
    assert [(scorer.measure, scorer.languages) for scorer in text_scorers(wanted)] == [
        ("perplexity", ("en",)),
        ("perplexity", ("de",)),
        ("toxicity", ("en",)),
    ]


def test_paths_of_models_are_relative_to_the_recipe(tmp_path: Path) -> None:
    pieces = {"name": "kenlm", "options": {"path": "models/en.bin", "sentencepiece": "/srv/en.model"}}
    quality = {"name": "fasttext_quality", "options": {"path": "hq.bin", "label": "hq"}}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(data([pieces, quality])))
    wanted = load_recipe(str(tmp_path / "recipe.yaml"), REGISTRY)
    assert [spec.options.get("path") for spec in wanted.text.models] == [
        str(tmp_path / "models/en.bin"),
        str(tmp_path / "hq.bin"),
    ]
    assert wanted.text.models[0].options["sentencepiece"] == "/srv/en.model"


def test_paths_of_detectors_are_relative_to_the_recipe_too(tmp_path: Path) -> None:
    named = {
        "extract": {"language": {"name": "fasttext", "options": {"path": "models/lid.bin"}}},
        "embed": {"faces": {"name": "blazeface", "options": {"path": "~/faces.tflite"}}},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(data([]) | named))
    wanted = load_recipe(str(tmp_path / "recipe.yaml"), REGISTRY)
    assert wanted.extract.language.options["path"] == str(tmp_path / "models/lid.bin")
    assert wanted.embed.faces is not None
    assert wanted.embed.faces.options["path"] == str(Path.home() / "faces.tflite")


def test_where_a_models_files_lie_is_in_no_key() -> None:
    here, there = (Named(name="fasttext", options={"path": path, "max_chars": 9}) for path in ("/a.bin", "/b.bin"))
    assert keyed_spec(here, LANGUAGE_SCORERS) == keyed_spec(there, LANGUAGE_SCORERS)
    assert keyed_spec(here, LANGUAGE_SCORERS) == {"name": "fasttext", "options": {"max_chars": 9}}
    assert keyed_spec(None, LANGUAGE_SCORERS) is None


def test_a_resolved_recipe_has_the_defaults_of_its_models_and_reads_back_as_itself() -> None:
    whole = with_defaults(parse_recipe(data([KENLM, {"name": "toxicity"}]), REGISTRY), REGISTRY)
    assert whole.text.models[0].options["sentencepiece"] is None
    again = parse_recipe(yaml.safe_load(to_yaml(whole)), REGISTRY)
    assert text_scorers(again) == text_scorers(whole)


def test_a_missing_file_stops_the_run_before_workers_start_and_only_where_it_is_needed(tmp_path: Path) -> None:
    missing = {"name": "fasttext_quality", "options": {"path": str(tmp_path / "none.bin"), "label": "hq"}}
    wanted = parse_recipe(data([missing]), REGISTRY)
    with pytest.raises(ModelError, match=r"there is no fastText model '.*none\.bin'"):
        prepare_models(wanted, "measure")
    prepare_models(wanted, "clean")
