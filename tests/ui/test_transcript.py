"""A conversation that is saved: footnotes that never clash, words that stay words, and a proof that can be checked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import run_command
from markdown_it import MarkdownIt

from ingest.pipeline import ingest_paths
from rag.index.document_records import DocumentRecord
from rag.types import Answer, Citation, Passage, ScoredPassage, Seconds, Sentence, ShortAnswer, Span
from ui.cli.citation_checks import check_citation, load_answers
from ui.render.transcript import escape_markdown, render_json, render_markdown, render_plain
from ui.web.session.history import keep_turn, refresh_answer

TODAY = date(2026, 2, 3)
RECORD = DocumentRecord(
    "kettles", "Kettles", "", "", "/home/ada/secret folder/kettles_2.md", "5" * 64, "7" * 64, passages=1, characters=99
)
ASKED = "What did Trump say on leaving the summit?"
HOSTILE = [
    "[click](http://evil.example/) ![x](http://evil.example/x.png)",
    "# A heading\n## Another\n\nUnder\n===\nUnder\n---\n",
    "<script>alert(1)</script><img src=x onerror=alert(1)> <!-- c --> <http://evil.example>",
    "`code` ``` ```\n```\nfence\n```\n~~~\nfence\n~~~\n\n    indented\n\tindented",
    "[^1]: redefined\n[^2]: http://evil.example\n[x]: http://evil.example 'x'\n\n[x] [^1] [^2]",
    "[1]: redefined [1](http://evil.example) [1][2] [2]: x\n[1]: http://evil.example\n[1](http://evil.example)",
    "- item\n* item\n+ item\n1. item\n12) item\n> quote\n| a | b |\n|---|---|\n| c | d |\n***\n___\n---\n: def",
    "**bold** __bold__ _em_ ~~gone~~ &lt;b&gt; &#x3c;b> \\[x](y) \\\\[x](y) a\\",
    "http://evil.example https://evil.example www.evil.example mailto:a@evil.example @somebody :bug: $x$ evil.com",
    "\ue0000\ue001 \ue0007\ue001 a\x00b\x1b[31m\ud800\x85\u202e\u2028x\r\n# y\x0b# z",
    "]( x ) [ ] [] [x] [x][x] ![ ] }{ {{ x }} ${x} %{x} #12 a#b ##",
]
NASTY = st.lists(
    st.sampled_from([*"[]()!#*_`~<>|&;:\\^-+=.'\"{}$@ \t\n\r1a2b/wé🐘", "www.", "http://", "[1]", "[^1]", "[9]"])
).map("".join)


class Words(HTMLParser):
    """The elements of some HTML, and its words."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def read(markdown: str) -> Words:
    """What a renderer makes of Markdown that has everything switched on."""
    return Words(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def cite(number: int, quote: str, text: str, start: int = 10, **more: Any) -> Citation:
    span = Span("kettles", start, start + max(1, len(quote)))
    marker = f"[{number}]"
    markers = tuple((found.start(), found.end()) for found in re.finditer(re.escape(marker), text))
    return Citation(number, span, quote, Passage(span, quote, "Kettles", "Copper"), markers, **more)


def reply(text: str, quotes: Sequence[str] = (), **more: Any) -> Answer:
    citations = tuple(cite(number, quote, text) for number, quote in enumerate(quotes, start=1))
    return Answer("asked", text, citations=citations, seconds=Seconds(total=1.0), **more)


def save(*answers: Answer) -> str:
    return render_markdown([("Which kettle?", answer) for answer in answers], [RECORD], TODAY)


def assert_footnotes_hold(text: str, expected: int) -> None:
    """Each number is defined once, is referred to, and no bracket is active but that of a footnote."""
    bare = re.sub(r"\\.", "  ", text)  # without what a backslash makes a mere character
    assert "" not in re.findall(r"\[(\^\d+\])?", bare), "a bracket that is not ours"
    defined = re.findall(r"^\[\^(\d+)\]:", bare, re.MULTILINE)
    used = re.findall(r"\[\^(\d+)\](?!:)", bare)
    assert defined == [str(number) for number in range(1, expected + 1)]
    assert list(dict.fromkeys(used)) == defined, "in the order in which they are read, as GitHub counts"
    assert not re.search(r"\[\^\d+\]\(", bare)


def test_a_conversation_as_markdown() -> None:
    first = reply("It is copper. [1] It holds two litres. [2]", ["It is copper.", "It holds two litres."])
    text = "Two [2] before one. [1]"
    second = reply(text, ["one", "two"], fallback="The model is slow.", notes=("“ketle” was read as “kettle”.",))
    second = replace(
        second, citations=(second.citations[0], replace(second.citations[1], page=3, status="close", origin="found"))
    )
    assert save(first, second) == (
        "# A conversation with Footnote\n\nSaved on 2026-02-03.\n\n## Which kettle?\n\n"
        "It is copper.[^1] It holds two litres.[^2]\n\n## Which kettle?\n\nTwo[^3] before one.[^4]\n\n"
        "> Note: “ketle” was read as “kettle”.\n\n> Note: The model is slow.\n\n---\n\nDocuments:\n\n"
        f"- Kettles (kettles\\_2\\.md), sha256 of its text {'7' * 64}\n\n"
        "[^1]: “It is copper.” — Kettles \\> Copper, characters 10-23 (verbatim)\n\n"
        "[^2]: “It holds two litres.” — Kettles \\> Copper, characters 10-30 (verbatim)\n\n"
        "[^3]: “two” — Kettles \\> Copper, page 3, characters 10-13 (close, found, not cited)\n\n"
        "[^4]: “one” — Kettles \\> Copper, characters 10-13 (verbatim)\n"
    )


def test_doubts_stay_visible() -> None:
    text = "It is copper. [1] It sings. [9]"
    sentences = (
        Sentence("It is copper. [1]", 0, 17, (1,), 0.9, supported=True),
        Sentence("It sings. [9]", 18, len(text), (), 0.1, supported=False),
    )
    answer = reply(text, ["It is copper."], sentences=sentences, unknown_markers=("[9]",), model="openai:x")
    shown = read(save(answer)).words
    assert "It sings. [9?] (not proven)" in shown and "It is copper.[^1] It" in shown
    assert "Note: nothing stands behind [9?]." in shown
    plain = render_plain(answer)
    assert plain.startswith(
        "It is copper. [1] It sings. [9?] (not proven)\n\nNote: nothing stands behind [9?].\n\n[1] “"
    )
    stopped = replace(answer, seconds=Seconds())
    assert "stopped before it was whole" in save(stopped)


def test_an_abstention_shows_the_closest_passage_and_a_failure_its_reason() -> None:
    found = tuple(
        ScoredPassage(Passage(Span("kettles", at, at + 9), f"# words {at}", "Kettles"), 0.1) for at in range(5)
    )
    refused = replace(
        reply("No.", abstained=True, passages=found), question="Which words are sung?", standalone_question=""
    )
    assert "The closest passage:\n\n- Kettles: \\# words 0\n\n" in save(refused)
    assert "The closest passage: Kettles: # words 0" in render_plain(refused)
    assert "> Note: there is no answer: the model is gone" in save(Answer("x", "", error="the model is gone"))


def test_a_citation_without_a_marker_is_referred_to_all_the_same() -> None:
    answer = reply("The library holds one document.", ["Kettles"])
    assert_footnotes_hold(save(answer, answer), 2)


@pytest.mark.parametrize("model", ["embedded", "openai:x"])
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_and_do_nothing(words: str, model: str) -> None:
    text = f"{words}\n\nFirst. [1]{words} [2]: {words}"
    answer = reply(text, [words, words], model=model, notes=(words,), fallback=words, unknown_markers=("[x]",))
    answer = replace(
        answer,
        citations=tuple(replace(c, passage=replace(c.passage, title=words, heading=words)) for c in answer.citations),
    )
    closest = (ScoredPassage(Passage(Span("kettles", 0, 9), words, words, words), 0.1),)
    abstained = reply(words, abstained=True, passages=closest, model=model)
    record = replace(RECORD, title=words, source=f"C:\\Users\\ada\\{words.replace('/', '').replace(chr(92), '')}")
    markdown = render_markdown([(words, answer), (words, abstained)], [record], TODAY)
    markdown.encode("utf-8")
    assert_footnotes_hold(markdown, 2)
    page = read(markdown)
    # Without footnotes of its own, the renderer shows those as paragraphs.
    assert set(page.tags) <= {"h1", "h2", "p", "br", "blockquote", "ul", "li", "hr"}
    assert page.tags.count("h1") == 1 and page.tags.count("h2") == 2 and page.tags.count("hr") == 1
    assert "Users" not in markdown and "ada" not in markdown
    for line in words.split("\n"):
        shown = " ".join(re.sub(r"[\x00-\x1f\x85\u202e\ud800\ue000\ue001]", "\ufffd", line).split())
        if not re.search("[\ufffd\\[]", shown):
            assert shown in " ".join(page.words.split())


@given(NASTY)
def test_any_line_is_shown_as_it_is(text: str) -> None:
    line = " ".join(text.split())
    for before, after in (("", ""), ("- ", ""), ("> Note: ", ""), ("[^1]: “", "” — The kettle, characters 1-2")):
        page = read(f"{before}{escape_markdown(line)}{after}")
        assert set(page.tags) <= {"p", "ul", "li", "blockquote"}
        assert page.words.strip() == f"{before.strip('-> ')} {line}{after}".replace("“ ", "“").strip()
    assert "http:" not in escape_markdown(f"http://{line}")


@given(st.lists(st.tuples(NASTY, st.lists(NASTY, max_size=4)), max_size=4))
def test_renumbered_footnotes_are_unique_defined_and_referred_to(turns: list[tuple[str, list[str]]]) -> None:
    answers = []
    for words, quotes in turns:
        marks = "".join(f"{words}[{number}]" for number in range(len(quotes), 0, -1))
        answers.append(reply(marks + words, quotes, unknown_markers=("[9]",)))
    assert_footnotes_hold(save(*answers), sum(len(quotes) for _, quotes in turns))


@pytest.mark.parametrize("line", ["http://evil.example", "see www.evil.example", "a evil.com b", "mailto:x", ":bug:"])
def test_what_some_renderers_link_by_themselves_is_broken(line: str) -> None:
    escaped = escape_markdown(line)
    assert not re.search(r"[a-z]://|www\.|evil\.com|mailto:|(?<!\\):bug", escaped)
    assert read(escaped).words.strip() == line


def test_a_conversation_as_json_names_files_and_never_folders() -> None:
    answer = reply("It is copper. [1] \ud800", ["It is copper."])
    text = render_json([("Which?", answer)], [RECORD, replace(RECORD, id="other")], TODAY)
    text.encode("utf-8")
    values = json.loads(text)
    assert values["schema_version"] == 1 and values["kind"] == "footnote-conversation"
    assert values["exported"] == "2026-02-03"
    assert values["documents"] == [
        {
            "document": "kettles",
            "title": "Kettles",
            "digest": "7" * 64,
            "source_digest": "5" * 64,
            "source": "kettles_2.md",
        }
    ]
    assert values["turns"] == [answer.to_dict()]


def test_what_a_browser_kept_of_a_changed_document_is_saved_under_its_own_name() -> None:
    answer = reply("It is copper. [1]", ["It is copper."], short_answer=ShortAnswer("copper", Span("kettles", 16, 22)))
    kept = refresh_answer(keep_turn("Which?", answer, {"kettles": "before"}, lambda text: ""), {"kettles": "after"})
    assert kept.citations[0].span.document_id != "kettles"
    values = json.loads(render_json([("Which?", kept)], [RECORD], TODAY))
    assert values["turns"][0]["citations"][0]["document"] == "kettles"
    assert values["documents"] == [], "its record is of another text"


# ---- footnote verify ----


def footnote(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run the command in this process; its output as text."""
    done = run_command(*arguments, stdin=stdin)
    return subprocess.CompletedProcess(
        list(map(str, arguments)), done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@pytest.fixture(scope="module")
def saved(article_index: Path, embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An index of two documents of which one has changed since, and a conversation that cites both."""
    folder = tmp_path_factory.mktemp("verify")
    index, note = folder / "index", folder / "kettles.md"
    before = "# Kettles\n\nThe kettle is copper. It holds two litres 🐘. It sings.\n"
    text = "Kettles\n\nThe kettle is copper. It holds two litres 🐘. It sings."
    after = "# Kettles\n\nNew words. The kettle is tin. It holds two litres 🐘. It sings. Yes. It sings.\n"
    note.write_text(before, encoding="utf-8")
    ingest_paths([note], directory=index, embeddings=embeddings)
    quotes = ["Kettles", "The kettle is copper.", "It holds two litres 🐘.", "It sings."]
    words = " ".join(f"{quote} [{number}]" for number, quote in enumerate(quotes, start=1))
    answer = replace(
        reply(words),
        citations=tuple(cite(n, quote, words, text.index(quote)) for n, quote in enumerate(quotes, start=1)),
    )
    lost = reply("Gone. [1]", ["Gone."])
    lost = replace(lost, citations=(replace(lost.citations[0], span=Span("lost", 3, 8)),))
    path = folder / "talk.json"
    path.write_text(render_json([("Which?", answer), ("Where?", lost)], [], TODAY), encoding="utf-8")
    (folder / "whole.json").write_text(render_json([("Which?", answer)], [], TODAY), encoding="utf-8")
    assert footnote("verify", "--index", index, folder / "whole.json").returncode == 0
    note.write_text(after, encoding="utf-8")
    ingest_paths([note], directory=index, embeddings=embeddings)
    return index, path


def test_each_citation_stands_moved_changed_or_is_gone(saved: tuple[Path, Path]) -> None:
    index, path = saved
    result = footnote("verify", "--index", index, "--json", path)
    assert result.returncode == 1
    checks = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(check["turn"], check["number"], check["status"]) for check in checks] == [
        (1, 1, "stands"),
        (1, 2, "changed"),
        (1, 3, "moved"),
        (1, 4, "changed"),
        (2, 1, "gone"),
    ]
    start, end = checks[2]["now"]
    now = footnote("show", "kettles", "--index", index).stdout
    assert now[start:end] == checks[2]["quote"] == "It holds two litres 🐘."
    assert "several" in checks[3]["reason"]
    assert result.stderr.strip() == "5 citations in 2 answers: 1 stands, 1 moved, 2 changed, 1 gone"
    plain = footnote("verify", "--index", index, path)
    assert plain.returncode == 1 and len(plain.stdout.splitlines()) == 5
    assert f"moved    1 [3]  kettles 31-53 -> {start}-{end}  “It holds two litres 🐘.”" in plain.stdout


def test_lines_of_ask_and_answers_of_a_run_are_read_too(chain: Any, article_index: Path, tmp_path: Path) -> None:
    answers = [chain.invoke(ASKED), replace(chain.invoke("Where did they meet?"), id="q7")]
    lines = "\n".join(json.dumps(answer.to_dict(), ensure_ascii=False) for answer in answers)
    lines += '\n\n{"schema_version": 1, "id": "3", "error": "too long"}\n'
    citations = sum(len(answer.citations) for answer in answers)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.jsonl"
        path.write_text(lines, encoding=encoding)
        assert [len(answer.citations) for answer in load_answers(path)][-1] == 0
    result = footnote("verify", "-", "--index", article_index, stdin=lines.encode())
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("stands") == citations > 1
    one = tmp_path / "one.json"
    one.write_text(json.dumps(answers[0].to_dict(), indent=2))
    assert len(load_answers(one)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"hello", "not JSON"),
        (b'{"kind": "footnote-conversation",\n "turns": [\n', "not JSON"),
        (b"[1, 2]", "no answer of Footnote's"),
        (b'"answer"', "no answer of Footnote's"),
        (b'{"name": "x"}', "no answer of Footnote's"),
        (b'{"kind": "footnote-conversation", "turns": {}}', "'turns' must be a list"),
        (b'{"kind": "footnote-conversation", "turns": [{"answer": 3}]}', "turn 1: 'answer' must be a text"),
        (b'{"kind": "footnote-conversation", "turns": ["x"]}', "turn 1 is no answer"),
        (b'{"kind": "footnote-conversation", "schema_version": 9, "turns": []}', "'schema_version' is not 1"),
        (b'{"id": "1", "answer": "x"}\nnonsense\n', "line 2"),
        (b'{"id": "1", "answer": "x", "citations": [{"number": 1e999}]}', "line 1"),
        (
            b'{"answer": "x", "citations": [{"number": 1e999, "document": "a", "start": 0, "end": 2, "quote": "x"}]}',
            "'citations[0].number' must be a finite number",
        ),
        (b'{"answer": "x", "confidence": 1' + b"0" * 400 + b"}", "'confidence' must be a number in range"),
        (
            b'{"answer": "x", "citations": [{"number": 1, "document": "a", "start": 4, "end": 2, "quote": "x"}]}',
            "'citations[0]': a span needs 0 <= start < end",
        ),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"answer": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x00\x01", "not text"),
        (bytes(range(256)), "not"),
    ],
)
def test_an_unreadable_file_is_one_line_and_exit_2(
    content: bytes, reason: str, article_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "talk.json"
    path.write_bytes(content)
    assert_refused(path, article_index, reason, capsys)


def assert_refused(path: Path, index: Path, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command, in this process: one line, and exit status 2."""
    from ui.cli.main import main

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["footnote", "verify", "--index", str(index), str(path)])
        main()
    message = capsys.readouterr().err.strip()
    assert ended.value.code == 2, message
    assert reason in message and path.name in message
    assert len(message.splitlines()) == 1


def test_a_folder_a_missing_and_a_huge_file_are_refused(
    article_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_refused(tmp_path, article_index, "folder", capsys)
    assert_refused(tmp_path / "missing.json", article_index, "No such file", capsys)
    assert_refused(tmp_path / ("x" * 300), article_index, "too long", capsys)
    monkeypatch.setattr("ui.cli.citation_checks.LARGEST_FILE", 1_000)
    (tmp_path / "huge.json").write_bytes(b" " * 2_000)
    assert_refused(tmp_path / "huge.json", article_index, "too large", capsys)


def test_a_file_cannot_steer_the_terminal(article_index: Path, tmp_path: Path) -> None:
    place = {"number": 1, "document": "a\x1b[2Jb\nstands", "start": 0, "end": 2, "quote": "x\x1b]0;title\x07\ny"}
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"answer": "x", "citations": [place, {**place, "document": "\ud800"}]}))
    result = footnote("verify", "--index", article_index, path)
    assert result.returncode == 1
    assert "\x1b" not in result.stdout and "\x07" not in result.stdout and len(result.stdout.splitlines()) == 2
    assert footnote("verify", "--json", "--index", article_index, path).returncode == 1


def test_a_missing_index_is_said(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text(render_json([("Which?", reply("x [1]", ["x"]))], [], TODAY))
    result = footnote("verify", "--index", tmp_path / "none", path)
    assert result.returncode == 1 and "no index" in result.stderr and len(result.stderr.splitlines()) == 1


@given(st.text("ab 🐘", max_size=12), st.text("ab 🐘", min_size=1, max_size=3), st.integers(0, 12))
def test_a_moved_quote_stands_where_it_is_said_to(text: str, quote: str, start: int) -> None:
    status, now, _ = check_citation(cite(1, quote, "", start), text)
    if status == "stands":
        assert text[start : start + len(quote)] == quote
    elif status == "moved":
        assert now and text[slice(*now)] == quote
    else:
        places = [at for at in range(len(text)) if text.startswith(quote, at)]
        assert status == "changed" and len(places) != 1
