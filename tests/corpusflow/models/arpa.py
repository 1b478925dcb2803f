"""A language model of two words in ARPA's form, small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

ARPA = """\\data\\
ngram 1=5
ngram 2=2

\\1-grams:
-2.0\t<unk>
0\t<s>\t0
-1.0\t</s>
-0.5\tthe\t0
-0.7\theron\t0

\\2-grams:
-0.2\tthe heron
-0.4\theron </s>

\\end\\
"""


def write_arpa(path: Path, unknown: float = -2.0) -> str:
    """unknown: logarithm of the probability of a word that the model does not know."""
    path.write_text(ARPA.replace("-2.0", str(unknown)), encoding="utf-8")
    return str(path)
