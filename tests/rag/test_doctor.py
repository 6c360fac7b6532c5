"""``footnote doctor`` and ``footnote repair``: what they find, what they say, and what they bring back."""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from chroma_server import running_server
from click.testing import CliRunner
from faults.cheap import CHEAP, make_text, write_sources
from faults.damages import embed, ingest, read_source_again

import rag.doctor
from ingest.pipeline import ingest_paths, splitting_name
from rag import testing as api
from rag.errors import FootnoteError, IndexMismatchError, NoIndexError, UsageError
from rag.index import generations
from rag.index.embeddings import find_default_model
from rag.index.examination import examine_index
from rag.index.generations import find_current
from rag.index.passage_index import PassageIndex
from rag.index.profile import FORMAT_VERSION
from rag.index.repair import Repair, repair_index
from rag.llm import providers
from rag.reader.weights import WEIGHTS_FILE
from rag.settings import ChromaServer, read_settings
from ui.cli.doctor import doctor
from ui.cli.repair import repair

SECRET = "sk-very-secret"
MODEL = {"FOOTNOTE_EMBEDDING_MODEL": CHEAP.name}


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
    well = CliRunner().invoke(doctor, ["--index", str(directory)], env=MODEL)
    assert (well.exit_code, well.exception) == (0, None)
    assert all(line.startswith("ok ") for line in well.stdout.splitlines())
    (find_current(directory) / "keyword" / "ids.json").unlink()
    ill = CliRunner().invoke(doctor, ["--index", str(directory), "--json"], env=MODEL)
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
    values = json.loads((folder / "index.json").read_text()) | {"format_version": FORMAT_VERSION + 1}
    (folder / "index.json").write_text(json.dumps(values))
    generations.switch_to(folder)
    with pytest.raises(IndexMismatchError, match=f"format {FORMAT_VERSION + 1}"):
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
        patch.setattr(
            "rag.index.generations.shutil.rmtree", interrupt
        )  # Ctrl-C after the switch, while old ones are deleted
        ingest([sources], directory)
    assert sorted(texts(directory)) == ["alpha", "beta", "gamma"]


