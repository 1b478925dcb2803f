"""A filter that kills the process that asks it of certain documents."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs


@dataclass(frozen=True)
class Deadly:
    """word: documents that have it kill. once: a file; where it is there already, nobody is killed."""

    name: ClassVar[str] = "deadly"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()
    word: str = ""
    once: str = ""

    def judge(self, document: Document) -> Iterable[Decision]:
        if any(self.word in text.text for text in document.texts) and self._may():
            os.kill(os.getpid(), signal.SIGKILL)
        return ()

    def _may(self) -> bool:
        if not self.once:
            return True
        if Path(self.once).exists():
            return False
        Path(self.once).touch()
        return True


@dataclass(frozen=True)
class DeadlyAtEnd(Deadly):
    """The same where scores are there: in `judge`."""

    name: ClassVar[str] = "deadly_at_end"
    needs: ClassVar[Needs] = "pixels"
