"""The shape of the house: which way imports point, where heavy libraries live, and that files stay readable."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for package in ("rag", "ingest", "ui") for path in (ROOT / package).rglob("*.py"))
LONGEST = 300
HOMES = {
    "chromadb": ("rag/index/chroma_client.py", "rag/index/server/connection.py"),
    "gradio": ("ui/web/",),
    "sentence_transformers": ("rag/index/torch_embeddings.py", "rag/reader/"),
    "transformers": ("rag/index/torch_embeddings.py", "rag/reader/"),
    "langchain_huggingface": ("rag/index/torch_embeddings.py",),
    "torch": ("rag/index/torch_embeddings.py", "rag/reader/span_model.py", "rag/reader/training/"),
    "onnxruntime": ("rag/encoder/bert.py",),
    "onnx": ("rag/reader/training/graph.py",),
    "scipy": ("rag/index/bm25.py", "rag/evaluation/", "rag/reader/training/"),
    "sentencex": ("rag/english/sentences.py",),
    "jinja2": ("rag/evaluation/report/", "ui/"),
    "sklearn": ("rag/reader/training/",),
    "pypdfium2": ("ingest/formats/pdf/",),
    "docutils": ("ingest/formats/",),
    "lxml": ("ingest/formats/",),
    "click": ("ui/cli/",),
}
"""Where a library may be imported; anybody else asks those who live there."""


def find_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def find_private_names(path: Path) -> Iterator[str]:
    """The private names of other modules of ours that one imports, or reaches for in a module that it imports."""
    ours = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("rag", "ingest", "ui"):
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))
            ours |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            ours |= {
                alias.asname or alias.name
                for alias in node.names
                if alias.name.split(".")[0] in ("rag", "ingest", "ui")
            }
    for node in ast.walk(tree):
        is_private = isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        if is_private and isinstance(node, ast.Attribute) and ast.unparse(node.value) in ours:
            yield ast.unparse(node)


def test_nobody_reaches_for_another_modules_private_names(tmp_path: Path) -> None:
    strays = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))
        for name in find_private_names(path)
    ]
    assert strays == []
    (tmp_path / "a.py").write_text("from rag.x import _y\nfrom rag import z\nz._w()\nz.__name__\nself._own\n")
    assert list(find_private_names(tmp_path / "a.py")) == ["_y", "z._w"], "and it would find them"


@pytest.fixture
def keep_loggers() -> Iterator[None]:
    """Loggers are as before: import-linter sets up its own, which silences all that there are."""
    yield
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.mark.usefixtures("keep_loggers")
def test_imports_keep_to_their_floors_and_run_in_no_circle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_a_heavy_library_has_one_home() -> None:
    strays = [
        f"{name} imports {imported}"
        for path in MODULES
        for name in [path.relative_to(ROOT).as_posix()]
        for imported in find_imports(path)
        if not name.startswith(HOMES.get(imported.split(".")[0], ("",)))
    ]
    assert strays == []


def test_a_file_can_be_read_in_one_sitting() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
