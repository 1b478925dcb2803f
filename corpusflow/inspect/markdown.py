"""A document as Markdown. Text of pages is escaped: it shows as it stood there and marks up nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from corpusflow.document import ImageSegment, TextSegment
from corpusflow.inspect.links import is_web
from corpusflow.inspect.matches import rank_text
from corpusflow.inspect.printable import cut, printable
from corpusflow.inspect.reason import reason_text
from corpusflow.inspect.view import Part, SampleView

MAX_QUOTE = 80  # characters

_INLINE = re.compile(r"([\\`*_\[\]<>&|~$])")
_LINE_START = re.compile(r"^(#|[-+=]|\d+(?=[.)]))", re.MULTILINE)


def to_markdown(view: SampleView, picture_path: Callable[[str], str]) -> str:
    """picture_path: from a member's name to the address under which the picture is found."""
    blocks = [f"# {escape_markdown(view.title or view.key)}"]
    blocks.append("\n".join(f"- {name}: {_fact(value)}" for name, value in view.facts.items()))
    if view.whole is not None:
        blocks.append(f"**{escape_markdown(reason_text(view.whole))}**")
    blocks += [_block(part, picture_path) for part in view.parts]
    if view.hidden:
        blocks.append(f"*{view.hidden:,} more segments*")
    return "\n\n".join(blocks) + "\n"


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no empty lines that would end its block."""
    lines = [line.strip() for line in printable(text).splitlines()]
    escaped = _INLINE.sub(r"\\\1", "\n".join(line for line in lines if line))
    return _LINE_START.sub(lambda found: _escaped_start(found.group()), escaped)


def _escaped_start(start: str) -> str:
    # A number at the start of a line makes a list by the mark behind it.
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"


def _fact(value: str) -> str:
    text = " ".join(printable(value).split())
    return f"<{text}>" if is_web(text) and not re.search(r"[<>\s]", text) else escape_markdown(text)


def _block(part: Part, picture_path: Callable[[str], str]) -> str:
    block = "\n\n".join(_lines(part, picture_path))
    if part.row is None:
        return block
    quoted = f"*{escape_markdown(reason_text(part.row))}*\n\n{block}".rstrip()
    return "\n".join(f"> {line}".rstrip() for line in quoted.splitlines())


def _lines(part: Part, picture_path: Callable[[str], str]) -> Iterator[str]:
    if isinstance(part.segment, ImageSegment):
        alt = " ".join(escape_markdown(part.segment.alt).split())
        if part.member:
            yield f"![{alt}](<{picture_path(part.member)}>)"
        else:
            yield f"{_fact(part.segment.url)} {alt}".rstrip()
        if part.segment.caption:
            yield f"*{escape_markdown(part.segment.caption)}*"
        if part.matches:
            yield "\n".join(f"- {line}" for line in _matches(part))
    else:
        yield _text(part.segment)


def _matches(part: Part) -> Iterator[str]:
    for match in part.matches:
        words = f"\N{LEFT DOUBLE QUOTATION MARK}{cut(match.quote, MAX_QUOTE)}\N{RIGHT DOUBLE QUOTATION MARK}"
        yield f"{match.how} {match.similarity:.2f}: {escape_markdown(words if match.quote else match.place)}"
    if part.rank is not None:
        yield rank_text(part.rank)


def _text(segment: TextSegment) -> str:
    if segment.role == "code":
        return fenced(segment.text)
    text = escape_markdown(segment.text)
    if segment.role == "heading":
        return f"{'#' * min(segment.level + 1, 6)} {' '.join(text.split())}"
    if segment.role == "list_item":
        indent = "  " * max(segment.level - 1, 0)
        mark = "-" if segment.number is None else f"{segment.number}."
        return f"{indent}{mark} " + text.replace("\n", f"\n{indent}{' ' * len(mark)} ")
    if segment.role == "quote":
        return "> " + text.replace("\n", "\n> ")
    return text


def fenced(text: str) -> str:
    """A code block; its fence is longer than any in the text."""
    text = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
