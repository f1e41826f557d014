"""Whole-number algorithms on columns that strategies and certificates share."""

__all__: list[str] = []
