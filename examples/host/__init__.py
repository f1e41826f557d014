"""A small host: taskmentor behind HTTP."""
