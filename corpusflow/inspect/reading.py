"""What was read of one page, on a terminal and as JSON: its facts, its segments in order, what was left out and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from corpusflow.decision import decision_row
from corpusflow.document import Document, ImageSegment, Segment
from corpusflow.extract.html import PageReading
from corpusflow.extract.left_out import LeftOut
from corpusflow.inspect.printable import cut, printable
from corpusflow.inspect.reason import figures_text

MOST_NAME = 200  # characters of an element's name or of an address that was left out; a data: URL has thousands
MOST_INDENTED = 8  # list items nested deeper are indented no further
NARROWEST = 20  # columns for what is told of a segment, however narrow the terminal is

_FIRST = ("title", "url", "language")
_NO_FACTS = frozenset(("id", "position", "scores", "segments", "source"))


def reading_to_json(reading: PageReading, why: bool) -> dict[str, Any]:
    """Plain dicts and lists. why: with what was left out, too."""
    data: dict[str, Any] = {"document": reading.document.to_json()}
    if why:
        data["left_out"] = [dataclasses.asdict(left) for left in reading.left_out]
        data["vectors"] = reading.vectors
    return data


def reading_to_terminal(reading: PageReading, why: bool) -> Group:
    """Something that a rich Console prints, headed by the name of the page's source. Text of pages is never read as
    rich's markup. why: with what was left out, too."""
    document = reading.document
    texts, images = len(document.texts), len(document.images)
    facts = page_facts(document) | {"content": f"{_counted(texts, 'text')}, {_counted(images, 'image')}"}
    return Group(
        Rule(_plain(document.provenance.source, "bold"), align="left"),
        *(Text.assemble((f"{name}: ", "dim"), _plain(value)) for name, value in facts.items()),
        Text(),
        _Entries([_segment_entry(segment) for segment in document.segments]),
        *(_left_out(reading) if why else ()),
    )


def page_facts(document: Document) -> dict[str, str]:
    """What is known of the page, by name and ready to show; what is empty is left out."""
    known = dict(_facts_of(document))
    return {name.replace("_", " "): known[name] for name in dict.fromkeys((*_FIRST, *known)) if known.get(name)}


def _facts_of(record: Any) -> Iterator[tuple[str, str]]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.name in _NO_FACTS or value is None:
            continue
        if dataclasses.is_dataclass(value):
            yield from _facts_of(value)
        else:
            yield field.name, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True)
class _Entry:
    """place: index of a segment, empty where there is none. indent: columns by which the body is moved."""

    place: str
    kind: Text
    body: Text
    indent: int = 0


@dataclass(frozen=True, slots=True)
class _Entries:
    """Place and kind of each entry in columns, and its body wrapped beside them. Unlike rich's tables it leaves no
    blanks behind the lines, which would come along when an address is copied."""

    entries: list[_Entry]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        places = max((len(entry.place) for entry in self.entries), default=0)
        kinds = max((entry.kind.cell_len for entry in self.entries), default=0)
        for entry in self.entries:
            margin = places + kinds + 4 + entry.indent
            before = Text.assemble((entry.place.rjust(places), "dim"), "  ", entry.kind)
            for line in entry.body.wrap(console, max(options.max_width - margin, NARROWEST), overflow="fold"):
                line.rstrip()
                if line:
                    before.pad_right(margin - before.cell_len)
                yield before.append_text(line)
                before = Text()


def _segment_entry(segment: Segment) -> _Entry:
    place = str(segment.index)
    if isinstance(segment, ImageSegment):
        return _Entry(place, Text("image", "green"), _image(segment))
    kind = f"{segment.role} {segment.level}" if segment.level else segment.role
    numbered = segment.text if segment.number is None else f"{segment.number}. {segment.text}"
    body = _plain(numbered, "bold" if segment.role == "heading" else "")
    nested = segment.level - 1 if segment.role == "list_item" else 0
    return _Entry(place, Text(kind), body, 2 * max(0, min(nested, MOST_INDENTED)))


def _image(image: ImageSegment) -> Text:
    width, height = image.declared_width, image.declared_height
    known = ["no declared size" if width is height is None else f"{width or '?'} x {height or '?'} declared"]
    if image.candidates:
        known.append(_counted(len(image.candidates), "more candidate"))
    words = [("alt", image.alt), ("caption", image.caption)]
    told = [Text.assemble((f"{name}: ", "dim"), _plain(text)) for name, text in words if text]
    return Text("\n").join([_plain(image.url, "green"), *told, Text(", ".join(known), "dim")])


def _left_out(reading: PageReading) -> Iterator[RenderableType]:
    images = sum(left.segment is not None for left in reading.left_out)
    parts = len(reading.left_out) - images
    yield Text(f"\nleft out: {_counted(parts, 'part')}, {_counted(images, 'image')}", "bold")
    # Pages repeat small things: five hidden buttons in a row are one entry.
    yield _Entries([_left_out_entry(left, len(list(same))) for left, same in groupby(reading.left_out)])
    drawn = ", ".join(f"{number:,} {kind}" for kind, number in reading.vectors.items() if number)
    if drawn:
        yield Text.assemble(("drawn by the page itself, never taken: ", "bold"), drawn)


def _left_out_entry(left: LeftOut, times: int) -> _Entry:
    figures = figures_text(decision_row(left.decision, stage="extract", block="", document="", unit="text"))
    told = [
        f"measured {figures}" if isinstance(left.measured, str) and left.limit is None else figures,
        _counted(left.characters, "character") if left.segment is None else "",
        f"{times} times" if times > 1 else "",
    ]
    more = "\N{HORIZONTAL ELLIPSIS}" if left.characters > len(left.text) else ""
    excerpt = _plain(cut(left.text, MOST_NAME) + more, "dim")
    beside = Text(": ").join(filter(None, [Text(", ".join(filter(None, told)), "cyan"), excerpt]))
    body = Text("\n").join(filter(None, [_plain(cut(left.what, MOST_NAME)), beside]))
    return _Entry("" if left.segment is None else str(left.segment), Text(left.reason, "red"), body)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _plain(text: str, style: str = "") -> Text:
    return Text(printable(text), style)
