"""What could write answers on this machine: found without using it, told without its secrets, tried when it is set."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import testing as api
from rag.llm import providers, trial
from rag.llm.chat_model import LateModel
from rag.llm.providers import (
    PROVIDERS,
    CachedModel,
    FoundServer,
    find_cached_models,
    find_keys,
    find_ports_in_use,
    find_provider,
    find_servers,
    is_cached,
)
from rag.llm.trial import try_chat_model
from rag.settings import Settings, read_settings

SECRET = "sk-very-secret"
PATIENT = 5.0
"""For probes whose answer a slow machine must not lose; what is never answered is asked for a shorter time."""


@pytest.fixture
def server() -> Iterator[api.OpenAIServer]:
    with api.serve(api.say("Ready.")) as running:
        yield running


def port_of(server: api.OpenAIServer) -> int:
    return int(server.server_address[1])


def settings_for(server: api.OpenAIServer, **more: Any) -> Settings:
    return read_settings(chat_base_url=server.url, **{"chat_timeout": 15.0, **more})


def make_model(
    cache: Path, name: str, architecture: str = "LlamaForCausalLM", leave_out: str = "", **files: str
) -> None:
    """A model in the layout of the Hugging Face hub's cache, without the bytes of a real one."""
    folder = cache / f"models--{name.replace('/', '--')}"
    commit = "0123456789abcdef0123456789abcdef01234567"
    contents = {
        "config.json": json.dumps({"architectures": [architecture]}),
        "model.safetensors": "weights" * 200_000,
        "tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"}),
    } | {file.replace("__", "."): content for file, content in files.items()}
    contents.pop(leave_out, None)
    for path in (folder / "blobs", folder / "refs", folder / "snapshots" / commit):
        path.mkdir(parents=True)
    (folder / "refs" / "main").write_text(commit)
    for number, (file, content) in enumerate(contents.items()):
        blob = folder / "blobs" / f"{number:040x}"
        blob.write_text(content)
        (folder / "snapshots" / commit / file).symlink_to(blob)


class TestKeys:
    def test_a_key_is_found_by_its_variable_and_its_value_is_not_kept(self) -> None:
        found = find_keys({"ANTHROPIC_API_KEY": SECRET, "MISTRAL_API_KEY": " ", "OTHER_API_KEY": SECRET})
        assert [(key.provider.name, key.variables) for key in found] == [("anthropic", ("ANTHROPIC_API_KEY",))]
        assert SECRET not in repr(found)

    def test_two_names_of_one_key_are_one_provider(self) -> None:
        (found,) = find_keys({"GEMINI_API_KEY": SECRET, "GOOGLE_API_KEY": SECRET})
        assert found.variables == ("GOOGLE_API_KEY", "GEMINI_API_KEY")

    def test_whether_the_package_is_installed_is_told_without_importing_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert find_keys({"OPENAI_API_KEY": SECRET})[0].is_installed
        monkeypatch.setattr(providers, "find_version", lambda package: "")
        assert not find_keys({"OPENAI_API_KEY": SECRET})[0].is_installed

    def test_the_table_agrees_with_the_extras_and_with_langchain(self) -> None:
        from langchain.chat_models import base

        project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
        extras = project["optional-dependencies"]
        for provider in PROVIDERS:
            assert base._BUILTIN_PROVIDERS[provider.name][0] == provider.package.replace("-", "_")
            brought = extras[provider.extra] if provider.extra else project["dependencies"]
            assert any(requirement.startswith(f"{provider.package}>=") for requirement in brought)
        named = sorted(provider.extra for provider in PROVIDERS if provider.extra)
        assert extras["all-models"] == [f"footnote[{','.join(named)}]"]


