"""``footnote doctor`` and ``footnote repair``: what they find, what they say, and what they bring back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from faults.cheap import CHEAP, make_text, write_sources
from faults.damages import embed, ingest, read_source_again

from ingest.pipeline import splitting_name
from rag import generations
from rag.doctor import examine_index
from rag.errors import FootnoteError, IndexMismatchError, NoIndexError
from rag.generations import find_current
from rag.index import PassageIndex
from rag.repair import Repair, repair_index
from ui.care import doctor, repair


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    write_sources(tmp_path / "sources", ["alpha", "beta"], 20)
    return tmp_path / "sources"


@pytest.fixture
def directory(tmp_path: Path, sources: Path) -> Path:
    """An index of two documents, the second of which was added by a second command."""
    ingest([sources / "alpha.md"], tmp_path / "index")
    ingest([sources / "beta.md"], tmp_path / "index")
    return tmp_path / "index"


def mend(directory: Path) -> Repair:
    def read_again(record: Any) -> Any:
        if not Path(record.source).is_file():
            raise FootnoteError("no such file")
        return read_source_again(record, Path(record.source))

    return repair_index(directory, CHEAP, splitting=splitting_name(256), embed=embed, read_again=read_again)


def find_bad(directory: Path, **options: Any) -> set[str]:
    return {finding.check for finding in examine_index(directory, **options) if not finding.ok}


def alter_database(directory: Path, statement: str, *values: object) -> None:
    """Change rows of Chroma's database from outside."""
    with closing(sqlite3.connect(find_current(directory) / "chroma" / "chroma.sqlite3")) as database, database:
        assert database.execute(statement, values).rowcount > 0


def alter_words(directory: Path, document: str) -> None:
    alter_database(
        directory,
        "UPDATE embedding_metadata SET string_value = string_value || ' Not so.' WHERE key = 'chroma:document' AND id = "
        "(SELECT MIN(id) FROM embeddings WHERE embedding_id LIKE ?)",
        f"{document}:%",
    )


def texts(directory: Path) -> dict[str, str]:
    index = PassageIndex(directory, CHEAP)
    return {record.id: index.document(record.id).text for record in index.documents()}


def test_a_healthy_index_passes_every_check(directory: Path) -> None:
    findings = examine_index(directory, embedding_model=CHEAP.name, splitting=splitting_name(256), embed=embed)
    assert [finding for finding in findings if not finding.ok] == []
    assert {"current", "files", "database", "texts", "vectors", "search", "embeddings", "sources"} <= {
        finding.check for finding in findings
    }


def test_examining_changes_no_file_that_has_a_checksum(directory: Path) -> None:
    examine_index(directory)
    assert generations.find_damaged_files(find_current(directory)) == []


def test_no_index_is_told_as_everywhere(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="footnote ingest PATH"):
        examine_index(tmp_path)


def test_altered_words_are_named(directory: Path) -> None:
    alter_words(directory, "beta")
    by_check = {finding.check: finding for finding in examine_index(directory)}
    assert not by_check["passages"].ok
    assert "'beta'" in by_check["passages"].detail
    assert "footnote repair" in by_check["passages"].advice
    assert not by_check["texts"].ok


@pytest.mark.parametrize(("key", "value"), [("title", "Another title"), ("heading", "Another heading")])
def test_what_stands_beside_a_citation_cannot_change_unnoticed(directory: Path, key: str, value: str) -> None:
    alter_database(directory, "UPDATE embedding_metadata SET string_value = ? WHERE key = ?", value, key)
    with pytest.raises(FootnoteError, match="not what was indexed"):
        PassageIndex(directory, CHEAP).document("alpha")
    assert "passages" in find_bad(directory)


def test_a_moved_passage_is_never_quoted_from_the_wrong_place(directory: Path) -> None:
    alter_database(
        directory, "UPDATE embedding_metadata SET int_value = int_value + 1 WHERE key IN ('start', 'end') AND id = 1"
    )
    with pytest.raises(FootnoteError, match="not what was indexed"):
        PassageIndex(directory, CHEAP).document("alpha")


