"""Which stages want an accelerator, and how they ask for it: the others run on machines that have none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import apache_beam as beam
from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
from apache_beam.transforms.resources import parse_resource_hints

from corpusflow.errors import StartError
from corpusflow.models.open_clip import OpenClip
from corpusflow.recipe import Recipe
from transforms.embed import similarity_scorer
from transforms.negative_pools import draws_negatives
from transforms.stage import RunStage


def whole_accelerator(told: str) -> str:
    """`type:nvidia-l4;count:1;install-nvidia-driver` for that, and for `nvidia-l4`. Raises StartError for others."""
    if re.fullmatch(r"[a-z\d-]+", told):
        return f"type:{told};count:1;install-nvidia-driver"
    if not re.fullmatch(r"type:[^;]+;count:[1-9]\d*(;[^;]+)*", told):
        raise StartError(
            f"--accelerator {told}: it reads nvidia-l4, or type:nvidia-l4;count:1;install-nvidia-driver (in quotes)"
        )
    return told


def accelerator_type(told: str) -> str:
    """`nvidia-l4` for both spellings, nothing for nothing. Raises StartError."""
    return whole_accelerator(told).partition(";")[0].removeprefix("type:") if told else ""


def accelerated_stages(recipe: Recipe) -> tuple[str, ...]:
    """Those that run a model on a GPU where there is one, in the order of the data. The other models run on CPUs."""
    scorer = similarity_scorer(recipe)
    if not isinstance(scorer, OpenClip) or scorer.backend != "torch" or scorer.device == "cpu":
        return ()
    return ("embed", "negatives", "align") if draws_negatives(recipe) else ("embed", "align")


def ask_for_resources(pipeline: beam.Pipeline, stages: Collection[str], hints: Mapping[str, str]) -> None:
    """Gives the steps that run these stages, and no other step, Beam's resource hints: `accelerator`, `min_ram`."""
    pipeline.visit(_Hints(stages, parse_resource_hints(hints)))


class _Hints(PipelineVisitor):
    """Not `with_resource_hints` on the stages' transforms: it would hold for what joins and groups in them, too."""

    def __init__(self, stages: Collection[str], hints: Mapping[str, bytes]) -> None:
        self._stages = stages
        self._hints = hints

    def visit_transform(self, applied: AppliedPTransform) -> None:
        function = getattr(applied.transform, "fn", None)
        if isinstance(function, RunStage) and function.stage.name in self._stages:
            applied.resource_hints |= self._hints
