"""The outside world's shapes, and the way between them and the models."""

from taskmentor.formats.csv_text import Limits, write_table
from taskmentor.formats.reading import organisation_from_frames, organisation_from_rows, read_model, read_organisation
from taskmentor.formats.writing import write_model, write_organisation

__all__ = [
    "Limits",
    "organisation_from_frames",
    "organisation_from_rows",
    "read_model",
    "read_organisation",
    "write_model",
    "write_organisation",
    "write_table",
]
