"""The head of the page: Gradio's says what Gradio is, to whoever is shown a link; this one says what Footnote is.

Gradio has no setting for it, so the page is changed on its way out, before its scripts are counted.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

from ui.render.language import (
    current_language,
    find_direction,
    gettext,
    mark,
    number_forms,
    pick_messages,
    use_language,
)
from ui.web.page.layout import SCRIPTS, read_assets
from ui.web.page.wording import Wordings, embed_json, reword_page

DESCRIPTION = mark("Answers from documents, with a footnote to the exact words that each sentence rests on.")

OWN = """<meta name="description" content="{description}" />
<meta name="robots" content="noindex" />
<meta property="og:type" content="website" />
<meta property="og:site_name" content="Footnote" />
<meta property="og:title" content="Footnote" />
<meta property="og:description" content="{description}" />
<meta name="twitter:card" content="summary" />
<link rel="icon" href="favicon.ico" type="image/svg+xml" />
<title>Footnote</title>
<style>
:root {{ color-scheme: light dark; --page-word: "{page}"; }}
gradio-app:not(:has(#room)) > * {{ visibility: hidden; }}
gradio-app:not(:has(#room))::before {{ content: "Footnote"; position: fixed; inset: 0; display: grid; place-items: center; font: 600 1.5rem/1.2 Palatino, Charter, Georgia, serif; opacity: 0.55; }}
</style>
"""
"""Its own tags, and what stands on the page until its parts are there."""

_ROOT = re.compile(r"<html\s+lang=\"en\"")
_GRADIOS = re.compile(r"<meta\s+(?:property=\"og:|name=\"twitter:)[^>]*>\s*")


def dress_page(page: str, wordings: Wordings) -> str:
    """A page of Gradio's with Footnote's tags in place of Gradio's own, in the language that is spoken."""
    head, end, rest = reword_page(page, wordings).partition("</head>")
    if not end:
        return page
    language, direction = current_language(), find_direction()
    head = _ROOT.sub(f'<html lang="{language}" dir="{direction}"', _GRADIOS.sub("", head), count=1)
    own = OWN.format(description=escape(gettext(DESCRIPTION)), page=gettext("page"))
    return f"{head}{own}{make_scripts(language)}{end}{rest}"


@cache
def make_scripts(language: str) -> str:
    """The script that sets how the page looks, and for the others what they say in a language that is not English."""
    look = f"<script>{read_assets(('look.js',))}</script>\n"
    with use_language(language):
        messages = pick_messages(read_assets(SCRIPTS))
        told = embed_json({"forms": number_forms(), "messages": messages})
    return look + (f'<script type="application/json" id="footnote-messages">{told}</script>\n' if messages else "")