def test_removing_the_last_document_leaves_an_index_that_can_be_searched(directory: Path) -> None:
    from rag.index.writer import write_index

    with write_index(directory, CHEAP, splitting=splitting_name(256)) as writer:
        writer.remove("alpha")
        writer.remove("beta")
    state = PassageIndex(directory, CHEAP).current()
    assert state.search_keywords("copper lamp", 5) == []
    assert state.search_vectors(CHEAP.embed_query("copper lamp"), 5) == []


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing could write answers; the folder of its model cache."""
    for provider in providers.PROVIDERS:
        for variable in provider.variables:
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(providers, "SERVERS", {})
    monkeypatch.setattr(providers, "PROBE_SECONDS", 5.0)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def server() -> Iterator[api.OpenAIServer]:
    with api.serve(api.say("Ready.")) as running:
        yield running


def see(*arguments: str | Path, **environment: str) -> tuple[dict[str, Any], str]:
    """The findings by their checks, with those that share one in a list; and the message at the end."""
    result = CliRunner().invoke(doctor, ["--json", *map(str, arguments)], env=environment)
    assert SECRET not in result.output and SECRET not in str(result.exception)
    assert result.exception is None or isinstance(result.exception, FootnoteError), result.exception
    findings: dict[str, Any] = {"could use": []}
    for line in map(json.loads, result.stdout.splitlines()):
        assert set(line) == {"schema_version", "check", "ok", "detail", "advice"}
        if line["check"] == "could use":
            findings["could use"].append(line)
        else:
            assert line["check"] not in findings
            findings[line["check"]] = line
    return findings, str(result.exception or "")


def say_usable(findings: dict[str, Any]) -> list[str]:
    assert all(line["ok"] for line in findings["could use"])
    return [f"{line['detail']}; {line['advice']}".removesuffix("; ") for line in findings["could use"]]


class TestWhatItRunsOn:
    def test_versions_weights_and_the_answerer_are_told_before_the_index(self, directory: Path, alone: Path) -> None:
        result = CliRunner().invoke(doctor, ["--index", str(directory)], env=MODEL)
        lines = result.stdout.splitlines()
        told = ["versions", "weights", "reader", "engine", "answerer", "reading", "current"]
        assert [line[5:15].strip() for line in lines[:7]] == told
        assert "locks in" in lines[5] or "cannot fully lock in" in lines[5]
        assert "chromadb 1." in lines[0] and "python 3." in lines[0]
        assert "embedded: offline, by quoting only" in lines[4]
        assert lines[-1] == "ok   could use   nothing else found; Footnote answers by quoting"

    def test_no_index_hides_nothing_else(self, tmp_path: Path, alone: Path) -> None:
        findings, end = see("--index", tmp_path / "none")
        assert set(findings) == {"versions", "weights", "reader", "engine", "answerer", "reading", "index", "could use"}
        assert not findings["index"]["ok"]
        assert findings["index"]["advice"] == "create one with: footnote ingest PATH"
        assert end == "1 of 7 checks failed; create one with: footnote ingest PATH"

    def test_publishers_and_digests_of_the_weights_are_told(self, directory: Path, alone: Path) -> None:
        findings, _ = see("--index", directory)
        embedding, reader = findings["weights"], findings["reader"]
        assert embedding["ok"] and "as published by sentence-transformers" in embedding["detail"]
        assert reader["ok"] and "as published by Footnote" in reader["detail"]
        for finding, file in ((embedding, Path(find_default_model()) / "model"), (reader, WEIGHTS_FILE)):
            assert hashlib.sha256(file.with_suffix(".safetensors").read_bytes()).hexdigest() in finding["detail"]

    def test_the_readers_files_are_those_that_the_reader_loads(self) -> None:
        from rag.reader.span_scores import load_span_scorer
        from rag.reader.weights import CARD_FILE, WEIGHTS_FILE

        loaded = inspect.signature(load_span_scorer).parameters
        assert loaded["weights"].default == WEIGHTS_FILE
        assert loaded["card"].default == CARD_FILE

    def test_altered_or_lost_weights_of_the_reader_are_found(
        self, directory: Path, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        weights, card = tmp_path / "span_model.safetensors", tmp_path / "span_model.json"
        monkeypatch.setattr(rag.doctor, "WEIGHTS_FILE", weights)
        monkeypatch.setattr(rag.doctor, "CARD_FILE", card)
        findings, end = see("--index", directory, **MODEL)
        assert not findings["reader"]["ok"] and "install Footnote again" in end
        weights.write_bytes(b"other")
        card.write_text('{"sha256": "published"}')
        findings, end = see("--index", directory, **MODEL)
        assert "not the published ones" in findings["reader"]["detail"] and "install Footnote again" in end
        card.write_text(json.dumps({"sha256": hashlib.sha256(b"other").hexdigest()}))
        findings, _ = see("--index", directory, **MODEL)
        assert "not the published ones" in findings["reader"]["detail"], (
            "swapped together with the card that names them"
        )
        shutil.copy(WEIGHTS_FILE, weights)
        findings, _ = see("--index", directory, **MODEL)
        assert not findings["reader"]["ok"] and "card" in findings["reader"]["detail"]

    def test_an_embedding_model_that_is_not_there_is_told(self, directory: Path, alone: Path, tmp_path: Path) -> None:
        findings, _ = see("--index", directory, **MODEL)
        assert findings["weights"]["ok"] and "when it is first used" in findings["weights"]["advice"]
        findings, _ = see("--index", directory, FOOTNOTE_EMBEDDING_MODEL=str(tmp_path / "no-model"))
        assert not findings["weights"]["ok"]
        (tmp_path / "no-model").mkdir()
        findings, _ = see("--index", directory, FOOTNOTE_EMBEDDING_MODEL=str(tmp_path / "no-model"))
        assert "no embedding model in" in findings["weights"]["detail"]

    def test_a_package_that_is_missing_is_named(
        self, directory: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "find_version", lambda package: "" if package == "gradio" else "1")
        findings, _ = see("--index", directory, **MODEL)
        assert (findings["versions"]["ok"], findings["versions"]["detail"]) == (False, "gradio not installed")


class TestTheChatModel:
    def test_it_is_asked_for_one_word(self, directory: Path, alone: Path, server: api.OpenAIServer) -> None:
        findings, end = see(
            "--index", directory, FOOTNOTE_CHAT_BASE_URL=server.url, FOOTNOTE_CHAT_API_KEY=SECRET, **MODEL
        )
        assert end == ""
        assert "the first model at 127.0.0.1:" in findings["answerer"]["detail"]
        assert findings["chat model"]["detail"].startswith("openai:test-model replied in 0.")
        assert say_usable(findings) == ["nothing else found"]
        assert len([request for request in server.requests if request.body]) == 1

    def test_other_words_than_asked_for_are_a_reply(
        self, directory: Path, alone: Path, server: api.OpenAIServer
    ) -> None:
        server.behaviour = api.say("Hello!")
        findings, _ = see("--index", directory, FOOTNOTE_CHAT_BASE_URL=server.url, **MODEL)
        assert findings["chat model"]["ok"]
        assert findings["chat model"]["detail"].endswith("in other words than it was asked for")

    @pytest.mark.parametrize(
        ("behaviour", "detail", "advice"),
        [
            (api.refuse_key, "refused the key (401)", "FOOTNOTE_CHAT_API_KEY"),
            (api.break_down, "answered with an error (500)", "answers by quoting"),
            (api.never_start, " ", "answers by quoting"),
            (lambda exchange: exchange.send_json(400, {}), "refused the request (400)", "set FOOTNOTE_CHAT_CONTEXT"),
        ],
    )
    def test_a_failure_is_one_line_with_the_next_step_and_the_index_is_examined_all_the_same(
        self,
        directory: Path,
        alone: Path,
        server: api.OpenAIServer,
        behaviour: api.Behaviour,
        detail: str,
        advice: str,
    ) -> None:
        server.behaviour = behaviour
        wait = "1" if behaviour is api.never_start else "15"
        settings = {"FOOTNOTE_CHAT_BASE_URL": server.url, "FOOTNOTE_CHAT_TIMEOUT": wait, "OPENAI_API_KEY": SECRET}
        findings, end = see("--index", directory, **settings, **MODEL)
        assert not findings["chat model"]["ok"]
        assert detail in findings["chat model"]["detail"] and advice in findings["chat model"]["advice"]
        assert advice in end and findings["search"]["ok"]

    def test_a_server_that_is_not_there_is_told_without_the_password_of_its_address(
        self, directory: Path, alone: Path
    ) -> None:
        with api.serve(api.echo) as gone:
            address = gone.url.replace("//", f"//user:{SECRET}@")
        findings, end = see("--index", directory, FOOTNOTE_CHAT_BASE_URL=address, **MODEL)
        assert findings["chat model"]["detail"].endswith("cannot be reached")
        assert "start the server" in end

    def test_a_missing_key_is_named(self, directory: Path, alone: Path) -> None:
        findings, _ = see("--index", directory, FOOTNOTE_CHAT_MODEL="openai:some-model", **MODEL)
        assert "needs a key" in findings["chat model"]["detail"]
        assert findings["chat model"]["advice"] == "set OPENAI_API_KEY"


class TestWhatItCouldUse:
    def test_keys_are_named_by_their_variables_with_the_setting_or_the_package(
        self, directory: Path, alone: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "find_version", lambda package: "" if "mistral" in package else "1.0")
        keys = dict.fromkeys(("OPENAI_API_KEY", "MISTRAL_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"), SECRET)
        findings, end = see("--index", directory, **keys, **MODEL)
        assert end == ""
        assert say_usable(findings) == [
            "OPENAI_API_KEY is set, langchain-openai is installed; set FOOTNOTE_CHAT_MODEL=openai:gpt-5-mini",
            "GOOGLE_API_KEY and GEMINI_API_KEY are set, langchain-google-genai is installed; "
            "set FOOTNOTE_CHAT_MODEL=google_genai:MODEL",
            "MISTRAL_API_KEY is set, langchain-mistralai is not installed; "
            "pip install 'footnote[mistral]', then set FOOTNOTE_CHAT_MODEL=mistralai:MODEL",
        ]

    def test_a_key_that_is_in_use_is_not_offered_and_settings_in_the_way_are_named(
        self, directory: Path, alone: Path, server: api.OpenAIServer
    ) -> None:
        keys = {"OPENAI_API_KEY": SECRET, "ANTHROPIC_API_KEY": SECRET}
        findings, _ = see("--index", directory, FOOTNOTE_CHAT_BASE_URL=server.url, **keys, **MODEL)
        (line,) = say_usable(findings)
        assert line.startswith("ANTHROPIC_API_KEY is set")
        assert line.endswith("set FOOTNOTE_CHAT_MODEL=anthropic:MODEL, and unset FOOTNOTE_CHAT_BASE_URL")

    def test_a_model_server_is_offered_and_not_used(
        self, directory: Path, alone: Path, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = server.server_address[1]
        monkeypatch.setattr(providers, "SERVERS", {port: "Ollama"})
        server.list_models = lambda exchange: exchange.send_json(200, {"data": [{"id": "a\x1b[31m\u202eb"}, {"id": 2}]})
        findings, end = see("--index", directory, **MODEL)
        assert end == ""
        assert say_usable(findings) == [
            f"a server on port {port} (Ollama, as a rule) with 2 models, the first 'a\ufffd[31m\ufffdb'; "
            f"set FOOTNOTE_CHAT_BASE_URL=http://127.0.0.1:{port}/v1"
        ]
        assert [request.path for request in server.requests] == ["/v1/models"]

    def test_the_configured_server_is_not_offered_again(
        self, directory: Path, alone: Path, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "SERVERS", {server.server_address[1]: "vLLM"})
        address = server.url.replace("127.0.0.1", "localhost")
        findings, _ = see("--index", directory, FOOTNOTE_CHAT_BASE_URL=address, **MODEL)
        assert say_usable(findings) == ["nothing else found"]

    def test_cached_chat_models_are_offered_a_few_by_name(self, directory: Path, alone: Path) -> None:
        from test_providers import make_model

        for number in range(7):
            make_model(alone, f"maker/talker-{number}")
        findings, end = see("--index", directory, **MODEL)
        assert end == ""
        first, *_, last = lines = say_usable(findings)
        assert (len(lines), last) == (6, "2 more chat models in the local Hugging Face cache")
        assert first == (
            "maker/talker-0 in the local Hugging Face cache, 1 MB; set FOOTNOTE_CHAT_MODEL=huggingface:maker/talker-0"
        )


class TestAServersIndex:
    def test_the_server_is_told_and_everything_else_too(self, tmp_path: Path, sources: Path, alone: Path) -> None:
        with running_server(tmp_path / "chroma") as chroma:
            findings, end = see(FOOTNOTE_CHROMA_URL=chroma.url, FOOTNOTE_CHROMA_TIMEOUT="30", **MODEL)
            assert set(findings) == {
                "versions",
                "weights",
                "reader",
                "engine",
                "answerer",
                "reading",
                "server",
                "could use",
            }
            assert (findings["server"]["ok"], end) == (True, "")
            assert findings["server"]["detail"].startswith(chroma.url)
            assert findings["server"]["advice"] == "create one with: footnote ingest PATH"
            assert providers.find_servers({chroma.port: "vLLM"}, 5.0) == ()
            ingest_paths([sources], directory=ChromaServer(chroma.url), embeddings=CHEAP, settings=read_settings())
            findings, end = see(FOOTNOTE_CHROMA_URL=chroma.url, **MODEL)
            assert findings["server"]["detail"].endswith("has an index 'footnote'")
            assert findings["server"]["advice"] == end == ""
            chroma.stall()
            findings, end = see(FOOTNOTE_CHROMA_URL=chroma.url, FOOTNOTE_CHROMA_TIMEOUT="0.5", **MODEL)
            assert "has not answered for 0.5 seconds" in findings["server"]["detail"]
        findings, end = see(FOOTNOTE_CHROMA_URL=chroma.url, **MODEL)
        assert not findings["server"]["ok"] and "chroma run --path FOLDER" in end

    def test_what_needs_a_folder_still_asks_for_one(self, directory: Path, alone: Path) -> None:
        url = {"FOOTNOTE_CHROMA_URL": "http://127.0.0.1:1"}
        assert isinstance(CliRunner().invoke(repair, [], env=url).exception, UsageError)
        assert isinstance(CliRunner().invoke(doctor, ["--deep"], env=url).exception, UsageError)
        findings, end = see("--index", directory, **url, **MODEL)
        assert findings["search"]["ok"] and "server" not in findings and end == ""
