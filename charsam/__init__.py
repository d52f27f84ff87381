"""charsam: pixel-accurate masks of every character of scene text, training-free (after the paper Char-SAM)."""

__version__ = "0.1.0"
