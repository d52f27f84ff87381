"""Make the README's animated picture (assets/stages.webp): an example going through the stages.

PYTHONPATH=. python tools/stages_picture.py [--example curved_line]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from charsam.images import load_image
from charsam.paths import ASSETS_DIR
from charsam.pipeline import CharSAM
from charsam.server.stage_frames import animation
from charsam.trace import Settings

OUT: Final = ASSETS_DIR / "stages.webp"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", default="curved_line")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    trace = CharSAM().run(load_image(ASSETS_DIR / "examples" / f"{args.example}.jpg"), None, Settings())
    args.out.write_bytes(animation(trace))
    print(f"{args.out}: {args.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
