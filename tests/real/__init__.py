"""Organisations built from real data, for tests of the main job."""

__all__: list[str] = []
