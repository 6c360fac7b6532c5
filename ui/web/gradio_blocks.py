"""Gradio's page, but that it keeps nothing of what it shows, and takes calmly what no browser would send."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from ui.render.redaction import hide_places

UNREADABLE = "what was sent could not be read; load the page anew and try again"

NOTHING: dict[str, Any] = {}
"""Stands where Gradio keeps the values of a part; where it finds nothing, it puts nothing in later."""


class Page(gr.Blocks):  # type: ignore[misc]
    """The blocks of the page.

    For links to a state of the page, which nobody can make here, Gradio keeps the last value of every part for every
    visit: the document, the conversation, whatever a browser sent. That would be megabytes a visit, for thousands.
    """

    async def preprocess_data(self, block_fn: Any, inputs: Any, state: Any = None, *rest: Any, **named: Any) -> Any:
        """Read what a browser sent with an event; what is of another type than the part's is refused in one line."""
        try:
            return await super().preprocess_data(block_fn, inputs, state, *rest, **named)
        except Exception as error:  # each kind of part complains in its own way, and none of them says anything new
            logging.getLogger(__name__).warning("an event of the page could not be read: %.200r", _first_line(error))
            raise gr.Error(UNREADABLE, print_exception=False) from None
        finally:
            _forget_values(state)

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any, *rest: Any, **named: Any) -> Any:
        """Give the parts their new values."""
        try:
            return await super().postprocess_data(block_fn, predictions, state, *rest, **named)
        finally:
            _forget_values(state)


def _forget_values(state: Any) -> None:
    for name in list(state.config_values) if state is not None else ():
        state.config_values[name] = NOTHING


def _first_line(error: Exception) -> str:
    return hide_places(str(error)[:200].partition("\n")[0])
