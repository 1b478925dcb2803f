"""Every exception that corpusflow raises on purpose.

    CorpusflowError
    ├── RecipeError          the recipe is wrong; told before anything starts
    ├── RunError             the run as a whole cannot go on or be called a success
    │   ├── StartError       nothing was started: a source is missing, the run directory is something else
    │   ├── StorageError     a file of the run directory cannot be written: the disk is full or read-only
    │   ├── SourceChangedError  a file of a source is not what it was when the run read it first
    │   └── AccountingError  what came in is not what was kept, dropped and failed
    ├── ModelError           a model's weights cannot be had
    │   └── MachineError     this machine lacks a package or a device that a model needs
    └── RecordError          one record cannot be processed; becomes a Failure, the run goes on
        ├── SourceError      an archive, a folder or a list of pages
        ├── ExtractError     a page
        ├── FetchError       a URL
        │   └── ConsentError its site does not want it taken; becomes a Decision, not a Failure
        └── ImageError       the bytes of an image

A RecordError carries a snake_case code that names the fault, the thing it happened to and a sentence with the
figures: ``raise FetchError("too_large", url, f"{received} bytes, limit {limit}")``.
"""

from __future__ import annotations


class CorpusflowError(Exception):
    """Base of all errors that corpusflow raises on purpose."""


class RecipeError(CorpusflowError):
    """The recipe is wrong. The message names the path inside the recipe and the way out."""


class RunError(CorpusflowError):
    """The run cannot go on, or must not be called a success."""


class StartError(RunError):
    """Nothing was started. The message names the thing and the way out."""


class StorageError(RunError):
    """A file cannot be written. No OSError, so that nobody takes it for a fault of a source or of a site.

    The message names the file and the way out.
    """


class SourceChangedError(RunError):
    """A file of a source changed or vanished while a run worked on it. The message names the file."""


class AccountingError(RunError):
    """What came in is not the sum of what was kept, dropped and failed: a defect of the program."""


class ModelError(CorpusflowError):
    """A model's weights or package cannot be had. The message names the ways out."""


class MachineError(ModelError):
    """This machine lacks a package or a device that a model needs; another one may have it."""


class RecordError(CorpusflowError):
    """One record cannot be processed.

    code: snake_case name of the fault. what: the URL, file or record it happened to. detail: the figures.
    """

    def __init__(self, code: str, what: str, detail: str = "") -> None:
        super().__init__(code, what, detail)
        self.code = code
        self.what = what
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.what}" + (f": {self.detail}" if self.detail else "")


class SourceError(RecordError):
    """A part of a source cannot be read."""


class ExtractError(RecordError):
    """A page cannot be made into a document."""


class FetchError(RecordError):
    """A URL cannot be fetched."""


class ConsentError(FetchError):
    """The site of a URL does not want it taken, or it cannot be known whether it does.

    fault: why it cannot be known: the code of what went wrong; empty where it is known.
    """

    def __init__(self, code: str, what: str, detail: str = "", fault: str = "") -> None:
        super().__init__(code, what, detail)
        self.fault = fault


class ImageError(RecordError):
    """The bytes of an image cannot be made into a picture."""
