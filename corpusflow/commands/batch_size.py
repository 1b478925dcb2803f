"""`corpusflow batch-size`: a shell around the measuring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, cast

import typer

from corpusflow.commands.shell import RecipeArgument, SetOption, load
from corpusflow.errors import RecipeError

if TYPE_CHECKING:
    from corpusflow.models.open_clip import OpenClip
    from corpusflow.recipe import Recipe

UNITS = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}


def memory_of(text: str) -> int:
    """Bytes, from `4GB` and the like."""
    found = re.fullmatch(rf"(\d+(?:\.\d+)?) ?({'|'.join(UNITS)})", text)
    if found is None:
        raise typer.BadParameter(f"{text!r}: a number and one of {', '.join(UNITS)} are wanted, such as 4GB")
    return round(float(found[1]) * UNITS[found[2]])


def batch_size(
    recipe: RecipeArgument,
    memory: Annotated[
        int | None, typer.Option(parser=memory_of, metavar="4GB", help="Of one process, or of the GPU; default: any.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="For the images of a size, and for its texts.")] = 3.0,
    overrides: SetOption = None,
) -> None:
    """Measure which `batch_size` of open_clip suits this machine, and print the line for the recipe.

    A run does not find it by itself: the last digits of embeddings depend on the size of the batch, and the same
    recipe must give the same bytes on every machine.
    """
    from corpusflow.models.batch_size import best_size, measure_apart, measure_sizes

    scorer = open_clip_of(load(recipe, overrides)[0])
    scorer.prepare()
    unit = "s" if scorer.on_gpu else "CPU s"
    typer.echo(f"batch_size  images/{unit}  texts/{unit}  pairs/{unit}   peak GB")
    rows = []
    for row in measure_sizes(lambda size: measure_apart(scorer, size, seconds), memory):
        rows.append(row)
        rates = "".join(f"{rate:{len(unit) + 9}.1f}" for rate in (row.images, row.texts, row.pairs))
        typer.echo(f"{row.size:10}{rates}{row.peak_bytes / 1e9:10.2f}")
    chosen = best_size(rows, memory)
    typer.echo("\nThe smallest within 5 % of the best. In embed.similarity.options of the recipe:\n")
    typer.echo(f"batch_size: {chosen.size}")


def open_clip_of(recipe: Recipe) -> OpenClip:
    """The recipe's scorer. Raises RecipeError when it is none of open_clip."""
    from corpusflow.models.registry import IMAGE_TEXT_SCORERS
    from corpusflow.recipe import build

    spec = recipe.embed.similarity
    if spec is None or spec.name != "open_clip":
        named = "nothing" if spec is None else spec.name
        raise RecipeError(f"embed.similarity: {named} is named, but only open_clip has a batch_size to be measured")
    return cast("OpenClip", build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model"))
