"""Fills the HTML templates. Everything from outside is escaped; pages need no script and no other resource."""

from __future__ import annotations

import base64
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from corpusflow.inspect.links import is_web
from corpusflow.inspect.markdown import escape_markdown
from corpusflow.inspect.matches import rank_text
from corpusflow.inspect.printable import printable
from corpusflow.inspect.reason import figures_text, reason_text
from corpusflow.inspect.view import SampleView

MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


def render(template: str, **values: Any) -> str:
    """A template of this package with these values."""
    environment = Environment(
        loader=PackageLoader("corpusflow.inspect", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters.update(markdown=_markdown, reason=reason_text, figures=figures_text)
    environment.filters.update(count=_count, percent=_percent, size=_size, seconds=_seconds, rank=rank_text)
    environment.tests["web"] = is_web
    environment.globals["picture"] = picture_uri
    return environment.get_template(template).render(**values)


def picture_uri(view: SampleView, member: str) -> str:
    """The picture as a `data:` URI, empty where the view has none or the page could not show it."""
    data, media_type = view.pictures.get(member), MEDIA_TYPES.get(member.rpartition(".")[2])
    if data is None or media_type is None:
        return ""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _markdown(text: str) -> Markup:
    return Markup(escape_markdown(text))


def _count(value: int) -> str:
    return f"{value:,}"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _size(value: float) -> str:
    """Bytes in the largest unit of which there is at least one."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"


def _seconds(value: float) -> str:
    if value < 120:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:,.1f} h"
