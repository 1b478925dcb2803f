"""What a model is, in words: where a recipe names it, what it needs, and its options with their types and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import Any

from corpusflow.filtering import Registry
from corpusflow.inspect.named_help import doc, list_item, listed, options, spec_yaml, summary
from corpusflow.models.extras import EXTRA_OF, fault_of_extra

LISTS = ("text.models",)  # keys of a recipe that take several models


def models_text(registries: Mapping[str, Registry]) -> str:
    """Every model with one sentence, its options and their defaults. registries: by the recipe's key."""
    lines = []
    for key, registry in registries.items():
        for name, cls in sorted(registry.items()):
            lines += listed(_title(key, name, cls), cls)
    return "\n".join([*lines, "", "corpusflow models NAME tells all about one of them."])


def model_text(key: str, name: str, cls: type[Any]) -> str:
    """All of a model's docstring, what is missing, and what a recipe would write to name it with the defaults.

    key: of the recipe, where the model stands.
    """
    lines = [_title(key, name, cls), "", doc(cls), ""]
    if fault := _fault(name):
        lines += [f"Not installed: {fault}", ""]
    section, _, option = key.partition(".")
    lines += ["In a recipe, with the defaults:", "", f"{section}:", f"  {option}:"]
    spec = spec_yaml(name, cls)
    return "\n".join([*lines, indent(list_item(spec) if key in LISTS else spec, "    ")])


def model_json(key: str, name: str, cls: type[Any]) -> dict[str, Any]:
    """The same for a script. extra: null where none is needed. languages: that it reads; empty for all or unknown."""
    told: dict[str, Any] = {"name": name, "key": key, "extra": EXTRA_OF.get(name), "installed": not _fault(name)}
    told |= {"languages": _languages(cls), "summary": summary(cls), "doc": doc(cls)}
    return {**told, "options": options(cls)}


def _title(key: str, name: str, cls: type[Any]) -> str:
    extra = EXTRA_OF.get(name)
    state = "not installed" if _fault(name) else "installed"
    facts = [key, f"extra [{extra}], {state}" if extra else "no extra"]
    told = options(cls)
    if files := [option for option in getattr(cls, "files", ()) if "required" in told[option]]:
        facts.append(f"a file of yours: {', '.join(files)}")
    if languages := _languages(cls):
        facts.append(f"reads {', '.join(languages)} only")
    return f"{name}  ({'; '.join(facts)})"


def _fault(name: str) -> str:
    return fault_of_extra(EXTRA_OF[name]) if name in EXTRA_OF else ""


def _languages(cls: type[Any]) -> list[str]:
    """What the model can read; not an option of that name, which says what it shall."""
    return [] if "languages" in options(cls) else list(getattr(cls, "languages", ()))
