"""One generation of an index under examination: the single checks, each of which gives a finding."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.english.numbers import format_count
from rag.errors import FootnoteError
from rag.index import generations
from rag.index.bm25 import KeywordIndex
from rag.index.chroma_client import PAGE, open_collection
from rag.index.document_records import DocumentRecord, read_records
from rag.index.findings import REBUILD, REPAIR, Finding
from rag.index.passage_index import Generation, read_profile
from rag.index.profile import Profile
from rag.index.state import Row, read_rows
from rag.types import Passage, text_digest

SAMPLE = 2_000
"""How many passages are looked up by their own vectors; of a larger index, so many by lot."""

FORGIVEN = 0.005
"""The share of passages that a whole graph of vectors may overlook; measured: 0.0002 at 20,000 passages."""

SAME = 0.999
"""The least cosine between a passage's vector and the same words embedded anew; bfloat16 gives 0.9999."""

Embed = Callable[[Sequence[Passage]], Sequence[Sequence[float]]]
"""Embeds passages as ingestion does, title and heading included."""


class Opened(Generation):
    """A generation opened without the checks of a reader, by those who examine it or save what is left of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.place = folder.parent.parent
        database = folder / "chroma" / "chroma.sqlite3"
        with self.explained():
            if not database.is_file():
                raise self.damaged("chroma/chroma.sqlite3 is missing")  # Chroma would make an empty one
            if not any(name.startswith("chroma/") for name in generations.find_damaged_files(folder)):
                self._collection, close = open_collection(folder)
                weakref.finalize(self, close)
                return
            # Chroma loads its graph of vectors even to read words, and altered bytes in it would end this process.
            copy = tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)
            (Path(copy.name) / "chroma").mkdir()
            shutil.copyfile(database, Path(copy.name) / "chroma" / database.name)
            self._collection, close = open_collection(Path(copy.name))
            weakref.finalize(self, copy.cleanup)
            weakref.finalize(self, close)

    def read_all(self, *, vectors: bool = False) -> Iterator[Row]:
        """All rows as they are; of their vectors, nothing else."""
        include = ["embeddings"] if vectors else ["documents", "metadatas"]
        with self.explained():
            for at in range(0, self._collection.count(), PAGE):
                yield from read_rows(self._collection.get(limit=PAGE, offset=at, include=include))

    def find_nearest(self, vectors: Sequence[Any]) -> list[tuple[str, float]]:
        """For each vector the nearest passage's name, and its distance; an empty name where there is none."""
        with self.explained():
            found = self._collection.query(query_embeddings=list(vectors), n_results=1, include=["distances"])
            pairs = zip(found["ids"], found["distances"], strict=True)
            return [(ids[0], distances[0]) if ids else ("", 2.0) for ids, distances in pairs]


