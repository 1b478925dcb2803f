"""A recipe as YAML, and the JSON schema of recipes."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import TypeAdapter

from corpusflow.filtering import Registry
from corpusflow.recipe.whole import Recipe
from corpusflow.text.minhash import PUBLISHED


def recipe_schema(registry: Registry) -> dict[str, Any]:
    """JSON schema of a recipe file, with the options of every filter: for editors and for the documentation.

    It takes every recipe that can be loaded. A name or an option that must be said may stand in the preset, so that
    the schema asks for none; loading does.
    """
    schema = Recipe.model_json_schema()
    filters = [
        {
            "type": "object",
            "description": (cls.__doc__ or "").strip().partition("\n")[0],
            "properties": {
                "name": {"const": name},
                "options": TypeAdapter(cls).json_schema() | {"required": []},
                "use": {"type": "boolean"},
            },
            "required": ["name"],
            "additionalProperties": False,
        }
        for name, cls in sorted(registry.items())
    ]
    schema["properties"]["filters"]["items"] = {"oneOf": filters}
    # Read from the file only: the recipe that is made of it has what the preset says.
    schema["properties"]["preset"] = {"type": "string", "description": "The recipe to start from."}
    schema["$defs"]["Named"]["required"] = []
    schema["$defs"]["Select"]["properties"]["near_text"]["anyOf"].append({"enum": [*PUBLISHED]})
    del schema["required"]
    schema["anyOf"] = [{"required": ["preset"]}, {"required": ["name", "sources"]}]
    return schema


def to_yaml(recipe: Recipe) -> str:
    """The recipe with every default written out."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
    return text
