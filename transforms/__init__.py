"""The stages as PTransforms, in the order of the data; `jobs.build_corpus` shows how they go together."""

from transforms.align import AlignDocuments
from transforms.clean import CleanTexts
from transforms.crawl import CrawlRound
from transforms.draw import DrawNegatives
from transforms.embed import EmbedImages
from transforms.extract import ExtractDocuments
from transforms.faces import FindFaces
from transforms.fetch import FetchImages, WantedImages
from transforms.image_facts import JoinImages
from transforms.judge import JudgeDocuments
from transforms.load import DocumentBlocks, LoadSources
from transforms.measure import MeasureTexts
from transforms.negatives import EmbedNegatives
from transforms.pdq import HashImages
from transforms.screen import ScreenDocuments
from transforms.select import SelectDocuments
from transforms.shard import WriteShards
from transforms.stage import RunStage

__all__ = [
    "AlignDocuments",
    "CleanTexts",
    "CrawlRound",
    "DocumentBlocks",
    "DrawNegatives",
    "EmbedImages",
    "EmbedNegatives",
    "ExtractDocuments",
    "FetchImages",
    "FindFaces",
    "HashImages",
    "JoinImages",
    "JudgeDocuments",
    "LoadSources",
    "MeasureTexts",
    "RunStage",
    "ScreenDocuments",
    "SelectDocuments",
    "WantedImages",
    "WriteShards",
]
