"""A recipe as YAML, and the JSON schema of recipes."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import TypeAdapter

from corpusflow.filtering import Registry
from corpusflow.recipe.whole import Recipe


def recipe_schema(registry: Registry) -> dict[str, Any]:
    """JSON schema of a recipe, with the options of every filter: for editors and for the documentation."""
    schema = Recipe.model_json_schema()
    filters = [
        {
            "type": "object",
            "description": (cls.__doc__ or "").strip().partition("\n")[0],
            "properties": {"name": {"const": name}, "options": TypeAdapter(cls).json_schema()},
            "required": ["name"],
            "additionalProperties": False,
        }
        for name, cls in sorted(registry.items())
    ]
    schema["properties"]["filters"]["items"] = {"oneOf": filters}
    return schema


def to_yaml(recipe: Recipe) -> str:
    """The recipe with every default written out."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
    return text
