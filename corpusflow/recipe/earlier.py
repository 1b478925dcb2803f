"""The corpora built before that a recipe names, checked against what it wants of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from corpusflow.errors import RecipeError

if TYPE_CHECKING:
    from corpusflow.recipe.sections import NearText
    from corpusflow.recipe.whole import Recipe
    from corpusflow.store.key_index import KeyIndex


def signature_section(wanted: NearText | None) -> dict[str, Any] | None:
    """What decides on a text's signature; two signatures can be compared only where this is the same."""
    return None if wanted is None else wanted.model_dump(mode="json", include={"shingle", "sizes", "permutations"})


def earlier_indexes(recipe: Recipe) -> tuple[KeyIndex, ...]:
    """The indexes as they are now. Raises RecipeError where one cannot be read or does not fit."""
    from corpusflow.store.key_index import read_index

    signatures = signature_section(recipe.select.near_text)
    indexes: list[KeyIndex] = []
    for number, path in enumerate(recipe.select.earlier):
        place = f"select.earlier[{number}]"
        try:
            index = read_index(path)
        except ValueError as error:
            raise RecipeError(f"{place}: {error}") from error
        if signatures is not None and index.signatures != signatures:
            raise RecipeError(
                f"{place}: {path} has {_told(index.signatures)}, the recipe wants {_told(signatures)}: write the same "
                f"in `select.near_text` of both, and run that corpus again, which fetches nothing; or leave it out here"
            )
        if any(known.digest == index.digest for known in indexes):
            raise RecipeError(f"{place}: {path} is given twice")
        indexes.append(index)
    return tuple(indexes)


def _told(signatures: Mapping[str, Any] | None) -> str:
    if signatures is None:
        return "no signatures of texts"
    return "signatures with " + ", ".join(f"{name} {value}" for name, value in sorted(signatures.items()))