class TestServers:
    def test_a_server_that_lists_models_is_found_with_the_first_of_them(self, server: api.OpenAIServer) -> None:
        port = port_of(server)
        assert find_servers({port: "Ollama"}, PATIENT) == (FoundServer(port, "Ollama", 2, "test-model"),)
        assert [request.path for request in server.requests] == ["/v1/models"]
        assert "authorization" not in server.requests[0].headers

    def test_its_address_is_the_setting_that_uses_it(self, server: api.OpenAIServer) -> None:
        (found,) = find_servers({port_of(server): "vLLM"}, PATIENT)
        told = try_chat_model(read_settings(chat_base_url=found.url, chat_timeout=15.0))
        assert (told.model, told.reply, told.failure) == ("openai:test-model", "Ready.", "")

    @pytest.mark.parametrize(
        "listing",
        [
            api.send_page,
            api.send_other_json,
            api.break_down,
            api.refuse_key,
            lambda exchange: exchange.send_json(200, {"data": []}),
            lambda exchange: exchange.send_json(200, {"data": "models"}),
            lambda exchange: exchange.send_json(200, [[]]),
            lambda exchange: exchange.send_json(200, {"nanosecond heartbeat": 1}),
            lambda exchange: exchange.send_json(302, {}, Location="http://example.org/v1/models"),
            lambda exchange: exchange.send_bytes(200, b"[" * 100_000, "application/json"),
            lambda exchange: exchange.send_json(200, {"data": [{"id": "x" * 2_000_000}]}),
            lambda exchange: exchange.hang_up(),
        ],
    )
    def test_what_does_not_list_models_is_no_model_server(
        self, server: api.OpenAIServer, listing: api.Behaviour
    ) -> None:
        server.list_models = listing
        assert find_servers({port_of(server): "llama.cpp"}, PATIENT) == ()

    def test_a_port_where_nobody_listens_is_passed_over(self) -> None:
        with api.serve(api.echo) as gone:
            port = port_of(gone)
        assert find_servers({port: "LM Studio"}, PATIENT) == ()
        assert find_servers({}) == ()

    def test_servers_that_say_nothing_or_only_drip_are_waited_for_together_and_not_for_long(
        self, server: api.OpenAIServer
    ) -> None:
        def drip(exchange: api.Exchange) -> None:
            exchange.send_response(200)
            exchange.send_header("Content-Length", "100000")
            exchange.end_headers()
            while not exchange.server.closing.wait(0.05):
                exchange.wfile.write(b" ")

        server.list_models = drip
        with api.serve(api.echo) as silent:
            silent.list_models = api.never_start
            began = time.monotonic()
            assert find_servers({port_of(server): "vLLM", port_of(silent): "Ollama"}) == ()
            assert time.monotonic() - began < 2 * providers.PROBE_SECONDS

    def test_a_name_from_outside_is_one_short_line(self, server: api.OpenAIServer) -> None:
        server.list_models = lambda exchange: exchange.send_json(200, {"data": [{"id": "a\nb " + "x" * 500}]})
        (found,) = find_servers({port_of(server): "vLLM"}, PATIENT)
        assert found.first.startswith("a b x") and len(found.first) == providers.MOST_CHARACTERS

    def test_no_proxy_is_asked(self, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
        with api.serve(api.echo) as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
            assert len(find_servers({port_of(server): "vLLM"}, PATIENT)) == 1
            assert proxy.requests == []

    @pytest.mark.parametrize(
        ("values", "ports"),
        [
            ({}, set()),
            ({"chat_base_url": "http://127.0.0.1:8080/v1"}, {8080}),
            ({"chat_base_url": "http://localhost:1234/v1"}, {1234}),
            ({"chat_base_url": "http://[::1]:8000/v1"}, {8000}),
            ({"chat_base_url": "http://example.org:8000/v1"}, set()),
            ({"chat_base_url": "http://[broken:8000/v1"}, set()),
            ({"chat_model": "ollama:some"}, {11434}),
        ],
    )
    def test_the_port_of_the_configured_server_is_known(self, values: dict[str, str], ports: set[int]) -> None:
        assert set(find_ports_in_use(read_settings(**values))) == ports


class TestCache:
    def test_chat_models_are_found_and_nothing_else(self, tmp_path: Path) -> None:
        make_model(tmp_path, "maker/talker-1b-instruct")
        make_model(tmp_path, "maker/template-apart", leave_out="tokenizer_config.json", chat_template__jinja="{{ x }}")
        make_model(tmp_path, "maker/encoder", "BertModel")
        make_model(tmp_path, "maker/base", tokenizer_config__json="{}")
        make_model(tmp_path, "maker/no-weights", leave_out="model.safetensors")
        make_model(tmp_path, "maker/broken", config__json="{not json")
        make_model(tmp_path, "maker/strange", config__json="[]")
        (tmp_path / "datasets--maker--talks" / "snapshots").mkdir(parents=True)
        (tmp_path / "version.txt").write_text("1")
        found = find_cached_models(tmp_path)
        assert [model.name for model in found] == ["maker/talker-1b-instruct", "maker/template-apart"]
        assert isinstance(found[0], CachedModel) and found[0].size > 1_000_000

    def test_a_cache_that_is_not_there_holds_nothing(self, tmp_path: Path) -> None:
        assert find_cached_models(tmp_path / "nowhere") == ()

    def test_a_cached_embedding_model_is_found_by_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
        make_model(tmp_path, "sentence-transformers/some-encoder", "BertModel")
        assert is_cached("some-encoder") and is_cached("sentence-transformers/some-encoder")
        assert not is_cached("another-encoder") and not is_cached("no/such/name")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, ""),
        ({"chat_model": "anthropic:some"}, "anthropic"),
        ({"chat_model": "mistral:7b", "chat_base_url": "http://127.0.0.1:1/v1"}, "openai"),
        ({"chat_base_url": "http://127.0.0.1:1/v1"}, "openai"),
        ({"chat_model": "gpt-5-mini"}, "openai"),
        ({"chat_model": "unheard-of"}, ""),
    ],
)
def test_the_provider_in_use_is_known(values: dict[str, str], name: str) -> None:
    assert find_provider(read_settings(**values)) == name


