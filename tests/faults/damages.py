"""Damage an index in every place and see what a reader gets: the original words, or one line; never others.

Each damaged copy is read in a child process, because a native library that meets altered bytes may take its process down.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from faults.cheap import CHEAP, write_sources

SECONDS = 60
"""How long reading a damaged index may take before it counts as hanging."""

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing done to one file or folder, named relative to the index."""

    kind: str
    name: str
    seed: int

    def apply(self, directory: Path) -> None:
        source = random.Random(self.seed)
        path = directory / self.name
        if self.kind == "removed":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            return
        content = bytearray(path.read_bytes())
        if self.kind == "truncated":
            content = content[: source.randrange(len(content))]
        elif self.kind == "bit flipped":
            content[source.randrange(len(content))] ^= 1 << source.randrange(8)
        elif self.kind == "byte altered":
            at = source.randrange(len(content))
            content[at] = (content[at] + source.randrange(1, 256)) % 256
        elif self.kind == "page zeroed":
            at = source.randrange(len(content)) // 4096 * 4096
            content[at : at + 4096] = bytes(len(content[at : at + 4096]))
        path.write_bytes(content)


@dataclass(slots=True)
class Seen:
    """What a reader of a damaged index saw. ``wrong`` must be empty."""

    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unfindable: int = 0
    doctor: list[str] = field(default_factory=list)


def build_index(directory: Path, folder: Path, sentences: int) -> Texts:
    """An index of two generations that know the same documents but one; the words of each document."""

    def build() -> Texts:
        from rag.index.passage_index import PassageIndex

        paths = write_sources(folder, ["alpha", "beta", "gamma"], sentences)
        ingest(paths[:2], directory)
        ingest(paths[2:], directory)
        index = PassageIndex(directory, CHEAP)
        return {record.id: index.document(record.id).text for record in index.documents()}

    return in_child(build)  # type: ignore[no-any-return]


def ingest(paths: list[Path], directory: Path, **options: Any) -> list[Any]:
    """Ingest with the cheap embeddings."""
    from ingest.pipeline import ingest_paths
    from rag.settings import read_settings

    settings = read_settings(index=directory, embedding_model=CHEAP.name)
    return ingest_paths(paths, directory=directory, embeddings=CHEAP, settings=settings, **options)


def list_damages(directory: Path, times: int, seed: int) -> list[Damage]:
    """Every file and folder removed and every file truncated, then random flips up to ``times``; of fewer, some by lot."""
    source = random.Random(seed)
    current = directory / "generations" / (directory / "CURRENT").read_text().split()[0]
    below = [directory / "CURRENT", current, *sorted(current.rglob("*"))]
    names = [path.relative_to(directory).as_posix() for path in below]
    files = [name for name in names if (directory / name).is_file() and (directory / name).stat().st_size]
    damages = [Damage("removed", name, 0) for name in names]
    damages += [Damage("truncated", name, source.randrange(2**32)) for name in files]
    heavy = [name for name in files if "chroma" in name]
    every = len(damages)
    while len(damages) < max(times, 2 * every):
        kind = source.choice(["bit flipped", "bit flipped", "byte altered", "page zeroed"])
        name = source.choice(heavy) if source.random() < 0.6 else source.choice(files)
        damages.append(Damage(kind, name, source.randrange(2**32)))
    return source.sample(damages, times) if times < len(damages) else damages


