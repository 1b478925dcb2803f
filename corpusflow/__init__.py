"""corpusflow: interleaved image-text corpora from raw web material."""

__version__ = "0.1.0"
