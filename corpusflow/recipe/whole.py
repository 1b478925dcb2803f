"""A whole recipe, and what its sections must agree on."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from corpusflow.fetch.contact import fault_of_contact
from corpusflow.recipe.section import Section
from corpusflow.recipe.sections import (
    Align,
    Consent,
    Embed,
    Extract,
    Fetch,
    Limits,
    Load,
    Named,
    Output,
    Select,
    Text,
)
from corpusflow.recipe.source_sections import Source


class Recipe(Section):
    """What corpus is wanted."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Names the corpus and its run directory.")
    description: str = ""
    based_on: str = Field("", description="The preset from which it started; says nothing to the pipeline.")
    sources: tuple[Source, ...] = Field(min_length=1)
    load: Load = Load()
    extract: Extract = Extract()
    text: Text = Text()
    filters: tuple[Named, ...] = ()
    select: Select = Select()
    consent: Consent = Consent()
    fetch: Fetch = Fetch()
    embed: Embed = Embed()
    align: Align = Align()
    output: Output = Output()
    limits: Limits = Limits()

    @classmethod
    def keys(cls) -> Iterable[str]:
        """`preset` is read from the file, and becomes `based_on`."""
        return ("preset", *(key for key in cls.model_fields if key != "based_on"))

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
    def _find_what_is_blurred(self) -> Recipe:
        if self.output.blur_faces and self.embed.faces is None:
            text = "output.blur_faces: nobody looks for faces; name a detector in embed.faces, such as `blazeface`"
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
