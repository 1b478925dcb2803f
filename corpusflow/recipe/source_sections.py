"""Where pages come from: one section per kind of source."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from corpusflow.recipe.section import Positive, Section


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
