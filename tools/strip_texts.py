"""What the lines of the training world say, in the scripts of MLT17, and which fonts can write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from charsam.scenes.vocabulary import draw_words

Write = Callable[[np.random.Generator], str]


@dataclass(frozen=True, slots=True)
class Script:
    """share: of the lines. shaped: letters join or stack, so that a word is drawn whole. rightwards: its direction."""

    share: float
    word: Write
    sample: str
    shaped: bool = False
    rightwards: bool = True


def _letters(letters: str, least: int, most: int, *, capitals: bool = False) -> Write:
    def word(rng: np.random.Generator) -> str:
        text = "".join(rng.choice(list(letters), int(rng.integers(least, most + 1))))
        style = rng.random() if capitals else 1.0
        return text.upper() if style < 0.4 else text.capitalize() if style < 0.7 else text

    return word


def _coded(encoding: str, leads: range) -> str:
    """The characters of a double-byte code's most used rows."""
    found = (bytes([lead, trail]).decode(encoding, "ignore") for lead in leads for trail in range(0xA1, 0xFF))
    return "".join(found)


def _syllables(consonants: str, vowels: str, least: int, most: int, voweled: float) -> Write:
    def word(rng: np.random.Generator) -> str:
        parts = []
        for _ in range(int(rng.integers(least, most + 1))):
            parts.append(str(rng.choice(list(consonants))))
            if rng.random() < voweled:
                parts.append(str(rng.choice(list(vowels))))
        return "".join(parts)

    return word


def _japanese(rng: np.random.Generator) -> str:
    kana = "".join(map(chr, range(0x3042, 0x3094))) if rng.random() < 0.5 else "".join(map(chr, range(0x30A2, 0x30F4)))
    pool = kana + (_coded("euc_jp", range(0xB0, 0xC0)) if rng.random() < 0.6 else "")
    return "".join(rng.choice(list(pool), int(rng.integers(1, 8))))


def _range(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


SCRIPTS: Final[dict[str, Script]] = {
    "latin": Script(0.6, lambda rng: draw_words(rng, 1)[0], "Aa"),
    "chinese": Script(0.11, _letters(_coded("gb2312", range(0xB0, 0xD7)), 1, 6), "永国"),
    "japanese": Script(0.05, _japanese, "あア国"),
    "korean": Script(0.05, _letters(_coded("euc_kr", range(0xB0, 0xC9)), 1, 6), "한글"),
    "cyrillic": Script(0.03, _letters(_range(0x430, 0x44F), 2, 9, capitals=True), "Жя"),
    "greek": Script(0.02, _letters("αβγδεζηθικλμνξοπρστυφχψω", 2, 9, capitals=True), "Ωξ"),
    "hebrew": Script(0.02, _letters(_range(0x5D0, 0x5EA), 2, 7), "שא", shaped=True, rightwards=False),
    "arabic": Script(0.05, _letters("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", 2, 8), "سعم", shaped=True, rightwards=False),
    "bangla": Script(0.03, _syllables(_range(0x995, 0x9A8), "ািীুূেো", 1, 5, 0.6), "কখা", shaped=True),
    "devanagari": Script(0.02, _syllables(_range(0x915, 0x928), "ािीुूेैो", 1, 5, 0.6), "कखा", shaped=True),
    "thai": Script(0.02, _syllables(_range(0xE01, 0xE1A), "ะาิีุูเแ", 1, 6, 0.6), "กขา", shaped=True),
}


def choose_script(rng: np.random.Generator, there: Sequence[str]) -> str:
    """One of the scripts that can be written, by their shares."""
    shares = np.array([SCRIPTS[name].share for name in there])
    return str(rng.choice(list(there), p=shares / shares.sum()))