def test_a_passage_that_is_gone_is_counted(directory: Path) -> None:
    alter_database(directory, "DELETE FROM embeddings WHERE embedding_id LIKE ?", "beta:0-%")
    with pytest.raises(FootnoteError, match=r"\d+ of \d+ passages of 'beta'"):
        PassageIndex(directory, CHEAP).document("beta")
    assert {"passages", "texts", "keywords"} <= find_bad(directory)


def test_other_vectors_than_the_models_are_found_by_embedding_anew(directory: Path) -> None:
    def embed_otherwise(passages: Any) -> Any:
        return [vector[1:] + vector[:1] for vector in embed(passages)]

    assert find_bad(directory, embed=embed_otherwise) == {"embeddings"}


def test_an_index_of_another_model_or_splitting_is_told(directory: Path) -> None:
    assert find_bad(directory, embedding_model="another") == {"model"}
    assert find_bad(directory, splitting="otherwise") == {"model"}


def test_changed_sources_are_information_and_no_fault(directory: Path, sources: Path) -> None:
    (sources / "alpha.md").write_text("# Other words\n")
    (sources / "beta.md").unlink()
    *_, last = examine_index(directory)
    assert (last.check, last.ok) == ("sources", True)
    assert "1 changed since (alpha), 1 gone since (beta)" in last.detail


def test_the_verb_prints_a_line_a_check_and_fails_when_one_fails(directory: Path) -> None:
    model = {"FOOTNOTE_EMBEDDING_MODEL": CHEAP.name}
    well = CliRunner().invoke(doctor, ["--index", str(directory)], env=model)
    assert (well.exit_code, well.exception) == (0, None)
    assert all(line.startswith("ok ") for line in well.stdout.splitlines())
    (find_current(directory) / "keyword" / "ids.json").unlink()
    ill = CliRunner().invoke(doctor, ["--index", str(directory), "--json"], env=model)
    assert isinstance(ill.exception, FootnoteError)
    lines = [json.loads(line) for line in ill.stdout.splitlines()]
    assert {line["check"] for line in lines if not line["ok"]} == {"files", "keywords"}
    assert "footnote repair" in str(ill.exception)


def test_a_whole_index_is_left_alone(directory: Path) -> None:
    assert mend(directory) == Repair("nothing", "000002", ())
    assert find_current(directory).name == "000002"


def test_words_that_are_left_are_kept_and_the_broken_generation_too(directory: Path) -> None:
    before = texts(directory)
    (find_current(directory) / "keyword" / "ids.json").unlink()
    done = mend(directory)
    assert done.done == "rebuilt"
    assert {(outcome.document, outcome.fate) for outcome in done.outcomes} == {("alpha", "kept"), ("beta", "kept")}
    assert done.broken == directory / "generations" / "000002.broken"
    assert done.broken.is_dir()
    assert texts(directory) == before
    assert find_bad(directory, embed=embed) == set()


def test_damaged_words_come_from_the_generation_before_then_from_the_source(directory: Path) -> None:
    before = texts(directory)
    alter_words(directory, "alpha")
    alter_words(directory, "beta")
    outcomes = {outcome.document: outcome for outcome in mend(directory).outcomes}
    assert (outcomes["alpha"].fate, outcomes["alpha"].reason) == ("kept", "found in generation 000001")
    assert outcomes["beta"].fate == "read again"
    assert texts(directory) == before


def test_what_is_lost_is_named_with_the_reason(directory: Path, sources: Path) -> None:
    alter_words(directory, "beta")
    shutil.rmtree(sources)
    (lost,) = [outcome for outcome in mend(directory).outcomes if outcome.fate == "lost"]
    assert lost.document == "beta"
    assert "no such file" in lost.reason
    assert list(texts(directory)) == ["alpha"]


def test_an_older_version_is_better_than_none(directory: Path, sources: Path) -> None:
    older = texts(directory)["alpha"]
    (sources / "alpha.md").write_text(make_text("alpha", 20, 1))
    ingest([sources], directory)
    alter_words(directory, "alpha")
    shutil.rmtree(sources)
    outcomes = {outcome.document: outcome for outcome in mend(directory).outcomes}
    assert outcomes["alpha"].fate == "older"
    assert texts(directory)["alpha"] == older