class TestTrial:
    def test_the_model_is_asked_for_one_word_with_the_key_of_the_settings(self, server: api.OpenAIServer) -> None:
        told = try_chat_model(settings_for(server, chat_api_key=SECRET))
        assert (told.model, told.reply, told.failure) == ("openai:test-model", "Ready.", "")
        assert 0 < told.seconds < 15
        (asked,) = [request for request in server.requests if request.body]
        assert asked.prompt == trial.TRIAL
        assert asked.headers["authorization"] == f"Bearer {SECRET}"

    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            (api.refuse_key, r"refused the key \(401\)"),
            (api.break_down, r"answered with an error \(500\)"),
            (api.send_page, "sent no proper reply"),
            (api.say(""), "sent an empty reply"),
            (api.say(" \n"), "sent an empty reply"),
        ],
    )
    def test_a_failure_is_a_sentence_without_secrets(
        self, server: api.OpenAIServer, behaviour: api.Behaviour, said: str
    ) -> None:
        server.behaviour = behaviour
        told = try_chat_model(settings_for(server, chat_api_key=SECRET))
        assert told.failure.startswith("openai:test-model ")
        assert re.search(said, told.failure)
        assert SECRET not in repr(told)

    @pytest.mark.parametrize("behaviour", [api.never_start, api.stall(), api.ping])
    def test_a_silent_model_is_waited_for_as_long_as_the_settings_say(
        self, server: api.OpenAIServer, behaviour: api.Behaviour
    ) -> None:
        server.behaviour = behaviour
        began = time.monotonic()
        assert re.search("for 1 s|within 1 s|in time", try_chat_model(settings_for(server, chat_timeout=1.0)).failure)
        assert time.monotonic() - began < 10

    def test_a_reply_that_only_drips_is_bounded_as_a_whole(self, server: api.OpenAIServer) -> None:
        def drip(exchange: api.Exchange) -> None:
            exchange.start_stream()
            while not exchange.server.closing.wait(0.1):
                exchange.stream(["."])

        server.behaviour = drip
        assert "did not finish one word within 1 s" in try_chat_model(settings_for(server, chat_timeout=1.0)).failure

    def test_nobody_is_waited_for_longer_than_twenty_seconds(
        self, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert trial.LONGEST_TRIAL == 20.0
        monkeypatch.setattr(trial, "LONGEST_TRIAL", 2.0)
        server.behaviour = api.never_start
        began = time.monotonic()
        assert try_chat_model(settings_for(server, chat_timeout=600.0)).failure
        assert time.monotonic() - began < 10

    def test_a_model_that_takes_too_long_to_load_is_left(
        self, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trial, "LONGEST_TRIAL", 0.1)
        monkeypatch.setattr("rag.llm.trial.build_chat_model", lambda settings: time.sleep(1))
        assert try_chat_model(settings_for(server)).failure.endswith("could not be set up within 0.1 s")

    def test_a_flood_is_not_read_to_its_end(self, server: api.OpenAIServer) -> None:
        server.behaviour = api.flood
        told = try_chat_model(settings_for(server))
        assert told.failure == "" and len(told.reply) < 2 * trial.ENOUGH
        assert server.hung_up.wait(20)

    def test_a_server_that_is_not_there_is_named_without_the_password_of_its_address(self) -> None:
        with api.serve(api.echo) as gone:
            port = port_of(gone)
        told = try_chat_model(read_settings(chat_base_url=f"http://user:{SECRET}@127.0.0.1:{port}/v1"))
        assert told.failure == f"the model at 127.0.0.1:{port} cannot be reached"
        assert SECRET not in repr(told)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"chat_model": "openai:gpt-x"}, "set OPENAI_API_KEY"),
            ({"chat_model": "unheard-of"}, "provider:model"),
            ({"chat_base_url": f"ftp://user:{SECRET}@host/v1"}, "is no address"),
            ({"chat_base_url": "http://[broken/v1"}, "FOOTNOTE_CHAT_BASE_URL"),
            ({}, "set FOOTNOTE_CHAT_MODEL"),
        ],
    )
    def test_wrong_settings_are_a_failure_too(self, values: dict[str, str], said: str) -> None:
        told = try_chat_model(read_settings(**values))
        assert said in told.failure and SECRET not in repr(told)


def test_a_model_that_is_asked_for_when_it_is_used_takes_tools() -> None:
    from langchain_core.language_models import FakeListChatModel

    class Calling(FakeListChatModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return "bound", tools, kwargs

    late = LateModel(connect=lambda: Calling(responses=["yes"]), label="late")
    assert late.bind_tools(["look"], tool_choice="any") == ("bound", ["look"], {"tool_choice": "any"})
