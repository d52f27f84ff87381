"""The header and the left half of the page: the picture, examples, and what to do with it."""

from __future__ import annotations

import gradio as gr

from charsam.page import parts
from charsam.page.tabs import Parts
from charsam.server.serving import Mode

BRAND = '<div class="cs-brand"><h1>charsam</h1><span>character masks for scene text</span></div>'
HELP = """<details class="cs-help"><summary aria-label="Help">?</summary><div>
<p>Open a photo with text in it, or pick an example, and press <b>Run</b>. Every character gets a mask that is exact to
the pixel; the tabs show how it came about, stage by stage.</p>
<p><b>Correct it</b> on the picture: click a character, move its box, set points, brush. Every edit is saved at once,
and Ctrl+Z takes it back. Press <b>?</b> on the keyboard for all keys.</p>
<p><b>To check.</b> The table under Final mask lists the most doubtful characters first; click one to see it large.</p>
<p><a href="label/help" target="_blank" rel="noopener">How to label, with pictures</a></p>
<p><a href="label/inspect/why" target="_blank" rel="noopener">Why did this fail? Typical causes, with pictures</a></p>
<p>{keeping}</p>
</div></details>"""
KEEPING = {
    Mode.DEMO: "This is a demo: your photos and edits are yours alone, and are deleted when you leave the page.",
    Mode.LOCAL: "Your photos and edits stay on this machine, in charsam's workspace folder.",
    Mode.LOGIN: "Your photos and edits are kept on this server; only you, and whom you share a project with, see them.",
}


def header(status: str, segmenter: str, mode: Mode) -> Parts:
    """Name, queue, segmenter choice, state of the models, help. status, segmenter: JSON values to begin with."""
    with gr.Row(elem_id="cs-header"):
        gr.HTML(BRAND, elem_id="cs-brand", apply_default_css=False)
        parts.account({"mode": mode.value}, elem_id="cs-account")
        choice = parts.segmenter(parts.unpacked(segmenter), elem_id="cs-segmenter")
        state = parts.status(parts.unpacked(status), elem_id="cs-status")
        gr.HTML(HELP.format(keeping=KEEPING[mode]), elem_id="cs-help", apply_default_css=False)
    return {"segmenter": choice, "status": state}


def left(examples: str) -> Parts:
    """The picture and what belongs to it. examples: the JSON value of the strip."""
    with gr.Column(elem_id="cs-left"):
        photo = parts.photo(elem_id="cs-photo")
        picture = parts.labeling({"empty": "One moment…"}, elem_id="cs-picture")
        strip = parts.examples(parts.unpacked(examples), elem_id="cs-examples")
        with gr.Row(elem_id="cs-actions"):
            run = gr.Button("Run", variant="primary", elem_id="cs-run")
            find = gr.Button("Find words", elem_id="cs-find")
            cancel = gr.Button("Cancel", elem_id="cs-cancel")
            progress = parts.progress(elem_id="cs-progress")
    return {
        "photo": photo, "picture": picture, "examples": strip, "run": run, "find": find, "cancel": cancel,
        "progress": progress,
    }  # fmt: skip
