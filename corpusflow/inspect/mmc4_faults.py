"""What is wrong with one sample in the form of Multimodal C4, which `corpusflow export` writes: one json with the
pictures inside."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from pydantic import Field, ValidationError

from corpusflow.errors import ImageError
from corpusflow.images.decode import Limits, stored_size
from corpusflow.inspect.sample_faults import MAX_PIXELS, Fault, place_faults, validation_text
from corpusflow.inspect.sample_form import Form, TableRow
from corpusflow.inspect.tar_samples import TarSample


class Mmc4Image(Form):
    image_name: str
    raw_url: str
    matched_text_index: int | None
    matched_sim: float | None
    image_base64: str


class Mmc4Form(Form):
    url: str
    text_list: list[str]
    image_info: list[Mmc4Image] = Field(min_length=1)
    similarity_matrix: list[list[float]]


def mmc4_faults(sample: TarSample, row: TableRow | None) -> Iterator[Fault]:
    """row: what the shard's table tells of the sample, None where it tells nothing."""
    yield from place_faults(sample, row)
    names = [name for name, _ in sample.members]
    if names != [f"{sample.key}.json"]:
        yield "files_differ", f"the tar has {', '.join(names)}"
        return
    try:
        form = Mmc4Form.model_validate_json(sample.members[0][1])
    except ValidationError as error:
        yield "json_unreadable", validation_text(error)
        return
    if row is not None and (row.url, row.images) != (form.url, len(form.image_info)):
        yield "row_differs", f"{len(form.image_info)} images of {form.url}, the table tells {row.images} of {row.url}"
    if [len(column) for column in form.similarity_matrix] != [len(form.text_list)] * len(form.image_info):
        yield "similarity_shape", f"{len(form.similarity_matrix)} rows for {len(form.image_info)} images"
        return
    for info, similarities in zip(form.image_info, form.similarity_matrix, strict=True):
        yield from _image_faults(info, similarities)


def _image_faults(info: Mmc4Image, similarities: list[float]) -> Iterator[Fault]:
    matched = info.matched_text_index
    known = matched is not None and 0 <= matched < len(similarities)
    if info.matched_sim != (similarities[matched] if known and matched is not None else None):
        yield "match_differs", f"{info.image_name}: text {matched}, similarity {info.matched_sim}"
    try:
        data = base64.b64decode(info.image_base64, validate=True)
        stored_size(data, info.image_name, Limits(max_bytes=max(len(data), 1), max_pixels=MAX_PIXELS))
    except (binascii.Error, ImageError) as error:
        yield "picture_broken", f"{info.image_name}: {error}"
