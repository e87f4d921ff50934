"""Any file a partner sends, as a table of text cells: text, workbooks, Parquet, alone or in a ZIP."""

from outreach.intake.files.model import Choices, Chunk, Limits, Notice
from outreach.intake.files.source import Source, open_source

__all__ = ["Choices", "Chunk", "Limits", "Notice", "Source", "open_source"]
