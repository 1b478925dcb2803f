"""Recipes: one YAML file that says what corpus is wanted, validated before anything starts."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from corpusflow.consent.from_recipe import consent_rules
from corpusflow.consent.rules import DIRECTIVES, Directive
from corpusflow.errors import RecipeError
from corpusflow.fetch.contact import fault_of_contact
from corpusflow.filtering import Filter, Registry
from corpusflow.images.stored_format import LONGEST_SIDE, StoredFormat
from corpusflow.text.cleaning import PersonalData
from corpusflow.text.minhash import PUBLISHED, Unit

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
ShingleSize = Annotated[int, Field(ge=1, le=50)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
T = TypeVar("T")

GIVEN_BY = {"nsfw": "safety", "best_similarity": "similarity"}  # the key of `embed` whose model gives a measure


class Section(BaseModel):
    """A part of a recipe. Unknown keys are refused, with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in cls.model_fields:
                    raise PydanticCustomError("unknown_key", "{text}", {"text": _unknown(str(key), cls.model_fields)})
        return data


class WarcSource(Section):
    """Web archives."""

    kind: Literal["warc"]
    path: str = Field(description="A file, a directory or a glob of WARC files; relative to the recipe's own folder.")
    name: str = Field("", description="Told apart from other sources that hold files of the same name.")


class HtmlSource(Section):
    """A folder of saved pages, with their images where these were saved too."""

    kind: Literal["html"]
    path: str = Field(description="The folder; relative to the recipe's own folder.")
    base_url: str = Field(description="URL at which the folder's root stood, such as https://example.org/docs/.")
    name: str = ""
    part_files: Positive = Field(1000, description="Pages a unit of loading.")

    @field_validator("base_url")
    @classmethod
    def _http_folder(cls, value: str) -> str:
        if not re.match(r"https?://[^/]+", value):
            raise ValueError(f"{value!r} is not an http or https URL")
        return value if value.endswith("/") else value + "/"


class UrlsSource(Section):
    """A list of page URLs, one a line; the pages are fetched first and kept as WARC in the run directory."""

    kind: Literal["urls"]
    path: str = Field(description="The text file; relative to the recipe's own folder.")
    name: str = ""
    part_urls: Positive = Field(1000, description="URLs a unit of loading.")