def test_the_generation_before_takes_over_when_it_lacks_nothing(directory: Path) -> None:
    ingest([], directory, rebuild=True)  # the same documents once more
    before = texts(directory)
    assert find_current(directory).name == "000003"
    shutil.rmtree(find_current(directory) / "chroma")
    done = mend(directory)
    assert (done.done, done.generation) == ("went back", "000002")
    assert texts(directory) == before
    assert (directory / "generations" / "000003.broken").is_dir()


@pytest.mark.parametrize("content", ["", "000001\n", "000009\n", "\x00\x00\x00", "000001 " + "0" * 64])
def test_a_current_that_was_altered_is_mended_and_nothing_is_lost(directory: Path, content: str) -> None:
    before = texts(directory)
    (directory / "CURRENT").write_text(content)
    if content != "000001\n":  # an earlier Footnote wrote no checksum beside the name
        with pytest.raises(FootnoteError, match="footnote repair"):
            PassageIndex(directory, CHEAP)
        assert mend(directory).generation == "000002"
        assert texts(directory) == before


def test_a_lost_current_is_not_missed(directory: Path) -> None:
    before = texts(directory)
    (directory / "CURRENT").unlink()
    assert texts(directory) == before
    ingest([directory.parent / "sources"], directory)
    assert texts(directory) == before


def test_a_current_that_was_lost_with_its_generation_is_told(directory: Path) -> None:
    shutil.rmtree(find_current(directory))
    with pytest.raises(FootnoteError, match="lost its generation '000002'; mend it with: footnote repair"):
        PassageIndex(directory, CHEAP)
    done = mend(directory)
    assert "generation 000002 is gone" in done.note
    assert list(texts(directory)) == ["alpha"]


def test_records_are_kept_twice(directory: Path) -> None:
    before = texts(directory)
    (find_current(directory) / "documents.jsonl").unlink()
    assert {outcome.fate for outcome in mend(directory).outcomes} == {"kept"}
    assert texts(directory) == before


def test_an_index_of_another_format_is_not_broken(directory: Path) -> None:
    folder = find_current(directory)
    values = json.loads((folder / "index.json").read_text()) | {"format_version": 2}
    (folder / "index.json").write_text(json.dumps(values))
    generations.switch_to(folder)
    with pytest.raises(IndexMismatchError, match="format 2"):
        mend(directory)


def test_what_was_mended_can_be_written_to(directory: Path, sources: Path) -> None:
    (find_current(directory) / "keyword" / "ids.json").unlink()
    mend(directory)
    write_sources(sources, ["gamma"], 8)
    ingest([sources], directory)
    assert sorted(texts(directory)) == ["alpha", "beta", "gamma"]
    assert (directory / "generations" / "000002.broken").is_dir()


def test_the_verb_mends_with_the_real_model_and_says_what_became_of_each_document(index_copy: Path) -> None:
    (find_current(index_copy) / "keyword" / "ids.json").write_text("[]")
    mended = CliRunner().invoke(repair, ["--index", str(index_copy)])
    assert mended.exception is None
    assert mended.stdout.splitlines() == ["kept        hanoi-summit"]
    assert "built anew as generation" in mended.stderr
    again = CliRunner().invoke(repair, ["--index", str(index_copy), "--json"])
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to mend" in again.stderr
    deep = CliRunner().invoke(doctor, ["--deep", "--index", str(index_copy)])
    assert deep.exception is None
    assert "embedded anew, least cosine" in deep.stdout


def test_an_interrupted_clean_up_leaves_the_new_index_in_place(
    directory: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    write_sources(sources, ["gamma"], 8)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("rag.generations.shutil.rmtree", interrupt)  # Ctrl-C after the switch, while old ones are deleted
        ingest([sources], directory)
    assert sorted(texts(directory)) == ["alpha", "beta", "gamma"]


def test_removing_the_last_document_leaves_an_index_that_can_be_searched(directory: Path) -> None:
    from rag.index_writer import write_index

    with write_index(directory, CHEAP, splitting=splitting_name(256)) as writer:
        writer.remove("alpha")
        writer.remove("beta")
    state = PassageIndex(directory, CHEAP).current()
    assert state.search_keywords("copper lamp", 5) == []
    assert state.search_vectors(CHEAP.embed_query("copper lamp"), 5) == []
