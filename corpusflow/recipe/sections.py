"""The sections of a recipe, one per stage or concern; defaults and what they mean are told here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from corpusflow.consent.rules import DIRECTIVES, Directive
from corpusflow.images.stored_format import LONGEST_SIDE, StoredFormat
from corpusflow.recipe.names import nearest
from corpusflow.recipe.section import Positive, Seconds, Section, Share
from corpusflow.text.cleaning import BrokenLines, PersonalData, Unfinished, Urls
from corpusflow.text.minhash import PUBLISHED, Unit

ShingleSize = Annotated[int, Field(ge=1, le=50)]


class Named(Section):
    """A filter or a model by its name, with its options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class Load(Section):
    block_pages: Positive = Field(1000, description="Pages a document block: the unit of work and of restart.")
    block_bytes: Positive = Field(64 * 2**20, description="Stored bytes at which a block ends even so.")


class Extract(Section):
    max_page_bytes: Positive = Field(10_000_000, description="A page over it is a failure.")
    max_depth: Positive = Field(2_000, description="Nested elements; a page over it is a failure.")
    max_texts: Positive = Field(20_000, description="Text segments; a page over it is a failure.")
    max_images: Positive = Field(500, description="Images; a page over it is a failure.")
    lead_pictures: bool = Field(False, description="Take the picture that opens an article, above its text.")
    video_posters: bool = Field(False, description="Take the poster of a <video> as an image.")
    language: Named = Field(default=Named(name="cld2"), description="The language detector.")
    segment_letters: int = Field(60, ge=0, description="Letters from which a text has a language of its own; 0: none.")


class NearText(Section):
    """What counts as nearly the same text; a name stands for a published set: obelics, omnicorpus, moscar."""

    similarity: Share = Field(0.8, description="Share of shingles in common, from which two texts are near.")
    shingle: Unit = Field("word", description="Shingles are runs of words, or of characters within words.")
    sizes: tuple[ShingleSize, ...] = Field((5,), min_length=1, description="Lengths of the runs.")
    permutations: int = Field(256, ge=1, le=4096, description="Values of a signature: more estimate more exactly.")
    bands: Positive = Field(32, description="Texts that agree on a whole band are compared: more find more.")
    rows: Positive = Field(8, description="Values of a band: more compare fewer.")

    @model_validator(mode="after")
    def _fit_the_signature(self) -> NearText:
        if self.bands * self.rows > self.permutations:
            raise ValueError(f"{self.bands} bands of {self.rows} rows need more than {self.permutations} permutations")
        return self


class Text(Section):
    """What is changed in texts before anything judges them, and what models measure in them."""

    personal_data: PersonalData = Field(
        "mask",
        description="E-mail addresses, numbers of telephones, accounts, cards and passports, public IP addresses, keys "
        "of services: `mask` puts [EMAIL] and the like in their place, `drop` drops the text segment.",
    )
    urls: Urls = Field(
        "keep",
        description="URLs written in prose; a page that tells of one says less without it. mOSCAR and OmniCorpus "
        "remove them.",
    )
    repeated_marks: bool = Field(
        True,
        description="One mark for a run of four or more of the same, such as ----- or !!!!!, and three dots for more: "
        "how many there are says nothing. mOSCAR does so.",
    )
    placeholders: bool = Field(
        True,
        description="Take out [Video], [Anzeige] and the like: the page says there what the corpus does not show. "
        "OmniCorpus does so with [Video].",
    )
    broken_lines: BrokenLines = Field(
        "keep",
        description="Join a line with the one before where that ends in no mark: `any`, as OmniCorpus does, or "
        "`mid_sentence`, only one that goes on with a small letter. Most such lines are lists, verses and addresses.",
    )
    unfinished: Unfinished = Field(
        "keep",
        description="`trim` takes the last sentence of a paragraph where it has no end. OmniCorpus does so, and counts "
        "16.7 % of false positives.",
    )
    models: tuple[Named, ...] = Field(
        (), description="Models that measure texts after that, for filters: kenlm, fasttext_quality, toxicity."
    )
    language_again: bool = Field(
        False, description="Tell the language of a document anew when text filters dropped a part; mOSCAR does."
    )


class Select(Section):
    """Duplicates across the whole corpus. Copies are looked for in the order of the fields."""

    keep: Literal["newest", "longest", "most_images"] = Field(
        "newest", description="Which copy stays; of equal ones the newest, then the one with the smallest id."
    )
    same_url: bool = Field(True, description="Keep one of pages with one URL.")
    same_text: bool = Field(True, description="Keep one of pages with the same text.")
    near_text: NearText | None = Field(
        None, description="A page goes if a better one has nearly its text, even where that one goes for a third."
    )
    max_image_uses: Positive | None = Field(
        None, description="An image URL on more pages than this goes from all of them; OBELICS and mOSCAR: 10."
    )
    domain_paragraphs: int | None = Field(
        None,
        ge=2,
        description="A paragraph so many times on a host, or more often, goes from all of it; OBELICS: 3.",
    )
    domain_headings: bool = Field(
        False,
        description="Headings, code and short list items may go by domain_paragraphs too. Pages that tell of alike "
        "things share them: `Ingredients`, `salt`.",
    )
    same_images: bool = Field(False, description="Keep one of pages with the same set of image URLs, as OBELICS does.")
    per_language: bool = Field(
        False,
        description="Compare texts and count image uses among the documents of one language only; mOSCAR does.",
    )
    earlier: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (),
        description="Run directories, or their index files, of corpora built before: their documents stay, and copies "
        "of them go. Uses of images in them count, and of paragraphs where they were built with domain_paragraphs.",
    )

    @field_validator("near_text", mode="before")
    @classmethod
    def _known_set(cls, value: Any) -> Any:
        if value is None or isinstance(value, (Mapping, NearText)):
            return value
        if not isinstance(value, str):
            names = ", ".join(PUBLISHED)
            raise ValueError(f"a mapping is wanted, or a name ({names}), or null; got {value!r}")
        if value not in PUBLISHED:
            raise ValueError(f"there is no set '{value}'{nearest(value, PUBLISHED)}")
        return PUBLISHED[value]