class Examination:
    """One generation under examination; what several checks need is read once."""

    def __init__(self, folder: Path, source: random.Random):
        self.folder = folder
        self._random = source

    @cached_property
    def profile(self) -> Profile:
        """What it was made with."""
        return read_profile(self.folder)

    @cached_property
    def records(self) -> dict[str, DocumentRecord]:
        """The document records by id."""
        return read_records(self.folder)

    @cached_property
    def state(self) -> Opened:
        """The rows, to be searched and read."""
        return Opened(self.folder)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """All rows by name, whole or not."""
        return {row.id: row for row in self.state.read_all()}

    @cached_property
    def passages(self) -> dict[str, Passage]:
        """The passages whose words, and what is known of them, are those that were indexed."""
        found = {}
        for name, row in self.rows.items():
            try:
                passage = self.state.passage(row)
            except FootnoteError:
                continue
            if passage.id == name:
                found[name] = passage
        return found

    @cached_property
    def damaged_files(self) -> list[str]:
        """The files that are not what was written."""
        return generations.find_damaged_files(self.folder)

    @cached_property
    def vectors(self) -> dict[str, Any]:
        """The vector of each passage, shape (dimension,); read only where the graph that holds them is unaltered."""
        import numpy as np

        altered = [name for name in self.damaged_files if name.startswith("chroma/")]
        if altered:  # loading it could end the process
            raise ValueError(f"{altered[0]}, and so the vectors are not loaded")
        return {row.id: np.asarray(row.vector, dtype=np.float32) for row in self.state.read_all(vectors=True)}

    def check_files(self) -> Finding:
        """Every file that does not change by being read is as it was written."""
        if self.damaged_files:
            return Finding("files", False, _some(self.damaged_files), REPAIR)
        if not (self.folder / generations.CHECKSUMS).is_file():
            return Finding("files", True, "no checksums: written by an earlier Footnote, or not to the end")
        return Finding("files", True, "as they were written")

    def check_database(self) -> Finding:
        """The database that holds the passages is sound, by its own reckoning: pages, indexes, tables."""
        path = (self.folder / "chroma" / "chroma.sqlite3").resolve()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            return Finding("database", False, " ".join(", ".join(found).split())[:200], REPAIR)
        return Finding("database", True, "sound")

    def check_format(self) -> Finding:
        """The format is one that this Footnote reads."""
        try:
            return Finding("format", True, f"version {self.profile.format_version}")
        except FootnoteError as error:
            what, _, advice = str(error).rpartition("; ")
            return Finding("format", False, what, advice)

    def check_model(self, embedding_model: str, splitting: str) -> Finding:
        """It was made with the model and the splitting in use."""
        made = self.profile
        if embedding_model and made.embedding_model != embedding_model:
            advice = f"set FOOTNOTE_EMBEDDING_MODEL back, or {REBUILD}"
            return Finding(
                "model", False, f"made with '{made.embedding_model}', and '{embedding_model}' is set", advice
            )
        if splitting and made.splitting != splitting:
            return Finding(
                "model", False, f"cut as '{made.splitting}', and this Footnote cuts as '{splitting}'", REBUILD
            )
        return Finding("model", True, f"{made.embedding_model}, {made.dimension} dimensions, {made.splitting}")

    def check_records(self) -> Finding:
        """Every document has one record that can be read."""
        return Finding("records", True, format_count(len(self.records), "document"))

    def check_passages(self) -> Finding:
        """The passages are those that the records count, each of them unaltered, and no others."""
        faults = []
        counted = Counter(passage.span.document_id for passage in self.passages.values())
        for name, record in self.records.items():
            if counted[name] != record.passages:
                faults.append(f"'{name}' has {counted[name]:,} of its {record.passages:,} passages whole")
        faults += [f"passages of an unknown document '{name}'" for name in counted if name not in self.records]
        if not faults and len(self.passages) != len(self.rows):
            faults.append(f"{len(self.rows) - len(self.passages):,} passages were altered")
        for name in self._draw(sorted(self.records), SAMPLE):  # as a reader looks them up
            if len(self.state.find_document_rows(name)) != self.records[name].passages:
                faults.append(f"not all passages of '{name}' can be looked up")
        if faults:
            return Finding("passages", False, _some(faults), REPAIR)
        return Finding("passages", True, format_count(len(self.rows), "passage"))

    def check_texts(self) -> Finding:
        """Each document's passages follow one another without a gap, and are its text."""
        faults = []
        own: dict[str, list[Passage]] = {name: [] for name in self.records}
        for passage in self.passages.values():
            own.setdefault(passage.span.document_id, []).append(passage)
        for name, record in self.records.items():
            passages = sorted(own[name], key=lambda passage: passage.span)
            ends = [0, *(passage.span.end for passage in passages)]
            if [passage.span.start for passage in passages] != ends[:-1] or ends[-1] != record.characters:
                faults.append(f"the passages of '{name}' leave gaps in its text")
            elif text_digest("".join(passage.text for passage in passages)) != record.digest:
                faults.append(f"the text of '{name}' is not what was indexed")
        if faults:
            return Finding("texts", False, _some(faults), REPAIR)
        characters = sum(record.characters for record in self.records.values())
        return Finding("texts", True, f"{characters:,} characters, as they were indexed")

    def check_keywords(self) -> Finding:
        """The keyword index has a row for each passage, and a sample is found by its own words."""
        keywords = KeywordIndex.load(self.folder / "keyword")
        if sorted(keywords.ids) != sorted(self.rows):
            detail = f"{len(keywords.ids):,} rows for {len(self.rows):,} passages, or other ones"
            return Finding("keywords", False, detail, REPAIR)
        rows = {name: number for number, name in enumerate(keywords.ids)}
        for name in self._draw(sorted(self.passages), 32):
            passage = self.passages[name]
            scores = keywords.scores(f"{passage.heading}\n{passage.text}")
            if len(scores) != len(keywords.ids) or (scores.any() and not scores[rows[name]] > 0):
                return Finding("keywords", False, f"'{name}' is not found by its own words", REPAIR)
        return Finding("keywords", True, f"{len(keywords.ids):,} rows")

    def check_vectors(self) -> Finding:
        """Every passage has a vector of the right dimension, finite and of unit length."""
        import numpy as np

        faults = [f"'{name}' has no vector" for name in self.rows if name not in self.vectors]
        for name, vector in self.vectors.items():
            if vector.shape != (self.profile.dimension,):
                faults.append(f"the vector of '{name}' has {vector.size} dimensions of {self.profile.dimension}")
            elif not abs(float(np.linalg.norm(vector)) - 1.0) < 1e-2:  # so that "not a number" is a fault too
                faults.append(f"the vector of '{name}' was altered")
        if faults:
            return Finding("vectors", False, _some(faults), REPAIR)
        return Finding("vectors", True, f"{len(self.vectors):,} of unit length")

    def check_search(self) -> Finding:
        """Passages are found by their own vectors."""
        names = self._draw(sorted(self.vectors), SAMPLE)
        missed = []
        for at in range(0, len(names), 100):
            some = names[at : at + 100]
            for name, (found, distance) in zip(
                some, self.state.find_nearest([self.vectors[name] for name in some]), strict=True
            ):
                if found != name and not distance < 1e-3:
                    missed.append(name)
        if len(missed) > FORGIVEN * len(names):
            detail = f"{len(missed):,} of {len(names):,} passages are not found by their own vectors"
            return Finding("search", False, f"{detail}, '{missed[0]}' among them", REPAIR)
        return Finding("search", True, f"{len(names) - len(missed):,} of {len(names):,} found by their own vectors")

    def check_embeddings(self, embed: Embed, size: int) -> Finding:
        """A sample of passages, embedded anew, gives the vectors that are stored."""
        import numpy as np

        names = self._draw(sorted(self.passages), size)
        if not names:
            return Finding("embeddings", True, "no passages to embed")
        fresh = np.asarray(embed([self.passages[name] for name in names]), dtype=np.float32)
        stored = np.asarray([self.vectors[name] for name in names], dtype=np.float32)
        lengths = np.linalg.norm(fresh, axis=1) * np.linalg.norm(stored, axis=1)
        cosines = (fresh * stored).sum(axis=1) / lengths
        worst = int(np.argmin(np.nan_to_num(cosines, nan=-1.0)))
        detail = f"{len(names)} passages embedded anew, least cosine {cosines[worst]:.5f}"
        if not cosines[worst] >= SAME:
            return Finding("embeddings", False, f"{detail}, that of '{names[worst]}'", REPAIR)
        return Finding("embeddings", True, detail)

    def _draw(self, names: Sequence[str], size: int) -> list[str]:
        return self._random.sample(names, min(size, len(names)))


def _some(faults: Sequence[str]) -> str:
    more = f", and {len(faults) - 3:,} more" if faults[3:] else ""
    return ", ".join(faults[:3]) + more
