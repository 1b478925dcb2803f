"""What is wrong with one sample: its json against its form, its pictures against its json."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, stored_size
from corpusflow.inspect.sample_form import ImageInfo, SampleForm, TableRow
from corpusflow.inspect.tar_samples import TarSample

Fault = tuple[str, str]  # its snake_case name, and the figures

# Three times what a run allows by default: a picture that came in another format may be stored as WebP, of which a
# third is allowed.
MAX_PIXELS = 3 * Limits().max_pixels


def sample_faults(sample: TarSample, row: TableRow | None) -> Iterator[Fault]:
    """row: what the shard's table tells of the sample, None where it tells nothing."""
    yield from place_faults(sample, row)
    names = [name for name, _ in sample.members]
    if names[0] != f"{sample.key}.json":
        yield "json_not_first", f"the first file is {names[0]}"
        return
    try:
        form = SampleForm.model_validate_json(sample.members[0][1])
    except ValidationError as error:
        yield "json_unreadable", validation_text(error)
        return
    yield from _form_faults(form, sample.key)
    if names[1:] != [name for name in form.images if name is not None]:
        yield "pictures_differ", f"the tar has {', '.join(names[1:]) or 'none'}"
    if row is not None:
        yield from _row_faults(form, row)
    pictures = dict(sample.members[1:])
    for info in form.image_info:
        if info.member in pictures:
            yield from _picture_faults(info, pictures[info.member])


def place_faults(sample: TarSample, row: TableRow | None) -> Iterator[Fault]:
    """Where the sample stands in the tar, and where the table tells that it stands."""
    if row is None:
        yield "not_in_table", ""
    elif (row.offset, row.offset + row.length) != (sample.offset, sample.end):
        told = f"{row.offset:,} to {row.offset + row.length:,}"
        yield "range_differs", f"bytes {sample.offset:,} to {sample.end:,}, the table tells {told}"


def validation_text(error: ValidationError) -> str:
    """The first of the faults that it tells: the place in the json, and what is wrong there."""
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip()


def _form_faults(form: SampleForm, key: str) -> Iterator[Fault]:
    if form.sample_id != key:
        yield "sample_id_differs", form.sample_id
    if len(form.texts) != len(form.images):
        yield "positions_differ", f"{len(form.texts)} texts, {len(form.images)} images"
        return
    places = list(enumerate(zip(form.texts, form.images, strict=True)))
    for position, (text, image) in places:
        if (text is None) == (image is None):
            yield "position_not_one", f"position {position} has {'neither' if text is None else 'both'}"
    if [info.pos for info in form.text_info] != [position for position, (text, _) in places if text is not None]:
        yield "text_info_differs", ""
    told = [(info.pos, info.member) for info in form.image_info]
    if told != [(position, image) for position, (_, image) in places if image is not None]:
        yield "image_info_differs", ""
    if [len(row) for row in form.similarity] != [len(form.image_info)] * len(form.units):
        yield "similarity_shape", f"{len(form.similarity)} rows for {len(form.units)} units"
        return
    yield from _unit_faults(form)


def _unit_faults(form: SampleForm) -> Iterator[Fault]:
    lengths = [len(text) for text in form.texts if text is not None]
    for row, (first, last, start, end) in enumerate(form.units):
        inside = 0 <= first <= last < len(lengths) and 0 <= start <= lengths[first] and 0 <= end <= lengths[last]
        if not inside or (first == last and start > end):
            yield "unit_outside", f"row {row}: {first}, {last}, {start}, {end}"
            return
    # The first text of each row; no row, no text.
    texts: dict[int | None, int | None] = {None: None}
    texts |= {row: first for row, (first, *_) in enumerate(form.units)}
    for info in form.image_info:
        told = ((info.matched_unit, info.matched_text_index), (info.assigned_unit, info.assigned_text_index))
        for row_told, text in told:
            if row_told not in texts or texts[row_told] != text:
                yield "unit_differs", f"{info.member}: text {text}, row {row_told}"


def _row_faults(form: SampleForm, row: TableRow) -> Iterator[Fault]:
    found = {
        "url": form.url,
        "language": form.metadata.lang,
        "texts": len(form.text_info),
        "images": len(form.image_info),
        "characters": sum(len(text) for text in form.texts if text is not None),
        "faces": faces_told(form.image_info),
    }
    for name, value in found.items():
        if getattr(row, name) != value:
            yield "row_differs", f"{name} is {value!r}, the table tells {getattr(row, name)!r}"


def faces_told(images: Sequence[ImageInfo]) -> int | None:
    """The faces of all pictures; None where nobody looked at one of them."""
    return None if any(info.faces is None for info in images) else sum(len(info.faces or ()) for info in images)


def _picture_faults(info: ImageInfo, data: bytes) -> Iterator[Fault]:
    if hashlib.sha256(data).hexdigest() != info.sha256:
        yield "picture_digest_differs", info.member
    limits = Limits(max_bytes=max(len(data), 1), max_pixels=MAX_PIXELS)
    try:
        width, height = stored_size(data, info.member, limits)
    except ImageError as error:
        yield "picture_broken", str(error)
        return
    if (width, height) != (info.width, info.height):
        told = f"{info.width} x {info.height}"
        yield "picture_size_differs", f"{info.member} is {width} x {height}, not {told}"
