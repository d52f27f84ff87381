"""The tabs on the right, one function a tab; each returns its parts by name."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from charsam.cgr.templates import font_files
from charsam.page import parts
from charsam.trace import MAX_POINTS, Settings
from charsam.types import PromptMode

Parts = dict[str, Any]
"""The parts of the page by name: Gradio components, whose events are made at run time."""

SOURCES = (
    ("●", "#56B4E9", "CRAFT"),
    ("◆", "#E69F00", "watershed"),
    ("▲", "#CC79A7", "aligned (recogniser)"),
    ("■", "#D55E00", "even"),
    ("✚", "#009E73", "given"),
)
MODES = (
    ("B · word box", PromptMode.B),
    ("P_char · character box", PromptMode.P_CHAR),
    ("P_char+pos · and points on the glyph", PromptMode.P_CHAR_POS),
    ("P_char+pos+neg · and points in holes", PromptMode.P_CHAR_POS_NEG),
)


def words() -> Parts:
    """Words: the text of each word, what is ignored, and words from a file."""
    return {"words": parts.words(elem_id="cs-words")}


def craft() -> Parts:
    """CRAFT heatmap: heat over the photo with an opacity slider, and the peaks."""
    return {"heat_note": parts.line(elem_id="cs-heat-note"), "heat": parts.viewer(elem_id="cs-heat")}


def split() -> Parts:
    """Split boxes: before and after, coloured by source, and a table."""
    picture = parts.viewer(elem_id="cs-boxes")
    marks = "".join(
        f'<span><b style="color:{colour}">{mark}</b> {escape(name)}</span>' for mark, colour, name in SOURCES
    )
    gr.HTML(f'<div class="cs-legend" aria-label="Where a box comes from">{marks}</div>', apply_default_css=False)
    return {"boxes": picture, "boxes_table": parts.table(elem_id="cs-boxes-table")}


def glyphs() -> Parts:
    """Glyph votes: the late settings, and a card for every character."""
    standard, fonts = Settings(), len(font_files())
    with gr.Row(elem_id="cs-sliders"):
        threshold = gr.Slider(
            0.05, 0.95, value=standard.vote_threshold, step=0.05, label="vote threshold", min_width=130,
            elem_id="cs-threshold",
        )  # fmt: skip
        templates = gr.Slider(
            1, max(fonts, standard.templates), value=standard.templates, step=1, label="fonts that vote",
            min_width=130, elem_id="cs-templates",
        )  # fmt: skip
        points = gr.Slider(
            0, MAX_POINTS, value=standard.points, step=1, label="points of each kind", min_width=130,
            elem_id="cs-points",
        )  # fmt: skip
    cards = parts.glyphs(elem_id="cs-glyphs")
    return {"threshold": threshold, "templates": templates, "points": points, "glyphs": cards}


def mask() -> Parts:
    """Final mask: the masks, the table of characters by suspicion, downloads, the prompt modes side by side."""
    picture = parts.viewer(elem_id="cs-mask")
    with gr.Row(elem_id="cs-downloads"):
        downloads = {
            name: gr.DownloadButton(label, size="sm", interactive=False, elem_id=f"cs-{name}")
            for name, label in (
                ("text_mask", "Text mask"),
                ("character_mask", "Character masks"),
                ("words_json", "words.json"),
                ("everything", "All as zip"),
            )
        }
    table = parts.table(elem_id="cs-mask-table")
    prompts = gr.Radio(
        [(label, mode.value) for label, mode in MODES],
        value=Settings().prompts.value,
        label="The segmenter is prompted with",
        elem_id="cs-prompts",
    )
    with gr.Row(elem_id="cs-cutting"):
        edge = gr.Slider(
            -2, 2, value=Settings().edge, step=0.25, min_width=130, elem_id="cs-edge",
            label="edge: wider (+) or tighter (−), in pixels",
        )  # fmt: skip
        careful = gr.Checkbox(
            value=Settings().careful, min_width=130, elem_id="cs-careful",
            label="careful: look at large words in more sizes (slower)",
        )  # fmt: skip
    button = gr.Button("Compare the four prompt modes", size="sm", elem_id="cs-compare")
    comparison = parts.compare(elem_id="cs-comparison")
    return {
        "mask": picture, "mask_table": table, "prompts": prompts, "edge": edge, "careful": careful,
        "compare": button, "comparison": comparison,
        **downloads,
    }  # fmt: skip


def inspect() -> Parts:
    """Inspect: the whole story of the chosen character, two settings compared, and truth dropped in."""
    parts.inspect(elem_id="cs-inspect")
    return {}
