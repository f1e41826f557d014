"""Aims in order: a plan is best at the first, among such plans at the second, and so on, with a proof of each."""

from taskmentor.matching.aims.aim import (
    Aim,
    FewestChanges,
    Leximin,
    LoadSpread,
    MaxMin,
    MostRequests,
    RankMaximal,
    Score,
    WishesMet,
)

__all__ = [
    "Aim",
    "FewestChanges",
    "Leximin",
    "LoadSpread",
    "MaxMin",
    "MostRequests",
    "RankMaximal",
    "Score",
    "WishesMet",
]
