"""Programmes: each kind of mentoring as data, with a preset for every kind that organisations run."""

from taskmentor.programmes.presets.skills import task_based
from taskmentor.programmes.programme import STARTED_BY, Format, MatchingMode, Medium, Programme, Purpose

__all__ = ["STARTED_BY", "Format", "MatchingMode", "Medium", "Programme", "Purpose", "task_based"]
