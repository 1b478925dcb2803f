"""From plain data to a recipe, its filters and its models: everything is built once, so that all is checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from corpusflow.errors import RecipeError
from corpusflow.filtering import Filter, Registry, TextScorer
from corpusflow.recipe.faults import first_fault
from corpusflow.recipe.names import nearest, unknown_key
from corpusflow.recipe.sections import Named
from corpusflow.recipe.text_models import check_text_models
from corpusflow.recipe.used_filters import way_without
from corpusflow.recipe.whole import Recipe

T = TypeVar("T")

# The key of `embed` whose model gives a measure.
GIVEN_BY = {
    "best_similarity": "similarity",
    "assigned_similarity": "similarity",
    "copy_similarity": "similarity",
    "text_rank": "similarity",
    "image_rank": "similarity",
    "image_coherence": "similarity",
    "faces": "faces",
    "nsfw": "safety",
}


def parse_recipe(data: Mapping[str, Any], registry: Registry, places: Sequence[str] = ()) -> Recipe:
    """The recipe that plain data describe. Filters and models are built once, so that their options are checked.

    places: paths of the filters, where they are not their positions.
    """
    if "preset" in data:
        raise RecipeError("preset: only a recipe in a file can start from one")
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(first_fault(error, filters=places)) from error
    build_filters(recipe, registry, places)
    for path, spec, models in model_specs(recipe):
        build(spec, models, path, "model")
    return recipe


def build_filters(recipe: Recipe, registry: Registry, places: Sequence[str] = ()) -> tuple[Filter, ...]:
    """The recipe's filters, in their order. Raises RecipeError. places: as in `parse_recipe`."""
    places = places or [f"filters[{number}]" for number, _ in enumerate(recipe.filters)]
    placed = [
        (place, cast(Filter, build(spec, registry, place, "filter")))
        for place, spec in zip(places, recipe.filters, strict=True)
    ]
    for place, rule in placed:
        for measure in rule.measures:
            option = GIVEN_BY.get(measure)
            if option and getattr(recipe.embed, option) is None:
                text = f"{place}: {rule.name} reads the score '{measure}'; name a model in embed.{option}, "
                raise RecipeError(text + way_without(rule.name))
    _check_languages(recipe, placed)
    _check_negatives(recipe, placed)
    from corpusflow.models.registry import TEXT_SCORERS

    check_text_models(text_scorers(recipe), placed, TEXT_SCORERS)
    return tuple(rule for _, rule in placed)


def text_scorers(recipe: Recipe) -> tuple[TextScorer, ...]:
    """The recipe's text models, in their order. Raises RecipeError."""
    specs = [item for item in model_specs(recipe) if item[0].startswith("text.")]
    return tuple(cast(TextScorer, build(spec, models, path, "model")) for path, spec, models in specs)


def _check_languages(recipe: Recipe, filters: Iterable[tuple[str, Filter]]) -> None:
    """A scorer that reads some languages only must not judge documents in others."""
    spec = recipe.embed.similarity
    if spec is None:
        return
    from corpusflow.models.registry import IMAGE_TEXT_SCORERS

    reads = set(getattr(IMAGE_TEXT_SCORERS.get(spec.name), "languages", ()))
    for place, rule in filters:
        judged = set(getattr(rule, "languages", ()))
        if reads and "best_similarity" in rule.measures and not (judged and judged <= reads):
            known = ", ".join(sorted(reads))
            raise RecipeError(
                f"{place}.options: {spec.name} reads {known} only; add `languages: [{known}]`: documents in "
                f"other languages are then not judged by {rule.name}"
            )


def _check_negatives(recipe: Recipe, filters: Iterable[tuple[str, Filter]]) -> None:
    """What is compared with negatives needs some."""
    from corpusflow.align.ranks import MIN_NEGATIVES

    for place, rule in filters:
        if "text_rank" in rule.measures and recipe.align.negatives < MIN_NEGATIVES:
            text = f"{place}: {rule.name} compares with negatives; set align.negatives to {MIN_NEGATIVES} or more, "
            raise RecipeError(text + way_without(rule.name))


def model_specs(recipe: Recipe) -> Iterable[tuple[str, Named, Registry]]:
    """Path in the recipe, spec and the registry it is looked up in, for every model that the recipe names."""
    from corpusflow.models.registry import (
        FACE_DETECTORS,
        IMAGE_SCORERS,
        IMAGE_TEXT_SCORERS,
        LANGUAGE_SCORERS,
        TEXT_SCORERS,
    )

    yield "extract.language", recipe.extract.language, LANGUAGE_SCORERS
    for number, spec in enumerate(recipe.text.models):
        yield f"text.models[{number}]", spec, TEXT_SCORERS
    if recipe.embed.similarity is not None:
        yield "embed.similarity", recipe.embed.similarity, IMAGE_TEXT_SCORERS
    if recipe.embed.safety is not None:
        yield "embed.safety", recipe.embed.safety, IMAGE_SCORERS
    if recipe.embed.faces is not None:
        yield "embed.faces", recipe.embed.faces, FACE_DETECTORS


def build(spec: Named, registry: Mapping[str, type[T]], path: str, kind: str) -> T:
    """The object that a spec names. Raises RecipeError with the path of what is wrong."""
    cls = registry.get(spec.name)
    if cls is None:
        raise RecipeError(f"{path}.name: there is no {kind} '{spec.name}'{nearest(spec.name, registry)}")
    fields = [field.name for field in dataclasses.fields(cast(Any, cls))]
    for key in spec.options:
        if key not in fields:
            raise RecipeError(f"{path}.options: {spec.name} {unknown_key(key, fields)}")
    try:
        return TypeAdapter(cls).validate_python(spec.options)
    except ValidationError as error:
        raise RecipeError(first_fault(error, f"{path}.options")) from error


def keyed_spec(spec: Named | None, registry: Registry) -> dict[str, Any] | None:
    """What of a model's spec decides on what is made with it: not where its files lie. What they hold is part of the
    model's name."""
    if spec is None:
        return None
    files = getattr(registry.get(spec.name), "files", ())
    return {"name": spec.name, "options": {key: value for key, value in spec.options.items() if key not in files}}


def with_defaults(recipe: Recipe, registry: Registry) -> Recipe:
    """The recipe with the defaults of its filters' and models' options written out, as those of its sections are."""

    def whole(spec: Named, known: Mapping[str, type[Any]]) -> Named:
        return Named(name=spec.name, options=dataclasses.asdict(build(spec, known, spec.name, "")))

    models = {path: whole(spec, known) for path, spec, known in model_specs(recipe)}
    embed = {name: models.get(f"embed.{name}") for name in ("similarity", "safety", "faces")}
    text_models = tuple(models[f"text.models[{number}]"] for number, _ in enumerate(recipe.text.models))
    return recipe.model_copy(
        update={
            "extract": recipe.extract.model_copy(update={"language": models["extract.language"]}),
            "text": recipe.text.model_copy(update={"models": text_models}),
            "embed": recipe.embed.model_copy(update=embed),
            "filters": tuple(whole(spec, registry) for spec in recipe.filters),
        }
    )
