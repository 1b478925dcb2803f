"""What is wrong with a recipe, told with its path in the file."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from corpusflow.recipe.names import nearest


def first_fault(error: ValidationError, root: str = "", filters: Sequence[str] = ()) -> str:
    """root: path of what was validated. filters: paths of a recipe's filters, where they are not its positions."""
    fault = error.errors(include_url=False)[0]
    path = root
    for depth, step in enumerate(fault["loc"]):
        if isinstance(step, int):
            path = filters[step] if filters and path == "filters" else f"{path}[{step}]"
        elif depth != 2 or fault["loc"][0] != "sources":  # there stands the union's tag, which is no key of the file
            path += f".{step}" if path else step
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing" and path == "sources":
        return "sources: say where pages come from, such as `sources: [{kind: warc, path: pages.warc.gz}]`"
    if fault["type"] == "own_path":
        return message
    if fault["type"] == "union_tag_invalid":
        known = [kind.strip(" '") for kind in fault["ctx"]["expected_tags"].split(",")]
        message = f"there is no kind '{fault['ctx']['tag']}'{nearest(fault['ctx']['tag'], known)}"
    if fault["type"] in ("unknown_key", "missing", "value_error", "union_tag_not_found", "union_tag_invalid"):
        return f"{path or 'recipe'}: {message}"
    message = _PLAIN_WORDS.get(fault["type"], message)
    return f"{path or 'recipe'}: {message}, got {fault['input']!r}"


# For what pydantic says in words of Python.
_PLAIN_WORDS = {
    "tuple_type": "a list is wanted: lines that begin with `- `, or [a, b]",
    "too_short": "at least one is wanted",
    "model_type": "a mapping is wanted: lines of `key: value`",
    "dict_type": "a mapping is wanted: lines of `key: value`",
}
