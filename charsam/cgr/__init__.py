"""Character Glyph Refinement (CGR): the votes of many fonts, and the points made of them."""
