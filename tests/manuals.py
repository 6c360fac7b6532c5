"""The project's Markdown files as tests read them: blocks of code, console sessions, links, and what stands in backticks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("rag", "ingest", "ui", "tests", "data", "requirements")
"""The folders that a path in a manual may begin with."""

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"[\w.-]+(/[\w.*-]+)*/?")
_NOT_OURS = ("fixtures", "articles", "build", "dist")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; ``output`` is what a ``text`` block that follows at once says it prints."""

    manual: Path
    line: int
    language: str
    text: str
    output: str | None = None

    def __str__(self) -> str:
        """Its place, as the names of tests show it."""
        return f"{self.manual.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """A line after ``$``, and what the manual shows below it; empty when it shows nothing."""

    line: str
    shown: str

    @property
    def words(self) -> list[str]:
        """The line as a shell cuts it, without its comment."""
        return shlex.split(self.line, comments=True)


def find_manuals() -> list[Path]:
    """Every Markdown file of the project, but for the bundled article and what tests read."""
    found = []
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in _NOT_OURS for part in parts):
            found.append(path)
    return found


def find_blocks(manual: Path, *languages: str) -> list[Block]:
    """The fenced blocks of these languages, in order."""
    text = manual.read_text(encoding="utf-8")
    matches = list(_BLOCK.finditer(text))
    blocks = []
    for at, match in enumerate(matches):
        if match[2] not in languages:
            continue
        following = matches[at + 1] if at + 1 < len(matches) else None
        is_output = following and following[2] == "text" and not text[match.end() : following.start()].strip()
        line = text.count("\n", 0, match.start()) + 1
        output = _dedent(following) if following and is_output else None
        blocks.append(Block(manual, line, match[2], _dedent(match), output))
    return blocks


def read_commands(session: str) -> list[Command]:
    """The commands of a console block, each with the output shown below it."""
    commands: list[Command] = []
    for line in session.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:], ""))
        elif commands:
            last = commands[-1]
            commands[-1] = Command(last.line, f"{last.shown}{line}\n")
    return [Command(command.line, command.shown.rstrip()) for command in commands]


def plain(manual: Path) -> str:
    """A manual's text with its fenced blocks blanked, line breaks kept."""
    text = manual.read_text(encoding="utf-8")
    return _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)


def find_links(manual: Path) -> Iterator[str]:
    """The targets of its links and pictures that lie in the project, with the part after ``#``."""
    for target in re.findall(r"\]\(([^)\s]+)\)", plain(manual)):
        if not re.match(r"[a-z]+:", target):
            yield target


def find_spans(manual: Path) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", plain(manual))


def find_paths(manual: Path) -> Iterator[str]:
    """The words in backticks that name a file or folder of the project; ``{a,b}`` is both."""
    for span in find_spans(manual):
        for word in span.split():
            for path in _expand(word.strip(",;()'\"")):
                if not _PATH.fullmatch(path):
                    continue
                is_inside = "/" in path and path.split("/")[0] in FOLDERS
                is_beside = "/" in path and (manual.parent / path.split("/")[0]).is_dir()
                if is_inside or is_beside or re.search(r"\w\.(py|md|toml)$", path):
                    yield path


def find_headings(manual: Path) -> set[str]:
    """The anchors of its headings, as hosts of repositories make them."""
    titles = re.findall(r"^#+ +(.+?) *$", plain(manual), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-") for title in titles}


def normalise(output: str) -> str:
    """Output without what differs from machine to machine: where files lie, and how long things took."""
    output = re.sub(r"(?:[A-Za-z]:)?(?:[/\\][\w.+ -]+)+[/\\]([\w.-]+)", r"/\1", output)
    output = re.sub(r"\b\d+(?:\.\d+)? (?:s|ms|seconds?)\b", "0 s", output)
    return "\n".join(line.rstrip() for line in output.strip().splitlines())


def _expand(word: str) -> list[str]:
    found = re.fullmatch(r"([^{}]*)\{([^{}]+)\}([^{}]*)", word)
    return [f"{found[1]}{part}{found[3]}" for part in found[2].split(",")] if found else [word]


def _dedent(match: re.Match[str]) -> str:
    return re.sub(f"^{match[1]}", "", match[3], flags=re.MULTILINE)
