"""Documents as one self-contained HTML page: pictures inside, what was dropped in its place with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from corpusflow.inspect.rendering import render
from corpusflow.inspect.view import SampleView


def html_page(views: Sequence[SampleView], title: str) -> str:
    """The page's text, to be stored as UTF-8. It grows with the pictures: see `reduced` for a bound."""
    return render("page.html", views=views, title=title)
