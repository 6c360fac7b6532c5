"""Gradio's theme in Footnote's colours: paper, ink and one red, by day and by night. System fonts only."""

from __future__ import annotations

from typing import Any

SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

DAY = {
    "paper": "#faf7f2",
    "sheet": "#fffdf9",
    "ink": "#22201c",
    "faint_ink": "#655f55",
    "line": "#e2dbcf",
    "rubric": "#96351f",
    "rubric_hover": "#7a2916",
    "on_rubric": "#fffdf9",
}
NIGHT = {
    "paper": "#161512",
    "sheet": "#1d1b18",
    "ink": "#e9e4da",
    "faint_ink": "#aaa296",
    "line": "#38342d",
    "rubric": "#f0a188",
    "rubric_hover": "#f7bba8",
    "on_rubric": "#221410",
}

ROLES = {
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "faint_ink",
    "background_fill_primary": "sheet",
    "background_fill_secondary": "paper",
    "block_background_fill": "sheet",
    "block_label_text_color": "faint_ink",
    "border_color_primary": "line",
    "block_border_color": "line",
    "border_color_accent": "rubric",
    "color_accent": "rubric",
    "color_accent_soft": "paper",
    "link_text_color": "rubric",
    "input_background_fill": "sheet",
    "input_background_fill_focus": "sheet",
    "input_border_color": "line",
    "input_border_color_focus": "rubric",
    "input_placeholder_color": "faint_ink",
    "button_primary_background_fill": "rubric",
    "button_primary_background_fill_hover": "rubric_hover",
    "button_primary_text_color": "on_rubric",
    "button_primary_text_color_hover": "on_rubric",
    "button_secondary_background_fill": "sheet",
    "button_secondary_background_fill_hover": "paper",
    "button_secondary_border_color": "line",
    "button_secondary_text_color": "ink",
    "button_secondary_text_color_hover": "ink",
}


def build_theme() -> Any:
    """The theme of the page."""
    import gradio as gr

    theme = gr.themes.Base(font=SANS, font_mono=MONO)
    colours: dict[str, str] = {}
    for name, role in ROLES.items():
        colours[name] = DAY[role]
        if name != "color_accent":  # the one colour that Gradio does not change at night
            colours[f"{name}_dark"] = NIGHT[role]
    return theme.set(**colours, input_shadow_focus="none", input_shadow_focus_dark="none", button_border_width="1px")
