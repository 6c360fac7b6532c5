"""The manuals do not rot: their code runs, what they show is what is printed, and what they name is there."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from manuals import (
    FOLDERS,
    ROOT,
    Block,
    Command,
    find_blocks,
    find_headings,
    find_links,
    find_manuals,
    find_paths,
    find_spans,
    normalise,
    read_commands,
)
from served import serving

from rag.errors import FootnoteError
from rag.settings import Settings
from ui.cli.main import cli

MANUALS = find_manuals()
SHOWN = [block for manual in MANUALS for block in find_blocks(manual, "console")]
CODED = [manual for manual in MANUALS if manual.name == "README.md" and find_blocks(manual, "python")]
ADDRESS = "http://127.0.0.1:7860"
TESTS_OWN = {"DATASETS", "ARTICLES", "REQUIRE_BROWSER", "MODEL_FILE"}
QUESTIONS = '{"question": "When did it rise?", "answers": ["Monday"]}\n{"question": "Who paid?", "answers": []}\n'

every_manual = pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.relative_to(ROOT).as_posix())


NOTES = {
    "tides.md": "# Tides\n\nThe tide turned at noon. By evening the harbour was dry.\n",
    "tides-copy.md": "# Tides\n\nThe tide turned at noon. By evening the harbour was dry.\n",
    "towns.csv": "Town,Opened\nBergen,1901\nOslo,1854\n",
    "plan.dwg": "no text",
    "later.txt": "",
}
"""The files of the folder that the manual on reading files brings into an index."""

PAGE = (
    "<html><head><title>The tide</title></head><body><nav><a href=/>Home</a> <a href=/news>News</a></nav><h1>The tide</h1>"
    "<p>The tide turned at noon. By evening the harbour was dry.</p><p hidden>Loading, please wait</p></body></html>"
)
"""The web page beside that folder."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a checkout with nothing in it but the data, a few questions, and a folder of notes."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / name).write_text(text)
    (tmp_path / "tides.html").write_text(PAGE)
    (tmp_path / "questions.jsonl").write_text(QUESTIONS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
    (code,) = find_blocks(ROOT / "README.md", "python")
    assert len(code.text.strip().splitlines()) <= 10 and code.output
    assert any(
        command.shown for block in find_blocks(ROOT / "README.md", "console") for command in read_commands(block.text)
    )


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_a_session_prints_what_is_shown(
    block: Block, place: Path, article_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = read_commands(block.text)
    if not any(command.shown for command in commands):
        for command in commands:
            check_usage(command)
        return
    is_new = any(command.words[:2] == ["footnote", "ingest"] for command in commands)
    monkeypatch.setenv("FOOTNOTE_INDEX", str(place / "new-index" if is_new else article_index))
    monkeypatch.delenv("COLUMNS", raising=False)  # as where output is kept, and not shown
    for command in commands:
        assert command.words[0] == "footnote", f"{block} shows what '{command.line}' prints; only footnote is run here"
        printed = run(command.words[1:])
        if command.shown:
            assert_shown(printed, command.shown, f"{block}: $ {command.line}")


@pytest.mark.parametrize("manual", CODED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_python_of_a_readme_runs_as_it_stands(
    manual: Path, place: Path, article_index: Path, embeddings: Any, chain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of one manual are one program: a later one may use what an earlier one made."""
    monkeypatch.setenv("FOOTNOTE_INDEX", str(article_index))
    shutil.copytree(article_index, place / "index")
    code = [(block, block.text) for block in find_blocks(manual, "python")]
    with contextlib.ExitStack() as stack:
        if any(ADDRESS in text for _, text in code):
            address = stack.enter_context(serving(article_index, embeddings, chain, uploads=place / "uploads"))
            code = [(block, text.replace(ADDRESS, address)) for block, text in code]
        names: dict[str, Any] = {"__name__": "__main__"}
        for block, text in code:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(text, str(block), "exec", dont_inherit=True), names)
            if block.output is not None:
                assert_shown(printed.getvalue(), block.output, str(block))


def test_a_type_checker_finds_nothing_in_the_python_of_any_readme(tmp_path: Path) -> None:
    """As strict as whoever builds on Footnote may be; of what was checked before, as ``make lint`` does, only these are."""
    programs = []
    for manual in CODED:
        programs.append(tmp_path / f"{manual.parent.name}_readme.py".replace("-", "_"))
        blocks = find_blocks(manual, "python")
        # Each line keeps its number, so that an error names the manual's own.
        lines = [""] * len(manual.read_text(encoding="utf-8").splitlines())
        for block in blocks:
            code = block.text.splitlines()
            lines[block.line : block.line + len(code)] = code
        programs[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *map(str, programs)],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"no issues found in {len(CODED)} source files" in checked.stdout


def test_the_python_of_contributing_is_python() -> None:
    for block in find_blocks(ROOT / "CONTRIBUTING.md", "python"):
        compile(block.text, str(block), "exec", dont_inherit=True)


def assert_shown(printed: str, shown: str, where: str) -> None:
    """What is printed is what is shown; a last line of three dots stands for the rest."""
    wanted = normalise(shown)
    found = normalise(printed)
    if wanted.endswith("\n..."):
        wanted = wanted.removesuffix("...")
        found = found[: len(wanted)]
    assert found == wanted, where


def run(arguments: list[str]) -> str:
    """What a person sees of a command: both streams, as they come."""
    result = CliRunner().invoke(cli, arguments)
    if isinstance(result.exception, FootnoteError):
        return f"{result.output}footnote: {result.exception}"
    if result.exception and not isinstance(result.exception, SystemExit | click.ClickException):
        raise result.exception
    return result.output


def check_usage(command: Command) -> None:
    """A command that is not run here names verbs, options, targets and files that there are."""
    for part in re.split(r" [|<>] ", command.line):
        words = shlex.split(part, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and Path(words[0]).name == "footnote":
            check_footnote(words[1:])
        elif words and words[0] == "make":
            targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            assert {word for word in words[1:] if "=" not in word} <= set(targets), command.line
        for word in words:
            if word.split("/")[0] in FOLDERS and "/" in word and not re.search("[A-Z*]", word):
                assert (ROOT / word.split("::")[0]).exists(), command.line


def check_footnote(words: list[str]) -> None:
    """The verb is there and takes these options; nothing is done."""
    group: click.Command = cli
    context = click.Context(cli)
    while words and isinstance(group, click.Group):
        verb = words.pop(0)
        found = group.get_command(context, verb)
        assert found, f"there is no 'footnote {verb}'"
        group = found
    options = {name for parameter in group.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    assert {word for word in words if re.fullmatch("--[a-z-]+|-[a-z]", word)} <= options, f"{group.name} {words}"


@every_manual
def test_every_link_leads_somewhere(manual: Path) -> None:
    for link in find_links(manual):
        name, _, anchor = link.partition("#")
        target = (manual.parent / name) if name else manual
        assert target.exists(), f"{manual.name}: {link}"
        assert not anchor or anchor in find_headings(target), f"{manual.name}: no heading for {link}"


@every_manual
def test_every_path_in_backticks_is_there(manual: Path) -> None:
    names = {path.name for top in FOLDERS for path in (ROOT / top).rglob("*.*")} | {
        path.name for path in ROOT.iterdir()
    }
    for path in find_paths(manual):
        if "*" in path:
            assert any(ROOT.glob(path)) or any(manual.parent.glob(path)), f"{manual.name}: {path}"
        else:
            assert any(((ROOT / path).exists(), (manual.parent / path).exists(), path in names)), (
                f"{manual.name}: {path}"
            )


@every_manual
def test_every_command_and_module_in_backticks_is_there(manual: Path) -> None:
    for span in find_spans(manual):
        words = span.split()
        if words[0] == "footnote" and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
            check_footnote(words[1:])
        elif words[0] == "make" and len(words) > 1:
            check_usage(Command(span, ""))
        for name in words:
            if re.fullmatch(r"(rag|ingest|ui)(\.\w+)+", name) and not name.endswith((".py", ".md")):
                assert find_object(name), f"{manual.name}: {name}"


def find_object(name: str) -> Any:
    """The module of this dotted name, or what is in one; None where there is neither."""
    module, _, attribute = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(module), attribute, None)


def test_the_tree_of_contributing_is_the_tree() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = text[text.index("    rag/\n") : text.index("    ingest/  ")]
    drawn = re.findall(r"^      ([\w.]+)/? ", rooms, re.MULTILINE)
    assert all((ROOT / "rag" / name).exists() or (ROOT / "rag" / f"{name}.py").exists() for name in drawn), drawn
    assert {path.parent.name for path in (ROOT / "rag").glob("*/__init__.py")} <= set(drawn)


def test_every_verb_is_in_the_guide_and_every_verb_of_the_guide_exists() -> None:
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "ui" / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {verb for row in table for verb in re.findall(r"`([a-z]+)(?: [A-Z][^`]*)?`", row)}
    assert set(cli.commands) <= named


@every_manual
def test_every_setting_that_is_named_exists(manual: Path) -> None:
    named = set(re.findall(r"FOOTNOTE_([A-Z_]+)", manual.read_text(encoding="utf-8"))) - TESTS_OWN
    assert {name.casefold() for name in named} <= set(Settings.model_fields), manual


def test_the_guide_lists_settings_that_exist() -> None:
    guide = (ROOT / "ui" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z_]+`.*?) \| .* \| .* \|$", guide, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert len(named) > 10 and named <= set(Settings.model_fields)
