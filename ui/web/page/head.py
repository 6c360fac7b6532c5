"""The head of the page: Gradio's says what Gradio is, to whoever is shown a link; this one says what Footnote is.

Gradio has no setting for it, so the page is changed on its way out, before its scripts are counted.
"""

from __future__ import annotations

import re
from functools import cache

from ui.web.page.layout import read_assets

DESCRIPTION = "Answers from documents, with a footnote to the exact words that each sentence rests on."

OWN = f"""<meta name="description" content="{DESCRIPTION}" />
<meta name="robots" content="noindex" />
<meta property="og:type" content="website" />
<meta property="og:site_name" content="Footnote" />
<meta property="og:title" content="Footnote" />
<meta property="og:description" content="{DESCRIPTION}" />
<meta name="twitter:card" content="summary" />
<link rel="icon" href="favicon.ico" type="image/svg+xml" />
<title>Footnote</title>
<style>
:root {{ color-scheme: light dark; }}
gradio-app:not(:has(#room)) > * {{ visibility: hidden; }}
gradio-app:not(:has(#room))::before {{ content: "Footnote"; position: fixed; inset: 0; display: grid; place-items: center; font: 600 1.5rem/1.2 Palatino, Charter, Georgia, serif; opacity: 0.55; }}
</style>
"""
"""Its own tags, and what stands on the page until its parts are there."""

_GRADIOS = re.compile(r"<meta\s+(?:property=\"og:|name=\"twitter:)[^>]*>\s*")


def dress_head(page: str) -> str:
    """A page of Gradio's with Footnote's tags in place of Gradio's own."""
    head, mark, rest = page.partition("</head>")
    return f"{_GRADIOS.sub('', head)}{OWN}{_read_look()}{mark}{rest}" if mark else page


@cache
def _read_look() -> str:
    return f"<script>{read_assets(('look.js',))}</script>\n"
