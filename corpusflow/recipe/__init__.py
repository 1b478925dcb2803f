"""Recipes: one YAML file that says what corpus is wanted, validated before anything starts."""

from corpusflow.recipe.build import (
    build,
    build_filters,
    keyed_spec,
    model_specs,
    parse_recipe,
    text_scorers,
    with_defaults,
)
from corpusflow.recipe.read import load_recipe
from corpusflow.recipe.sections import (
    Align,
    Consent,
    Embed,
    Extract,
    Fetch,
    Limits,
    Load,
    Named,
    NearText,
    Output,
    Select,
    Text,
)
from corpusflow.recipe.source_sections import CommonCrawlSource, HtmlSource, Source, UrlsSource, WarcSource
from corpusflow.recipe.whole import Recipe
from corpusflow.recipe.written import recipe_schema, to_yaml

__all__ = [
    "Align",
    "CommonCrawlSource",
    "Consent",
    "Embed",
    "Extract",
    "Fetch",
    "HtmlSource",
    "Limits",
    "Load",
    "Named",
    "NearText",
    "Output",
    "Recipe",
    "Select",
    "Source",
    "Text",
    "UrlsSource",
    "WarcSource",
    "build",
    "build_filters",
    "keyed_spec",
    "load_recipe",
    "model_specs",
    "parse_recipe",
    "recipe_schema",
    "text_scorers",
    "to_yaml",
    "with_defaults",
]
