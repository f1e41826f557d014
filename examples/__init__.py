"""Examples of programs that use taskmentor; not part of the package."""
