"""The rules of consent that a recipe asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpusflow.consent.opt_out import NOBODY, OptOutList
from corpusflow.consent.rules import ConsentRules
from corpusflow.errors import RecipeError, StartError

if TYPE_CHECKING:
    from corpusflow.recipe import Recipe


def consent_rules(recipe: Recipe) -> ConsentRules:
    """With the opt-out list as it is now. Raises RecipeError where that cannot be read or makes no sense."""
    section = recipe.consent
    try:
        opt_out = OptOutList.read(section.opt_out) if section.opt_out else NOBODY
    except StartError as error:
        raise RecipeError(f"consent.opt_out: {error}") from error
    return ConsentRules(section.directives, section.tdm, section.robots_txt, opt_out)
