"""The form of a sample's json and of its row in the shard's table: verify holds samples against it, the dataset card
explains it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """Types are taken as they stand: the text "3" is no number."""

    model_config = ConfigDict(strict=True, frozen=True)


class TextInfo(Form):
    pos: int = Field(description="Position in `texts`.")
    index: int = Field(description="Place among all segments of the page, the dropped ones too.")
    role: str = Field(description="`heading`, `paragraph`, `list_item`, `table_row`, `quote`, `code` or `caption`.")
    level: int = Field(description="1-6 for a heading, depth of nesting for a list item, else 0.")
    number: int | None = Field(description="What an ordered list counts the item as, null elsewhere.")
    lang: str = Field(description="Detected language of this text, empty where it is too short to tell.")
    lang_score: float | None = Field(description="Its probability, null where it is too short to tell.")
    image_rank: float | None = Field(
        description="Share of the pictures of other documents that are at least as similar to the text as the best of "
        "its own; null where it was compared with none."
    )


class ImageInfo(Form):
    pos: int = Field(description="Position in `images`.")
    index: int = Field(description="Place among all segments of the page, the dropped ones too.")
    member: str = Field(description="Name of the picture in the tar.")
    url: str = Field(description="Where the page had it from.")
    width: int = Field(description="Pixels of the stored picture.")
    height: int = Field(description="Pixels of the stored picture.")
    alt: str = Field(description="Alternative text of the page, may be empty.")
    caption: str = Field(description="Caption on the page, may be empty.")
    sha256: str = Field(description="Hex digest of the stored picture.")
    source_sha256: str = Field(description="Hex digest of the picture's bytes as they were received.")
    source_width: int = Field(description="Pixels before the picture was scaled down.")
    source_height: int = Field(description="Pixels before the picture was scaled down.")
    phash: str = Field(description="Perceptual hash (DCT), 64 bits in hex; few differ where pictures look alike.")
    dhash: str = Field(description="Perceptual hash (differences), 64 bits in hex.")
    single_colour: bool = Field(description="Whether the whole picture has one colour.")
    source_md5: str = Field(description="Hex digest of the picture's bytes as they were received.")
    source_sha1: str = Field(description="Hex digest of the picture's bytes as they were received.")
    sha256_uses: int | None = Field(
        description="Documents of the corpus that show the same bytes, null where nobody counted."
    )
    phash_uses: int | None = Field(
        description="Documents that show a picture of this phash, null for a flat one too, whose hash tells nothing.",
    )
    dhash_uses: int | None = Field(description="Documents that show a picture of this dhash, null likewise.")
    pdq: str | None = Field(description="PDQ hash, 256 bits in hex, null where no filter asked for it.")
    pdq_quality: int | None = Field(description="Quality of the PDQ hash, 0 to 100; under 50 it tells nothing.")
    nsfw: float | None = Field(description="Safety score, null where no model scored.")
    faces: list[list[float]] | None = Field(
        description="Left edge, upper edge, width, height and score of each face, shares of the picture's width and "
        "height; null where nobody looked."
    )
    text_rank: float | None = Field(
        description="Share of the texts of other documents, of one language and a like length, that are at least as "
        "similar to the picture as the best of its own; null where it was compared with none."
    )
    copy_similarity: float | None = Field(
        description="Cosine similarity with the earlier picture of the page most like it, the dropped ones too; null "
        "for the first, or where no model scored."
    )
    matched_text_index: int | None = Field(
        description="Number, among the sample's texts, of the one most like the picture, the first of its unit; null "
        "where that unit was dropped or no model scored."
    )
    matched_unit: int | None = Field(description="Row of `similarity` with the unit most like the picture; null too.")
    matched_sim: float | None = Field(description="Cosine similarity with the unit most like the picture.")
    assigned_text_index: int | None = Field(
        description="Number, among the sample's texts, of the one that the picture is assigned to, the first of its "
        "unit: a unit takes one picture, and the sum of similarities is the greatest; where pictures are more than "
        "units, the others have the unit most like them. Null where no model scored."
    )
    assigned_unit: int | None = Field(description="Row of `similarity` with that unit, null likewise.")
    assigned_sim: float | None = Field(description="Cosine similarity with that unit.")


class ScoreForm(Form):
    name: str
    value: float
    label: str


class Metadata(Form):
    title: str = Field(description="Title of the page.")
    lang: str = Field(description="Detected language, an ISO 639 code.")
    lang_score: float | None = Field(description="Its probability.")
    declared_lang: str = Field(description="Language that the page declares.")
    canonical_url: str = Field(description="URL under which the page wants to be known, may be empty.")
    published: str = Field(description="ISO 8601 date or time of publication that the page declares, may be empty.")
    licenses: list[str] = Field(description="URLs of the licenses that the page declares for itself.")
    robots: list[str] = Field(description="Directives for all robots: `noai`, `noindex`, ...")
    tdm_reservation: str = Field(description="`1` where text and data mining is reserved (TDMRep), `0` where not.")
    tdm_policy: str = Field(description="URL of the terms for text and data mining, may be empty.")
    source: str = Field(description="File or list that the page was read from.")
    position: int = Field(description="Byte offset in the archive; negative: names a line of a list.")
    fetched_at: str = Field(description="ISO 8601 time of the crawl, empty where it is not known.")
    scores: list[ScoreForm] = Field(
        description="What models say of the whole document: `name` (measure, model, version), `value` and `label`, "
        "which is empty where the value belongs to no class."
    )
    scorers: list[str] = Field(description="Models and measures that gave the scores, with versions.")


class SampleForm(Form):
    sample_id: str = Field(description="The sample's key: first part of the names of its files.")
    url: str = Field(description="URL of the page.")
    texts: list[str | None] = Field(description="Text at each position, null where an image stands.")
    images: list[str | None] = Field(description="Picture's name in the tar at each position, or null.")
    text_info: list[TextInfo] = Field(description="One entry per text, in order.")
    image_info: list[ImageInfo] = Field(description="One entry per image, in order.")
    similarity: list[list[float]] = Field(
        description="Cosine similarity of each text unit (rows) with each image (columns); empty where no model scored."
    )
    units: list[tuple[int, int, int, int]] = Field(
        description="What each row of `similarity` compares: numbers of its first and last text among the sample's "
        "texts, the place of its first character in the first, and the place behind its last in the last of them."
    )
    metadata: Metadata = Field(description="What is known of the page.")


class TableRow(Form):
    """A row of a shard's table. offset, length: the sample's files within the tar, in bytes."""

    key: str
    url: str
    language: str
    texts: int
    images: int
    characters: int
    faces: int | None
    offset: int
    length: int


PARTS: dict[str, type[Form]] = {"text_info[]": TextInfo, "image_info[]": ImageInfo, "metadata": Metadata}


def fields() -> list[tuple[str, str]]:
    """(path, explanation) of every field of the json: `url`, `image_info[].width`."""
    rows = [(name, field.description or "") for name, field in SampleForm.model_fields.items()]
    for place, form in PARTS.items():
        rows += [(f"{place}.{name}", field.description or "") for name, field in form.model_fields.items()]
    return rows
