"""The page: which event is answered by which function. It holds no state; sessions do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from rag.settings import Settings
from ui.render.language import use_language
from ui.render.panels import render_adding, render_hint
from ui.render.redaction import hide_places
from ui.web.library.received import find_paste_limit
from ui.web.page.handlers import Handlers
from ui.web.page.layout import Parts, lay_out
from ui.web.page.mailboxes import Mailboxes
from ui.web.page.wording import Wordings
from ui.web.security.languages import find_language
from ui.web.session.own_machine import is_own_machine
from ui.web.session.session import Session

THREADS = 300
"""At most, for Gradio's events: each question that waits or is answered holds one, and there are to be some to spare."""

MOST_WAITING = 1_000
"""Events that may wait at once, of all browsers together; each holds what it was sent."""

SUGGESTED_AT_ONCE = 50
"""Browsers that wait for suggestions at once, each for some seconds; nobody misses them who waits a little longer."""

HAND_OVER = "made => window.dispatchEvent(new CustomEvent('footnote-saved', { detail: made }))"
"""Gives a file that was made to the page's script, which lets the browser keep it."""

COPY = "made => window.dispatchEvent(new CustomEvent('footnote-cited', { detail: made }))"
"""Gives a quote with its source to the page's script, which puts it on the clipboard."""

LAND = "made => window.dispatchEvent(new CustomEvent('footnote-landed', { detail: made }))"
"""Tells the page's script where a link to a passage leads, or that it leads nowhere."""

SHOW_EARLIER = "made => window.dispatchEvent(new CustomEvent('footnote-earlier', { detail: made }))"
"""Gives older questions, drawn, to the page's script."""

SHOW_PAGE = "seen => window.dispatchEvent(new CustomEvent('footnote-page', { detail: seen }))"
"""Gives a page that was drawn to the page's script."""

KEEP = "(kept, mine) => window.dispatchEvent(new CustomEvent('footnote-kept', { detail: { kept, mine } }))"
"""Gives the conversation, and whose it is, to the page's script, which keeps it in the browser's database."""

RECALL = """async (kept, mine) => {
  window.footnoteRecall ??= (() => { let tell; const told = new Promise((done) => (tell = done)); return { told, tell }; })();
  const late = new Promise((done) => setTimeout(() => done([]), 4000));
  return [await Promise.race([window.footnoteRecall.told, late]), mine];
}"""
"""Waits for what the page's script recalls of the conversation; without that the page opens empty, and does not hang."""

UNREADABLE = "what was sent could not be read; load the page anew and try again"

NOTHING: dict[str, Any] = {}
"""Stands where Gradio keeps the values of a part; where it finds nothing, it puts nothing in later."""


class QuietBlocks(gr.Blocks):  # type: ignore[misc]
    """The blocks of the page, which keep nothing of what they show, and take calmly what no browser would send.

    ``wordings`` has what of its parts is said in other languages, too, by their numbers.

    For links to a state of the page, which nobody can make here, Gradio keeps the last value of every part for every
    visit: the document, the conversation, whatever a browser sent. That would be megabytes a visit, for thousands.
    """

    wordings: Wordings

    async def process_api(self, *given: Any, request: Any = None, **named: Any) -> Any:
        """Answer one event, or a step of its answer, in the language of whoever sends it."""
        with use_language(find_language(getattr(request, "headers", None) or {})):
            return await super().process_api(*given, request=request, **named)

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


def build_page(
    open_session: Callable[[Any], Session],
    chat_model: str,
    settings: Settings,
    add_endpoints: Callable[[], None] = lambda: None,
) -> QuietBlocks:
    """Lay out the page and wire its events.

    Args:
        open_session: makes the session of a browser, given its token, which may be anything.
        chat_model: the name of the model that writes the answers, empty where the embedded answerer quotes.
        settings: how large what is added may be, and who sees it.
        add_endpoints: adds what programs may call.
    """
    page = QuietBlocks(title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=(600, 600))
    with page:
        has_login = bool(settings.accounts)
        megabytes, is_shared = settings.max_upload_mb, settings.share_library
        adding = partial(
            render_adding,
            megabytes,
            find_paste_limit(megabytes),
            settings.max_documents,
            is_shared,
            has_login,
            fetches=settings.web_pages,
        )
        measures = settings.evaluation or is_own_machine(settings)
        hint = partial(render_hint, megabytes, is_shared)
        parts, page.wordings = lay_out(chat_model, adding, hint, measures=measures)
        add_endpoints()
        _wire(page, parts, Handlers(parts, open_session, chat_model))
    page.max_threads = THREADS
    page.queue(default_concurrency_limit=4, max_size=MOST_WAITING)
    page._queue.pending_messages_per_session = Mailboxes(page._queue)
    return page


def find_upload_inputs(page: gr.Blocks) -> dict[int, tuple[int, ...]]:
    """By the number of each function of the page that takes uploads: the places of those among its inputs."""
    takes = {
        number: tuple(place for place, part in enumerate(function.inputs) if isinstance(part, gr.UploadButton))
        for number, function in page.fns.items()
    }
    return {number: places for number, places in takes.items() if places}


