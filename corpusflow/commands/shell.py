"""What the commands share: exit codes, options, and how a recipe is read, a run opened, and a person told."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from corpusflow.errors import StartError

if TYPE_CHECKING:
    from corpusflow.filtering import Registry
    from corpusflow.recipe import Recipe
    from corpusflow.store.paths import Store

EXIT_FAILED = 1  # the run or the job failed, verify found something, or extract could not read a page
EXIT_USAGE = 2  # the command, the recipe or a model is wrong; nothing was started

RecipeArgument = Annotated[str, typer.Argument(help="A recipe file, or the name of a built-in recipe.")]
RunArgument = Annotated[str, typer.Argument(help="A run directory.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Override a key of the recipe: filters.image_size.options.min_side=200"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]


def load(recipe: str, overrides: list[str] | None) -> tuple[Recipe, Registry]:
    from corpusflow.recipe import load_recipe
    from filters.registry import available_filters
    from jobs.built_in import built_in_recipes

    registry = available_filters()
    known = built_in_recipes()
    if recipe in known and not os.path.isfile(recipe):
        # What a built-in recipe works on lies where the user is, not where the recipe is installed.
        return load_recipe(known[recipe], registry, overrides or (), os.curdir, known), registry
    return load_recipe(recipe, registry, overrides or (), presets=known), registry


def open_run(directory: str) -> Store:
    from corpusflow.store.reach import answering_store
    from corpusflow.store.run_files import RUN

    store = answering_store(directory)
    if not store.exists(RUN):
        raise StartError(f"{directory} is no run directory (it has no {RUN})")
    return store


def open_shards(directory: str) -> Store:
    """A run directory, or an export."""
    from corpusflow.store.reach import answering_store
    from corpusflow.store.run_files import MANIFEST

    store = answering_store(directory)
    return store if store.exists(MANIFEST) else open_run(directory)


def quiet_libraries() -> None:
    """Beam and its friends log much that is not for the person who runs a corpus; our own log stays."""
    logging.basicConfig(level=logging.CRITICAL, format="%(levelname)s %(message)s")
    for name in ("corpusflow", "filters", "transforms", "jobs"):
        logging.getLogger(name).setLevel(logging.INFO)


def tell(message: str) -> None:
    from corpusflow.inspect.printable import printable

    typer.echo(f"corpusflow: {printable(message)}", err=True)


def stop(code: int, message: str) -> NoReturn:
    tell(message)
    raise SystemExit(code)
