"""The shape of the house: which way imports point, where heavy libraries live, and that files stay readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for package in ("rag", "ingest", "ui") for path in (ROOT / package).rglob("*.py"))
HOMES = {
    "chromadb": ("rag/index/passage_index.py", "rag/index/server/connection.py"),
    "gradio": ("ui/",),
    "sentence_transformers": ("rag/index/embeddings.py", "rag/reader/"),
    "transformers": ("rag/index/embeddings.py", "rag/reader/"),
    "langchain_huggingface": ("rag/index/embeddings.py",),
    "bm25s": ("rag/index/bm25.py",),
    "click": ("ui/",),
}
ALLOWED = {"rag": {"rag"}, "ingest": {"rag", "ingest"}, "ui": {"rag", "ingest", "ui"}}


def find_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way_and_heavy_libraries_have_one_home(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for imported in find_imports(path):
        top = imported.split(".")[0]
        if top in ALLOWED:
            assert top in ALLOWED[name.split("/")[0]], f"{name} imports {imported}"
        if top in HOMES:
            assert name.startswith(HOMES[top]), f"{name} imports {imported}, whose home is {HOMES[top]}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_evaluation_knows_only_types_and_errors(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    if not name.startswith("rag/evaluation/"):
        return
    for imported in find_imports(path):
        if imported.split(".")[0] == "rag":
            assert imported.startswith(("rag.types", "rag.errors", "rag.evaluation")), f"{name} imports {imported}"


def test_imports_inside_rag_follow_the_plan() -> None:
    """types, errors <- settings <- models, index, citations, prompts <- retrieval, reader, ... <- chain."""
    ranks = {
        "masking": 0,
        "types": 0,
        "errors": 0,
        "sentences": 0,
        "testing": 0,
        "settings": 1,
        "models": 2,
        "generations": 2,
        "keyword": 2,
    }
    ranks |= {
        "quotes": 1,
        "support": 2,
        "prompts": 2,
        "records": 2,
        "index_state": 3,
        "server": 3,
        "server_index": 3,
        "server_lease": 3,
        "server_writer": 3,
        "index": 3,
        "index_writer": 4,
        "examination": 4,
        "doctor": 5,
        "repair": 6,
        "citations": 3,
        "phrasing": 3,
        "replies": 3,
        "stream": 4,
        "chat": 4,
        "providers": 4,
        "retrieval": 4,
        "conversation": 4,
        "question": 4,
        "asking": 1,
        "suggestions": 2,
    }
    ranks |= {"evaluation": 1, "reader": 5, "summary": 5, "whole": 5, "writer": 5, "chain": 6}
    for path in MODULES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] != "rag" or parts[1] in ("__init__", "evaluation"):
            continue
        for imported in find_imports(path):
            target = imported.split(".")
            if target[0] == "rag" and len(target) > 1 and target[1] != parts[1]:
                assert ranks[target[1]] <= ranks[parts[1]], f"{'/'.join(parts)} imports {imported}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
