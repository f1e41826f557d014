"""Reports on mentoring and on one round, as the commands `outcomes` and `fairness` answer."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from fractions import Fraction

from attrs import Attribute, frozen

from taskmentor.formats.strict_json import Json
from taskmentor.outcomes import FairnessReport, Report

__all__ = ["Measured", "plain"]


@frozen(kw_only=True)
class Measured:
    """A report has been made."""

    report: Report | FairnessReport
    status: int = 0

    def data(self) -> Json:
        """Return all of it; what is kept back is null, a fraction is a text such as `2/3`, and a day is one too."""
        return plain(self.report)

    def text(self) -> str:
        """Return it for reading."""
        return str(self.report)


def plain(value: object) -> Json:
    """Return a report as data; what is kept back is null, a fraction is a text such as `2/3`, and a day is one too."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    fields: tuple[Attribute[object], ...] = getattr(type(value), "__attrs_attrs__", ())
    assert fields, "a report holds values, texts, numbers, days, and tuples of them"
    return {field.name: plain(getattr(value, field.name)) for field in fields}
