"""The look: neutral greys, one accent, and fonts that are on the visitor's machine, so that nothing is fetched."""

from __future__ import annotations

import json

import gradio as gr

from charsam.cgr.templates import font_files
from charsam.server.routes.visits import page_facts
from charsam.server.serving import Mode, Serving
from charsam.server.static_files import version
from charsam.settings import MAX_POINTS

KEEPING = {
    Mode.DEMO: "This is a demo: your photos and edits are yours alone, and are deleted when you leave the page.",
    Mode.LOCAL: "Your photos and edits stay on this machine, in charsam's workspace folder.",
    Mode.LOGIN: "Your photos and edits are kept on this server; only you, and whom you share a project with, see them.",
}

KEPT = {
    Mode.DEMO: "Your photos are deleted when you leave.",
    Mode.LOCAL: "Your photos stay on this machine.",
    Mode.LOGIN: "Your photos stay on this server, yours alone until you share them.",
}
"""The same in few words, where photos are given."""

ACCENT = gr.themes.Color(
    c50="#eef5fc",
    c100="#dcebf9",
    c200="#b9d7f2",
    c300="#8fbeea",
    c400="#62aef5",
    c500="#2a7fcc",
    c600="#0a62b0",
    c700="#084f8f",
    c800="#073f72",
    c900="#17324c",
    c950="#0c1c2b",
)


def theme() -> gr.themes.Base:
    """Gradio's bare theme in the colours of `static/page.css`."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    bare = gr.themes.Base(
        primary_hue=ACCENT,
        neutral_hue=gr.themes.colors.zinc,
        radius_size=gr.themes.sizes.radius_sm,
        spacing_size=gr.themes.sizes.spacing_sm,
        font=fonts,
        font_mono=mono,
    )
    return bare.set(
        body_background_fill="#f6f6f5",
        body_background_fill_dark="#16171a",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_title_text_weight="500",
        block_title_text_color="#5d6066",
        block_title_text_color_dark="#a4a7ae",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover_dark="*primary_400",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#2a2b30",
        button_secondary_background_fill_hover="#efefed",
        button_secondary_background_fill_hover_dark="#35363c",
        button_secondary_border_color="#d9d9d6",
        button_secondary_border_color_dark="#3a3c42",
        button_border_width="1px",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        layout_gap="10px",
        form_gap_width="0px",
    )


def head() -> str:
    """Where the page's style sheets and scripts are; `charsamPage` is there before the shell asks for it.

    A browser whose language has a catalogue of the interface's words gets that first.
    """
    root = f"./label/static/{version()}"
    links = f'<link rel="stylesheet" href="{root}/app.css"><link rel="modulepreload" href="{root}/app.js">'
    words = (
        f'fetch("{root}/shared/zh.json").then((found) => found.json()).then((all) => {{ window.charsamWords = all; }})'
    )
    language = f"const words = /^zh/.test(navigator.language) ? {words} : Promise.resolve();"
    script = f'{language} window.charsamPage = words.then(() => import("{root}/app.js"));'
    return f"{links}<script>{{ {script} }}</script>"


def shell(serving: Serving) -> gr.HTML:
    """The one component of the page; it shows nothing, and starts the scripts with what the server knows already."""
    mode = serving.mode
    facts = {
        "mode": mode.value,
        "keeping": KEEPING[mode],
        "kept": KEPT[mode],
        "fetches": serving.fetches,
        "fonts": len(font_files()),
        "most_points": MAX_POINTS,
    }
    value = json.dumps({**page_facts(), **facts}, ensure_ascii=False).replace("<", "\\u003c")
    return gr.HTML(
        value=value,
        html_template="<div></div>",
        js_on_load="charsamPage.then((page) => page.start(JSON.parse(props.value)));",
        apply_default_css=False,
        elem_id="cs-shell",
    )
