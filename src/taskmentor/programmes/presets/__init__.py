"""Presets: one function for each kind of mentoring, with defaults that are good enough without settings (D20)."""
