"""The numbers of a kept document as columns of a shard's table, so that it can be filtered again without its texts."""

from __future__ import annotations

from corpusflow.document import Document
from corpusflow.models.registry import TEXT_SCORERS
from corpusflow.text.document_measures import MEASURES, document_measures

PREFIX = "measure_"

# Of text models, by what they measure. The columns are those of all models there are, so that tables of different runs
# have one form.
MODEL_MEASURES = tuple(sorted({scorer.measure for scorer in TEXT_SCORERS.values()}))

# Of all images that were had, also of those that filters dropped after they were measured.
IMAGE_MEASURES = ("image_coherence", "image_pair_similarity")

MEASURE_COLUMNS = (
    "lang_score",
    *(f"{PREFIX}{name}" for name in MEASURES),
    *(f"{PREFIX}{name}" for name in (*MODEL_MEASURES, *IMAGE_MEASURES)),
)


def measure_columns(document: Document) -> dict[str, float | None]:
    """The values of MEASURE_COLUMNS, in their order: the probability of the document's language, what
    `document_measures` finds in the texts that are kept, what text models said of the whole document, and how its
    images hang together; None where nobody measured."""
    scores = [document.score(measure) for measure in ("language", *MODEL_MEASURES, *IMAGE_MEASURES)]
    language, *models = (None if score is None else score.value for score in scores)
    return dict(zip(MEASURE_COLUMNS, (language, *document_measures(document).values(), *models), strict=True))