class Fetch(Section):
    web: bool = Field(True, description="Ask the web for what no archive holds. Needs a contact.")
    contact: str = Field("", description="URL or mailto: address that the User-Agent tells to web sites.")
    timeout_s: Seconds = Field(20.0, gt=0, description="Seconds for one transfer in all.")
    connect_timeout_s: Seconds = Field(5.0, gt=0)
    read_timeout_s: Seconds = Field(10.0, gt=0, description="Seconds without a byte: before the first, between two.")
    max_bytes: Positive = Field(20_000_000, description="Bytes of one image or page.")
    max_redirects: int = Field(5, ge=0, le=20)
    concurrency: Positive = Field(32, description="Transfers in flight per worker.")
    per_host: Positive = Field(2, description="Transfers in flight per host.")
    pause_s: Seconds = Field(0.1, description="Seconds between the starts of two requests to one host.")
    retries: int = Field(2, ge=0, le=10, description="Tries after the first, where another may help.")
    max_wait_s: Seconds = Field(60.0, description="The longest Retry-After or Crawl-delay that is waited for.")
    allow_loopback: bool = Field(False, description="Allow 127.0.0.0/8 and ::1: for tests.")
    hosts: dict[str, str] = Field(
        default_factory=dict, description="Addresses of host names that go before DNS, for mirrors and tests."
    )
    max_pixels: Positive = Field(89_478_485, description="An image over it is a failure, undecoded.")
    max_side: Positive = Field(2048, description="Pixels; larger images are stored reduced to it.")
    format: StoredFormat = Field("jpeg", description="Of stored images. A plain JPEG is kept as it is only as jpeg.")
    quality: int = Field(90, ge=1, le=100, description="Of images that are encoded anew, as jpeg or webp.")
    block_images: Positive = Field(1000, description="Images a block.")

    @model_validator(mode="after")
    def _fit_the_format(self) -> Fetch:
        longest = LONGEST_SIDE[self.format]
        if self.max_side > longest:
            raise ValueError(f"max_side is {self.max_side}, but {self.format} holds at most {longest} pixels a side")
        return self


class Consent(Section):
    """What counts as a refusal; by default everything that can be one."""

    directives: tuple[Directive, ...] = Field(DIRECTIVES, description="Of robots meta tags and X-Robots-Tag headers.")
    tdm: bool = Field(True, description="Reservations by the TDM Reservation Protocol: header, meta tag, tdmrep.json.")
    robots_txt: bool = Field(True, description="Ask robots.txt before anything else of a site.")
    opt_out: str | None = Field(
        None, min_length=1, description="File of domains and URL patterns; relative to the recipe's own folder."
    )


class Embed(Section):
    similarity: Named | None = Field(None, description="The image-text scorer; none: no alignment scores.")
    safety: Named | None = Field(None, description="The image safety scorer; none: no safety scores.")
    faces: Named | None = Field(None, description="The face detector; none: nobody looks for faces.")
    known: str = Field(
        "",
        description="Folder of the embeddings that were made before, by content and model, for all runs and recipes "
        "that name it: none is made twice. Empty: `embeddings/` in the run directory.",
    )


class Align(Section):
    unit: Literal["segment", "paragraph", "sentence"] = Field(
        "segment",
        description="What of a text is compared with images: each segment as the page cuts it (heading, paragraph, "
        "list item, table row); short ones that belong together (a heading with the text under it, a list, a table); "
        "or each sentence. Of a long unit the beginning is compared: open_clip reads its first 77 tokens (some models "
        "64), conse its first 128.",
    )
    negatives: int = Field(
        0,
        ge=0,
        le=1000,
        description="Texts and images of other documents, of the same language and a like length, with which those of "
        "a document are compared, for alignment_rank; mOSCAR: 63. Filters, which come later, have no say in what is "
        "drawn; no icons are: images of less than 150 pixels on the short side. 0: none are drawn. Fewer than 8 say "
        "nothing.",
    )


class Output(Section):
    shard_bytes: Positive = Field(512 * 2**20, description="Bytes at which a shard is full.")
    min_shards: Positive = Field(1, description="At least as many as loader workers times ranks.")
    split: str = Field("train", pattern=r"^[a-z0-9]+$", description="First part of the shards' names.")
    blur_faces: bool = Field(False, description="Blur the faces that the detector in `embed.faces` finds.")

    @field_validator("split")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value == "all":
            raise ValueError("Hugging Face datasets keeps 'all' for all splits together; give another name")
        return value


class Limits(Section):
    failed_documents: Share = Field(0.2, description="Share of documents that may fail before the run itself fails.")
    failed_images: Share = Field(0.9, description="Share of images asked for that may fail; dead links are common.")
