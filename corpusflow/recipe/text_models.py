"""Whether the text models and the filters of a recipe fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from corpusflow.errors import RecipeError
from corpusflow.filtering import Filter, TextScorer
from corpusflow.recipe.used_filters import way_without


def check_text_models(
    scorers: Sequence[TextScorer], filters: Iterable[tuple[str, Filter]], known: Mapping[str, type[TextScorer]]
) -> None:
    """Raises RecipeError where a document would get two scores of one measure, or a filter reads what nobody measures.

    filters: each with its path. known: all text models that there are, by the name that a recipe gives them.
    """
    for number, scorer in enumerate(scorers):
        if any(_meet(scorer, earlier) for earlier in scorers[:number]):
            raise RecipeError(
                f"text.models[{number}]: an earlier model measures '{scorer.measure}' of the same documents; give "
                "each of them `languages:` of its own"
            )
    for place, rule in filters:
        for measure in rule.measures:
            names = [name for name, cls in known.items() if cls.measure == measure]
            if names:
                _check_filter(place, rule, measure, scorers, names)


def _meet(one: TextScorer, other: TextScorer) -> bool:
    if one.measure != other.measure:
        return False
    return not one.languages or not other.languages or not set(one.languages).isdisjoint(other.languages)


def _check_filter(path: str, rule: Filter, measure: str, scorers: Iterable[TextScorer], names: Iterable[str]) -> None:
    given = [scorer for scorer in scorers if scorer.measure == measure]
    if not given:
        raise RecipeError(
            f"{path}: {rule.name} reads the score '{measure}'; name a model that gives it in text.models, such as "
            f"{' or '.join(names)}, {way_without(rule.name)}"
        )
    reads = {language for scorer in given for language in scorer.languages}
    if all(scorer.languages for scorer in given) and not reads.issuperset(getattr(rule, "languages", ())):
        raise RecipeError(
            f"{path}.options: text.models measure '{measure}' in {', '.join(sorted(reads))} only, but `languages` of "
            f"{rule.name} names more"
        )