def read_all(directory: Path, texts: Texts) -> Seen:
    """Open, list, show, search and ask, as the verbs do; note what is wrong."""
    import math

    from rag.chain import build_chain
    from rag.errors import FootnoteError
    from rag.index.passage_index import PassageIndex
    from rag.retrieve.hybrid import find_passages
    from rag.settings import read_settings

    seen = Seen()

    def attempt(what: str, work: Callable[[], None]) -> bool:
        try:
            work()
            return True
        except FootnoteError as error:
            seen.errors.append(f"{what}: {error}")
            if "\n" in str(error):
                seen.wrong.append(f"{what}: more than one line: {error}")
        except Exception:
            seen.wrong.append(f"{what}: {traceback.format_exc(limit=-4)}")
        return False

    opened: list[Any] = []
    if not attempt("open", lambda: opened.append(PassageIndex(directory, CHEAP))):
        return seen
    index = opened[0]

    def check_passage(passage: Any) -> None:
        span = passage.span
        if texts[span.document_id][span.start : span.end] != passage.text:
            seen.wrong.append(f"wrong words: {passage.id}")
        if f"The {span.document_id} of version 0" != passage.title:
            seen.wrong.append(f"wrong title: {passage.title}")

    def show(name: str) -> None:
        if index.document(name).text != texts[name]:
            seen.wrong.append(f"wrong document: {name}")

    def search(question: str, documents: tuple[str, ...] = ()) -> None:
        for scored in find_passages(question, [index], count=8, documents=documents):
            check_passage(scored.passage)
            if not 0 <= scored.score <= 1 or math.isnan(scored.score):
                seen.wrong.append(f"score {scored.score}")

    def ask(question: str) -> None:
        answer = chains[0].invoke(question)
        for citation in answer.citations:
            span = citation.span
            if texts[span.document_id][span.start : span.end] != citation.quote:
                seen.wrong.append(f"wrong quote: {citation.quote!r}")
            check_passage(citation.passage)
        for scored in answer.passages:
            check_passage(scored.passage)

    def list_documents() -> None:
        known = [record.id for record in index.documents()]
        seen.lost += sorted(texts.keys() - set(known))
        if not set(known) <= texts.keys() or [r.title for r in index.documents()] != [
            f"The {name} of version 0" for name in known
        ]:
            seen.wrong.append(f"wrong list: {known}")

    attempt("documents", list_documents)
    for name, text in texts.items():
        attempt(f"show {name}", lambda name=name: show(name))  # type: ignore[misc]
        middle = text[len(text) // 2 :].split(". ")[1]
        attempt(f"search {name}", lambda middle=middle: search(middle))  # type: ignore[misc]
        attempt(f"search in {name}", lambda middle=middle, name=name: search(middle, (name,)))  # type: ignore[misc]
    chains: list[Any] = []
    if attempt("chain", lambda: chains.append(build_chain(index, settings=read_settings(abstain_below=0.0)))):
        for question in ("Who wrote this?", "What is listed?", "How many pieces of copper were sold near Bamol?"):
            attempt("ask", lambda question=question: ask(question))  # type: ignore[misc]
    attempt("find all", lambda: seen.__setattr__("unfindable", count_unfindable(index, texts)))
    return seen


def count_unfindable(index: Any, texts: Texts) -> int:
    """How many passages are not found by the vector of their own words."""
    from ingest.split import embedding_texts

    missing = 0
    generation = index.current()
    for name in texts:
        passages = generation.passages(name)
        vectors = CHEAP.embed_documents(embedding_texts(passages, lambda of: [len(text) // 3 + 2 for text in of]))
        for passage, vector in zip(passages, vectors, strict=True):
            hits = generation.search_vectors(vector, 1)
            missing += not hits or hits[0].passage.id != passage.id
    return missing


class Crashed(Exception):
    """A child was ended by a signal, or never answered."""


def in_child(work: Callable[[], Any], seconds: int = 0) -> Any:
    """The result of ``work`` done in a forked process. Raises Crashed where that dies or takes too long."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            signal.alarm(seconds)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(work(), pipe)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not content:
        raise Crashed(f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status >> 8}")
    return pickle.loads(content)


def preload() -> None:
    """Import what the children need, once, and load the reader; no Chroma client may be open when they are forked.

    The models are loaded on one processor, and so with one thread: a child would wait for others, which it does not have.
    """
    for name in (
        "chromadb",
        "ingest.pipeline",
        "rag.chain",
        "rag.index.writer",
        "rag.reader",
        "rag.index.repair",
    ):
        import_module(name)
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    import_module("rag.reader.span_reader").share_reader().read("Who?", ["Nobody."])
    os.sched_setaffinity(0, processors)


@dataclass(slots=True)
class Tally:
    """What the damages of one kind came to. ``faults`` must stay empty."""

    times: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def damage_at_random(folder: Path, sentences: int, times: int, seed: int, *, mend: bool = True) -> dict[str, Tally]:
    """Damage copies of an index one after another; read, examine and mend each. One tally a kind of damage."""
    base, sources = folder / "base", folder / "sources"
    texts = build_index(base, sources, sentences)
    usual = in_child(lambda: read_all(base, texts))
    assert not (usual.wrong or usual.errors or usual.lost), usual
    assert not in_child(lambda: examine(base))
    tallies: dict[str, Tally] = {}
    for number, damage in enumerate(list_damages(base, times, seed)):
        tally = tallies.setdefault(damage.kind, Tally())
        tally.times += 1
        copy = folder / "copy"
        shutil.copytree(base, copy)
        damage.apply(copy)
        try:
            seen = in_child(partial(read_all, copy, texts), SECONDS)
            bad = in_child(partial(examine, copy), SECONDS)
            tally.faults += [f"{damage}: {wrong}" for wrong in seen.wrong]
            suffers = bool(seen.errors or seen.lost or seen.unfindable > usual.unfindable + 1)
            tally.seen["refused, one line" if seen.errors else "worse search" if suffers else "all as it was"] += 1
            if suffers and not bad:
                tally.faults.append(f"{damage}: the doctor sees nothing: {seen.errors or seen.unfindable}")
            if bad and mend:
                with_sources = sources if number % 2 else folder / "none"
                mended, lost = in_child(partial(mend_copy, copy, with_sources, texts), SECONDS)
                tally.mended[mended] += 1
                tally.faults += [f"{damage}: {fault}" for fault in lost]
        except Crashed as crash:
            tally.faults.append(f"{damage}: the process ended: {crash}")
        shutil.rmtree(copy)
    return tallies


def examine(directory: Path) -> list[str]:
    """The checks of the doctor that fail."""
    from rag.index.examination import examine_index

    findings = examine_index(directory, embedding_model=CHEAP.name, embed=embed, sample=2_000)
    return [f"{finding.check}: {finding.detail}" for finding in findings if not finding.ok]


def embed(passages: Any) -> list[list[float]]:
    from ingest.split import embedding_texts

    return CHEAP.embed_documents(  # type: ignore[no-any-return]
        embedding_texts(passages, lambda of: [len(text) // 3 + 2 for text in of])
    )


def mend_copy(directory: Path, sources: Path, texts: Texts) -> tuple[str, list[str]]:
    """Repair an index whose sources lie in a folder, or nowhere; what was done, and what is wrong with it."""
    from ingest.pipeline import splitting_name
    from rag.errors import SourceError
    from rag.index.passage_index import PassageIndex
    from rag.index.repair import repair_index

    def read_again(record: Any) -> Any:
        path = sources / Path(record.source).name
        if not path.is_file():
            raise SourceError("no such file")
        return read_source_again(record, path)

    done = repair_index(directory, CHEAP, splitting=splitting_name(256), embed=embed, read_again=read_again)
    faults = []
    index = PassageIndex(directory, CHEAP)
    lost = {outcome.document for outcome in done.outcomes if outcome.fate == "lost"}
    if done.done == "nothing":
        faults.append("the repair found nothing to mend")
    if {record.id for record in index.documents()} | lost != texts.keys() and "is gone" not in done.note:
        faults.append(f"documents not named: {done.outcomes}")
    for record in index.documents():
        if index.document(record.id).text != texts[record.id]:
            faults.append(f"'{record.id}' is not as it was: {done.outcomes}")
    if lost and sources.is_dir():
        faults.append(f"lost, although the sources are there: {done.outcomes}")
    faults += [f"after the repair: {bad}" for bad in examine(directory)]
    fates = sorted({outcome.fate for outcome in done.outcomes})
    return f"{done.done}: {', '.join(fates)}", faults


def read_source_again(record: Any, path: Path) -> Any:
    from ingest.document_building import Prepared, Preparer
    from ingest.sandbox.confined import parsing

    moved = replace(record, source=str(path))
    with parsing() as parse_one:
        (prepared,) = Preparer([moved], {}, (), CHEAP, parse_one, True).prepare(path)
    assert isinstance(prepared, Prepared)
    return prepared.document, prepared.passages
