"""Draw the glyph templates of the fonts in `fonts/` into `assets/glyph_templates.npz`.

Run it after any change of the fonts: `python tools/build_glyph_templates.py` (about half a minute).
"""

from __future__ import annotations

import numpy as np

from charsam.atomic import write_atomically
from charsam.cgr.templates import TEMPLATES_FILE, folder_templates
from charsam.paths import FONTS_DIR


def main() -> None:
    templates = folder_templates(FONTS_DIR)
    with write_atomically(TEMPLATES_FILE) as file:
        np.savez_compressed(
            file,
            fonts=np.array(templates.fonts),
            categories=np.array(templates.categories),
            foreground=templates.foreground,
            hole=templates.hole,
            present=templates.present,
            advance=templates.advance,
        )
    print(
        f"{len(templates.fonts)} fonts, {len(templates.categories)} characters, {TEMPLATES_FILE.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