class CommonCrawlSource(Section):
    """Archives of Common Crawl, or the records in them that an index names."""

    kind: Literal["commoncrawl"]
    crawl: str = Field("", pattern=r"^(CC-MAIN-\d{4}[\d-]*)?$", description="Such as CC-MAIN-2024-10.")
    segments: tuple[str | float, ...] = Field((), description="Only archives of these segments.")
    paths: str | tuple[str, ...] | None = Field(
        None, description="A file like warc.paths.gz, or a list of archives; none: the crawl's own list."
    )
    index: str | None = Field(
        None, description="Rows of the columnar index or of the CDX server: only these records are fetched."
    )
    limit: Positive | None = Field(None, description="First rows of the index, or first archives.")
    base_url: str = Field("https://data.commoncrawl.org/", description="Or a folder with a copy of the same layout.")
    name: str = ""
    part_records: Positive = Field(1000, description="Rows of the index a unit of loading.")

    @property
    def on_web(self) -> bool:
        return re.match(r"https?://", self.base_url) is not None

    @field_validator("base_url")
    @classmethod
    def _folder(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @model_validator(mode="after")
    def _say_which(self) -> CommonCrawlSource:
        if self.index is not None and (self.paths is not None or self.segments):
            raise ValueError("give either `index` or archives (`paths`, `segments`), not both")
        if not self.crawl and self.index is None and self.paths is None:
            raise ValueError("give `crawl`, such as CC-MAIN-2024-10, or `paths`, or `index`")
        listed = self.index is not None or isinstance(self.paths, tuple)
        if self.on_web and not listed and self.limit is None:
            raise ValueError("add `limit`, the number of archives: a crawl has some 90,000 of 1 GB each")
        return self


Source = Annotated[WarcSource | HtmlSource | UrlsSource | CommonCrawlSource, Field(discriminator="kind")]


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
    """What is changed in texts before anything judges them."""

    personal_data: PersonalData = Field(
        "mask",
        description="E-mail addresses, numbers of telephones, accounts, cards and passports, public IP addresses, keys "
        "of services: `mask` puts [EMAIL] and the like in their place, `drop` drops the text segment.",
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
        None, ge=2, description="A paragraph so many times on a host, or more often, goes from all of it; OBELICS: 3."
    )
    same_images: bool = Field(False, description="Keep one of pages with the same set of image URLs, as OBELICS does.")

    @field_validator("near_text", mode="before")
    @classmethod
    def _known_set(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in PUBLISHED:
            raise ValueError(f"there is no set '{value}'{_nearest(value, PUBLISHED)}")
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


class Output(Section):
    shard_bytes: Positive = Field(512 * 2**20, description="Bytes at which a shard is full.")
    min_shards: Positive = Field(1, description="At least as many as loader workers times ranks.")
    split: str = Field("train", pattern=r"^[a-z0-9]+$", description="First part of the shards' names.")


class Limits(Section):
    failed_documents: Share = Field(0.2, description="Share of documents that may fail before the run itself fails.")
    failed_images: Share = Field(0.9, description="Share of images asked for that may fail; dead links are common.")


class Recipe(Section):
    """What corpus is wanted."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the corpus and its run directory.")
    description: str = ""
    sources: tuple[Source, ...] = Field(min_length=1)
    load: Load = Load()
    extract: Extract = Extract()
    text: Text = Text()
    filters: tuple[Named, ...] = ()
    select: Select = Select()
    consent: Consent = Consent()
    fetch: Fetch = Fetch()
    embed: Embed = Embed()
    output: Output = Output()
    limits: Limits = Limits()

    @property
    def sources_need_web(self) -> bool:
        return any(source.kind == "urls" or (source.kind == "commoncrawl" and source.on_web) for source in self.sources)

    @model_validator(mode="after")
    def _say_who_asks(self) -> Recipe:
        for number, source in enumerate(self.sources):
            if self.fetch.web:
                break
            if source.kind == "urls" or (source.kind == "commoncrawl" and source.on_web):
                what = "the pages of a list" if source.kind == "urls" else "archives that are not in a local copy"
                text = f"sources[{number}]: {what} are fetched from the web; take out `fetch.web: false`"
                raise PydanticCustomError("own_path", "{text}", {"text": text})
        if self.fetch.web and (fault := fault_of_contact(self.fetch.contact)):
            way_out = "" if self.sources_need_web else ", or `web: false` to take images from the archives only"
            text = f"fetch.contact: {fault}; write `contact: https://your.page/about` or "
            text += f"`contact: mailto:you@your.domain` under `fetch`{way_out}"
            raise PydanticCustomError("own_path", "{text}", {"text": text})
        return self

    @model_validator(mode="after")
    def _tell_crawls_apart(self) -> Recipe:
        names: set[str] = set()
        for number, source in enumerate(self.sources):
            if source.kind == "commoncrawl":
                if source.name in names:
                    text = f"sources[{number}]: another source of kind commoncrawl; tell them apart by `name:`"
                    raise PydanticCustomError("own_path", "{text}", {"text": text})
                names.add(source.name)
        return self


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that is given twice; YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is given twice", key_node.start_mark)
            seen.add(str(key))
        return super().construct_mapping(node, deep)


def load_recipe(path: str, registry: Registry, overrides: Sequence[str] = (), folder: str | None = None) -> Recipe:
    """Reads, overrides (`a.b=c`), validates; paths become absolute. Raises RecipeError.

    folder: what these paths are relative to; None for the recipe's own folder.
    """
    try:
        with open(path, encoding="utf-8") as file:
            data = yaml.load(file, _UniqueKeys)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: not YAML: {error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of `name`, `sources` and the rest, this is not one")
    for override in overrides:
        _override(data, override)
    folder = os.path.dirname(os.path.abspath(path)) if folder is None else os.path.abspath(folder)
    _place_files_of_filters(data.get("filters"), registry, folder)
    recipe = parse_recipe(data, registry)
    opt_out = recipe.consent.opt_out and _place(recipe.consent.opt_out, folder)
    recipe = recipe.model_copy(
        update={
            "sources": tuple(_placed(source, folder) for source in recipe.sources),
            "consent": recipe.consent.model_copy(update={"opt_out": opt_out}),
        }
    )
    consent_rules(recipe)  # a mistake in the opt-out list is told here, before anything starts
    return recipe


def _place(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, path))


def _place_files_of_filters(specs: Any, registry: Registry, folder: str) -> None:
    """Before filters are built, since these look into their files then. What is no list of filters is told later."""
    for spec in specs if isinstance(specs, list) else ():
        options = spec.get("options") if isinstance(spec, dict) else None
        if isinstance(options, dict):
            for name in getattr(registry.get(str(spec.get("name"))), "files", ()):
                if isinstance(options.get(name), str):
                    options[name] = _place(options[name], folder)


def _placed(source: Source, folder: str) -> Source:
    """The source with its paths below the folder, where they are not absolute."""
    if not isinstance(source, CommonCrawlSource):
        return source.model_copy(update={"path": _place(source.path, folder)})
    given = {"index": source.index, "paths": source.paths, "base_url": None if source.on_web else source.base_url}
    return source.model_copy(update={key: _place(path, folder) for key, path in given.items() if isinstance(path, str)})


def parse_recipe(data: Mapping[str, Any], registry: Registry) -> Recipe:
    """The recipe that plain data describe. Filters and models are built once, so that their options are checked."""
    try:
        recipe = Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(_first_fault(error)) from error
    build_filters(recipe, registry)
    for path, spec, models in model_specs(recipe):
        build(spec, models, path, "model")
    return recipe


def build_filters(recipe: Recipe, registry: Registry) -> tuple[Filter, ...]:
    """The recipe's filters, in their order. Raises RecipeError."""
    filters = tuple(
        cast(Filter, build(spec, registry, f"filters[{number}]", "filter"))
        for number, spec in enumerate(recipe.filters)
    )
    for number, rule in enumerate(filters):
        for measure in rule.measures:
            option = GIVEN_BY.get(measure)
            if option and getattr(recipe.embed, option) is None:
                text = f"filters[{number}]: {rule.name} reads the score '{measure}'; name a model in embed.{option}"
                raise RecipeError(text)
    _check_languages(recipe, filters)
    return filters


def _check_languages(recipe: Recipe, filters: Sequence[Filter]) -> None:
    """A scorer that reads some languages only must not judge documents in others."""
    spec = recipe.embed.similarity
    if spec is None:
        return
    from corpusflow.models.registry import IMAGE_TEXT_SCORERS

    reads = set(getattr(IMAGE_TEXT_SCORERS.get(spec.name), "languages", ()))
    for number, rule in enumerate(filters):
        judged = set(getattr(rule, "languages", ()))
        if reads and "best_similarity" in rule.measures and not (judged and judged <= reads):
            known = ", ".join(sorted(reads))
            raise RecipeError(
                f"filters[{number}].options: {spec.name} reads {known} only; add `languages: [{known}]`: documents in "
                f"other languages are then not judged by {rule.name}"
            )


def model_specs(recipe: Recipe) -> Iterable[tuple[str, Named, Registry]]:
    """Path in the recipe, spec and the registry it is looked up in, for every model that the recipe names."""
    from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS, LANGUAGE_SCORERS

    yield "extract.language", recipe.extract.language, LANGUAGE_SCORERS
    if recipe.embed.similarity is not None:
        yield "embed.similarity", recipe.embed.similarity, IMAGE_TEXT_SCORERS
    if recipe.embed.safety is not None:
        yield "embed.safety", recipe.embed.safety, IMAGE_SCORERS


def build(spec: Named, registry: Mapping[str, type[T]], path: str, kind: str) -> T:
    """The object that a spec names. Raises RecipeError with the path of what is wrong."""
    cls = registry.get(spec.name)
    if cls is None:
        raise RecipeError(f"{path}.name: there is no {kind} '{spec.name}'{_nearest(spec.name, registry)}")
    fields = [field.name for field in dataclasses.fields(cast(Any, cls))]
    for key in spec.options:
        if key not in fields:
            raise RecipeError(f"{path}.options: {spec.name} {_unknown(key, fields)}")
    try:
        return TypeAdapter(cls).validate_python(spec.options)
    except ValidationError as error:
        raise RecipeError(_first_fault(error, f"{path}.options")) from error


def with_defaults(recipe: Recipe, registry: Registry) -> Recipe:
    """The recipe with the defaults of its filters' and models' options written out, as those of its sections are."""

    def whole(spec: Named, known: Mapping[str, type[Any]]) -> Named:
        return Named(name=spec.name, options=dataclasses.asdict(build(spec, known, spec.name, "")))

    models = {path: whole(spec, known) for path, spec, known in model_specs(recipe)}
    embed = {name: models.get(f"embed.{name}") for name in ("similarity", "safety")}
    return recipe.model_copy(
        update={
            "extract": recipe.extract.model_copy(update={"language": models["extract.language"]}),
            "embed": recipe.embed.model_copy(update=embed),
            "filters": tuple(whole(spec, registry) for spec in recipe.filters),
        }
    )


def recipe_schema(registry: Registry) -> dict[str, Any]:
    """JSON schema of a recipe, with the options of every filter: for editors and for the documentation."""
    schema = Recipe.model_json_schema()
    filters = [
        {
            "type": "object",
            "description": (cls.__doc__ or "").strip().partition("\n")[0],
            "properties": {"name": {"const": name}, "options": TypeAdapter(cls).json_schema()},
            "required": ["name"],
            "additionalProperties": False,
        }
        for name, cls in sorted(registry.items())
    ]
    schema["properties"]["filters"]["items"] = {"oneOf": filters}
    return schema


def to_yaml(recipe: Recipe) -> str:
    """The recipe with every default written out."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
    return text


def _override(data: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    steps = [step for step in re.split(r"[.\[\]]+", path) if step]
    if not equals or not steps:
        raise RecipeError(f"--set {override}: write it as path=value, such as fetch.web=false")
    target: Any = data
    for step in steps[:-1]:
        target = _descend(target, step, override)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {override}: the value is not YAML: {error}") from error
    last = steps[-1]
    if isinstance(target, list):
        target[_position(target, last, override)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        raise RecipeError(f"--set {override}: '{last}' would stand inside a single value")


def _descend(target: Any, step: str, override: str) -> Any:
    if isinstance(target, list):
        return target[_position(target, step, override)]
    if isinstance(target, dict):
        if target.get(step) is None:
            target[step] = {}
        return target[step]
    raise RecipeError(f"--set {override}: '{step}' would stand inside a single value")


def _position(items: list[Any], step: str, override: str) -> int:
    """A list's item by its number or by its `name`."""
    for number, item in enumerate(items):
        if step == str(number) or (isinstance(item, dict) and item.get("name") == step):
            return number
    raise RecipeError(f"--set {override}: no item '{step}' among {len(items)}")


def _first_fault(error: ValidationError, root: str = "") -> str:
    fault = error.errors(include_url=False)[0]
    path = root
    for step in fault["loc"]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step not in ("warc", "html", "urls", "commoncrawl"):  # the union's tag is no key of the file
            path += f".{step}" if path else step
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "own_path":
        return message
    if fault["type"] == "union_tag_invalid":
        known = [kind.strip(" '") for kind in fault["ctx"]["expected_tags"].split(",")]
        message = f"there is no kind '{fault['ctx']['tag']}'{_nearest(fault['ctx']['tag'], known)}"
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


def _unknown(key: str, known: Iterable[str]) -> str:
    return f"has no '{key}'{_nearest(key, known)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; there are: {', '.join(names) or 'none'}"
