"""charsam's own generator of scene-text photographs with true masks of every character."""

from charsam.scenes.lettering import default_fonts
from charsam.scenes.recipes import KINDS
from charsam.scenes.scene import Scene, make_scene

__all__ = ["KINDS", "Scene", "default_fonts", "make_scene"]