def _wire(page: gr.Blocks, parts: Parts, events: Handlers) -> None:
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    # A second press may come before Gradio has done with the first one, and would not be sent by default.
    again: dict[str, Any] = {"trigger_mode": "multiple"}
    known = [parts.session, parts.kept, parts.mine]
    source, question = parts.source, parts.question

    begun = [*known, parts.status, parts.chat, source, parts.chooser, parts.library, parts.settings, parts.narrowed]
    begun += [parts.report, parts.report_too]
    keeping: dict[str, Any] = {"fn": None, "inputs": [parts.kept, parts.mine], "outputs": None, "js": KEEP}
    # The session keeps the line of those who ask, and tells them its length; Gradio's own lets all through.
    asking: dict[str, Any] = private | {"concurrency_limit": None}
    suggesting: dict[str, Any] = private | {"concurrency_limit": SUGGESTED_AT_ONCE}
    opened_page = page.load(events.begin, [parts.kept, parts.mine], begun, js=RECALL, **private)
    opened_page.then(**keeping, **private)
    opened_page.then(events.suggest_again, parts.session, parts.next, **suggesting)
    spoken = [*known, parts.chat, question, parts.next, parts.editing, source, parts.chooser]
    for asked in (
        question.submit(events.ask, [question, *known], spoken, **asking),
        parts.chat.example_select(events.ask_example, known, spoken, **asking),
        source.ask_suggested(events.ask_suggested, known, spoken, **asking),
        source.ask_about(events.ask_about, known, spoken, **asking),
        source.retry(events.retry, known, [*spoken, parts.narrowed, parts.status, parts.settings], **asking),
    ):
        asked.then(**keeping, **private)
        asked.then(events.suggest_next, parts.session, parts.next, **suggesting)
    question.stop(events.stop, parts.session, question, queue=False, **private)

    told = [parts.chat, parts.kept, parts.next, parts.editing, question]
    opened = [*known, parts.chat, parts.next, parts.editing, parts.report, parts.report_too]
    taken_up = source.open_conversation(events.open_conversation, known, opened, **private)
    taken_up.then(**keeping, **private)
    taken_up.then(events.suggest_again, parts.session, parts.next, **suggesting)
    acted = [*told, parts.session, parts.report, parts.report_too]
    source.act(events.act, known, acted, **again, **private).then(**keeping, **private)
    saved = source.save_conversation(events.save, known, parts.made, **private)
    saved.then(None, parts.made, None, js=HAND_OVER, **private)
    earlier = source.show_earlier(events.show_earlier, known, parts.older, **again, **private)
    earlier.then(None, parts.older, None, js=SHOW_EARLIER, **private)
    cited = source.cite(events.cite, known, parts.made, **again, **private)
    cited.then(None, parts.made, None, js=COPY, **private)
    linked = source.link_passage(events.link_passage, known, parts.made, **again, **private)
    linked.then(None, parts.made, None, js=COPY, **private)

    # Who goes on while a document is still on its way may want another.
    opening = [source, parts.chooser, parts.session]
    source.open_document(events.open_document, known, opening, **again, **private)
    chosen_one = source.choose_document(events.choose_document, known, [*opening, parts.next], **again, **private)
    chosen_one.then(events.suggest_next, parts.session, parts.next, **suggesting)

    landing = [*opening, parts.made]
    landed = source.open_passage(events.open_passage, known, landing, **again, **private)
    landed.then(None, parts.made, None, js=LAND, **private)

    looked_at = source.view_page(events.view_page, [parts.session, parts.mine], parts.viewed, **again, **asking)
    looked_at.then(None, parts.viewed, None, js=SHOW_PAGE, **private)

    changed = [*known, parts.report, parts.report_too, parts.chat, source, parts.chooser, parts.library, parts.next]
    changed += [parts.narrowed]
    for change in (
        parts.upload.upload(events.add, [parts.upload, *known], [*changed, parts.upload], **asking),
        source.paste(events.paste, known, changed, **asking),
        source.add_page(events.add_page, known, changed, **asking),
        source.replace_document(events.replace, known, changed, **again, **asking),
        source.remove(events.remove, known, changed, **again, **asking),
        source.reindex(events.reindex, known, changed, **asking),
    ):
        change.then(events.suggest_next, parts.session, parts.next, **suggesting)
    told_of = [parts.session, parts.report, parts.report_too]
    source.dismiss(events.dismiss, known, told_of, **again, **private)

    chosen = [parts.session, parts.mine, parts.status]
    source.choose(events.choose, known, chosen, **again, **private)
    source.narrow(events.narrow, known, [parts.session, parts.mine, parts.narrowed], **again, **private)
    source.reset_choices(events.reset_choices, known, [*chosen, parts.settings], **again, **private)
    # A panel of its own; while a run is under way, whoever looks at it waits there for what it tells.
    tried = [parts.evaluation, parts.session]
    source.open_evaluation(events.open_evaluation, known, tried, **asking)
    source.run_set(events.run_set, known, tried, **asking)
    source.act_on_run(events.act_on_run, known, tried, **again, **private)
    source.stop_run(events.stop_run, known, None, **again, **private)

    forgotten = list(dict.fromkeys([*begun, *told]))
    source.forget(events.forget, known, forgotten, **private).then(**keeping, **private)


def _forget_values(state: Any) -> None:
    for name in list(state.config_values) if state is not None else ():
        state.config_values[name] = NOTHING


def _first_line(error: Exception) -> str:
    return hide_places(str(error)[:200].partition("\n")[0])
