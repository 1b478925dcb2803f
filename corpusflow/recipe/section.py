"""A part of a recipe, and the kinds of numbers that stand in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from corpusflow.recipe.names import unknown_key

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of a recipe. Unknown keys are refused, with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for key in data:
                if key not in cls.model_fields:
                    raise PydanticCustomError("unknown_key", "{text}", {"text": unknown_key(str(key), cls.keys())})
        return data

    @classmethod
    def keys(cls) -> Iterable[str]:
        """What a person can write."""
        return cls.model_fields
