"""`corpusflow filters`, `models` and `recipes`: what there is to choose from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from corpusflow.commands.shell import JsonOption
from corpusflow.errors import StartError


def filters(
    name: Annotated[str | None, typer.Argument(help="Tell all about this filter.")] = None, as_json: JsonOption = False
) -> None:
    """List the filters that a recipe can name, with their options, or tell all about one."""
    from corpusflow.inspect.filter_help import filter_json, filter_text, filters_text
    from corpusflow.recipe.names import nearest
    from filters.registry import available_filters

    known = available_filters()
    if name is None:
        rows = [filter_json(cls) for _, cls in sorted(known.items())]
        typer.echo(json.dumps(rows, indent=1) if as_json else filters_text(known))
        return
    if name not in known:
        raise StartError(f"there is no filter '{name}'{nearest(name, known)}")
    typer.echo(json.dumps(filter_json(known[name]), indent=1) if as_json else filter_text(known[name]))


def models(
    name: Annotated[str | None, typer.Argument(help="Tell all about this model.")] = None, as_json: JsonOption = False
) -> None:
    """List the models that a recipe can name, with their place in it and their options, or tell all about one."""
    from corpusflow.inspect.model_help import model_json, model_text, models_text
    from corpusflow.models.registry import MODELS
    from corpusflow.recipe.names import nearest

    known = {each: (key, each, cls) for key, registry in MODELS.items() for each, cls in sorted(registry.items())}
    if name is None:
        rows = [model_json(*facts) for facts in known.values()]
        typer.echo(json.dumps(rows, indent=1) if as_json else models_text(MODELS))
        return
    if name not in known:
        raise StartError(f"there is no model '{name}'{nearest(name, known)}")
    typer.echo(json.dumps(model_json(*known[name]), indent=1) if as_json else model_text(*known[name]))


def recipes(
    name: Annotated[str | None, typer.Argument(help="Print this built-in recipe.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a recipe.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the built-in recipes, print one, or print the JSON schema of recipes."""
    if schema:
        from corpusflow.recipe import recipe_schema
        from filters.registry import available_filters

        typer.echo(json.dumps(recipe_schema(available_filters()), indent=1))
        return
    import yaml

    from corpusflow.recipe.names import nearest
    from jobs.built_in import built_in_recipes

    known = {stem: Path(path) for stem, path in built_in_recipes().items()}
    if name is not None:
        if name not in known:
            raise StartError(f"there is no built-in recipe '{name}'{nearest(name, known)}")
        typer.echo(known[name].read_text(encoding="utf-8"), nl=False)
        return
    rows = [
        {"name": stem, "description": yaml.safe_load(path.read_text(encoding="utf-8")).get("description", "")}
        for stem, path in sorted(known.items())
    ]
    typer.echo(
        json.dumps(rows, indent=1) if as_json else "\n".join(f"{row['name']}  {row['description']}" for row in rows)
    )
