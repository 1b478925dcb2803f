"""A document on a terminal: headings and text, a line for each picture, dropped segments dimmed with their reason."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from corpusflow.document import ImageSegment, TextSegment
from corpusflow.inspect.matches import rank_text
from corpusflow.inspect.printable import printable
from corpusflow.inspect.reason import reason_text
from corpusflow.inspect.view import Part, SampleView

_STYLES = {"heading": "bold", "code": "cyan", "quote": "italic", "caption": "italic"}


def to_terminal(view: SampleView) -> Group:
    """Something that a rich Console prints. Text of pages is never read as rich's markup."""
    lines: list[Rule | Text | Padding] = [Rule(_plain(view.title or view.key, "bold"), align="left")]
    lines += [Text.assemble((f"{name}: ", "dim"), _plain(value)) for name, value in view.facts.items()]
    if view.whole is not None:
        lines.append(_plain(reason_text(view.whole), "bold red"))
    lines.append(Text())
    for part in view.parts:
        lines += _part(part)
    if view.hidden:
        lines.append(Text(f"{view.hidden:,} more segments", "dim"))
    return Group(*lines)


def _part(part: Part) -> Iterator[Text | Padding]:
    segment = part.segment
    body = _image(part, segment) if isinstance(segment, ImageSegment) else _text(segment)
    if part.images:
        body = Text.assemble((f"¶{part.number} ", "green"), body)
    if part.row is None:
        yield Padding(body, (0, 0, 1, _indent(segment)), expand=False)
    else:
        body.stylize("dim")
        yield Padding(_plain(reason_text(part.row), "red"), (0, 0, 0, 2), expand=False)
        yield Padding(body, (0, 0, 1, 2 + _indent(segment)), expand=False)


def _image(part: Part, image: ImageSegment) -> Text:
    size = f"{image.picture.width} x {image.picture.height}" if image.picture else "no picture"
    told = [part.member or printable(image.url), size]
    told += [f"{match.how} {match.place} {match.similarity:.2f}" for match in part.matches]
    if part.rank is not None:
        told.append(rank_text(part.rank))
    if part.nsfw is not None:
        told.append(f"nsfw {part.nsfw:.2f}")
    told += part.counts
    text = Text(f"[{', '.join(told)}]", "green")
    for words in (image.alt, image.caption):
        if words:
            text.append_text(_plain(f" {words}"))
    return text


def _text(segment: TextSegment) -> Text:
    mark = "#" * segment.level + " " if segment.role == "heading" else ""
    if segment.role == "list_item":
        mark = "- " if segment.number is None else f"{segment.number}. "
    return _plain(mark + segment.text, _STYLES.get(segment.role, ""))


def _indent(segment: TextSegment | ImageSegment) -> int:
    nested = isinstance(segment, TextSegment) and segment.role == "list_item"
    return 2 * min(segment.level - 1, 8) if nested and isinstance(segment, TextSegment) and segment.level else 0


def _plain(text: str, style: str = "") -> Text:
    return Text(printable(text), style)
