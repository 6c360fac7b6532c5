"""The chat model: what the settings may name, how a reply is read, and how failures are said without secrets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import HumanMessage

from rag import testing as api
from rag.errors import ModelError
from rag.llm.chat_model import build_chat_model, chat_model_name, find_context
from rag.llm.streaming import describe_failure, stream_text
from rag.settings import Settings, read_settings

SECRET = "sk-very-secret"
HELLO = [HumanMessage("Hello")]


@pytest.fixture
def server() -> Iterator[api.OpenAIServer]:
    with api.serve(api.say("Hello there.")) as running:
        yield running


def settings_for(server: api.OpenAIServer, **more: Any) -> Settings:
    return read_settings(chat_base_url=server.url, **{"chat_timeout": 15.0, **more})


def build(settings: Settings) -> BaseChatModel:
    model = build_chat_model(settings)
    assert model is not None
    return model


def read_all(settings: Settings, timeout: float = 15.0) -> str:
    return "".join(stream_text(build(settings), HELLO, timeout=timeout))


class TestBuilding:
    def test_no_setting_is_no_model(self) -> None:
        assert build_chat_model(read_settings()) is None

    def test_an_address_alone_uses_the_first_model_listed_there_and_needs_no_key(
        self, server: api.OpenAIServer
    ) -> None:
        settings = settings_for(server)
        model = build(settings)
        assert chat_model_name(settings, model) == "openai:test-model"
        assert read_all(settings) == "Hello there."
        assert server.requests[-1].body["model"] == "test-model"
        assert server.requests[-1].headers["authorization"] == "Bearer not-needed"

    def test_temperature_is_0_and_left_out_where_the_model_refuses_it(self, server: api.OpenAIServer) -> None:
        def refuse(exchange: api.Exchange) -> None:
            message = "Unsupported value: 'temperature' does not support 0 with this model."
            exchange.send_json(400, {"error": {"message": message, "type": "invalid_request_error"}})

        server.behaviour = api.one_after_another(refuse, api.say("Hello there."))
        for settings in (settings_for(server), settings_for(server, chat_model="openai:test-model")):
            server.requests.clear()
            assert read_all(settings) == "Hello there."
            assert next(request.body for request in server.requests if request.body)["temperature"] == 0
            server.behaviour = api.one_after_another(refuse, api.say("Hello there."))
        assert [request.body.get("temperature") for request in server.requests] == [0, None]

    def test_another_refusal_is_not_asked_again(self, server: api.OpenAIServer) -> None:
        def refuse(exchange: api.Exchange) -> None:
            exchange.send_json(400, {"error": {"message": "The prompt is too long."}})

        server.behaviour = refuse
        with pytest.raises(ModelError, match="refused the request"):
            read_all(settings_for(server, chat_model="openai:test-model"))
        assert len(server.requests) == 1

    def test_the_key_of_the_settings_is_sent(self, server: api.OpenAIServer) -> None:
        assert read_all(settings_for(server, chat_api_key=SECRET)) == "Hello there."
        assert server.requests[-1].headers["authorization"] == f"Bearer {SECRET}"

    @pytest.mark.parametrize(
        ("named", "asked", "full"),
        [
            ("some-model", "some-model", "openai:some-model"),
            ("openai:some-model", "some-model", "openai:some-model"),
            ("mistral:7b", "mistral:7b", "openai:mistral:7b"),
            ("qwen2.5:7b-instruct", "qwen2.5:7b-instruct", "openai:qwen2.5:7b-instruct"),
        ],
    )
    def test_at_an_address_a_bare_name_is_that_of_an_openai_compatible_server(
        self, server: api.OpenAIServer, named: str, asked: str, full: str
    ) -> None:
        settings = settings_for(server, chat_model=named)
        assert chat_model_name(settings, build(settings)) == full
        assert read_all(settings) == "Hello there."
        assert [request.path for request in server.requests] == ["/v1/chat/completions"]
        assert server.requests[-1].body["model"] == asked

    def test_a_server_that_starts_later_is_used_when_it_is_there(self) -> None:
        with api.serve(api.echo) as first:
            port = first.server_address[1]
        settings = read_settings(chat_base_url=f"http://user:{SECRET}@127.0.0.1:{port}/v1", chat_timeout=15.0)
        model = build(settings)
        assert chat_model_name(settings, model) == f"the model at 127.0.0.1:{port}"
        with pytest.raises(ModelError, match=r"^cannot be reached$"):
            list(stream_text(model, HELLO, timeout=15.0))
        with api.serve(api.say("Now I am here."), port):
            assert "".join(stream_text(model, HELLO, timeout=15.0)) == "Now I am here."
            assert model.invoke("Hello").text == "Now I am here."

    def test_a_server_without_models_says_so(self, server: api.OpenAIServer) -> None:
        server.list_models = lambda exchange: exchange.send_json(200, {"object": "list", "data": []})
        with pytest.raises(ModelError, match="lists no model; name one in FOOTNOTE_CHAT_MODEL"):
            read_all(settings_for(server))

    @pytest.mark.parametrize("listing", [api.send_page, api.send_other_json, api.break_down, api.never_start])
    def test_a_server_that_lists_nonsense_or_nothing_is_not_waited_for(
        self, server: api.OpenAIServer, listing: api.Behaviour
    ) -> None:
        server.list_models = listing
        with pytest.raises(ModelError):
            read_all(settings_for(server, chat_timeout=0.5))

    def test_any_model_of_langchain_has_a_name(self) -> None:
        assert "fake" in chat_model_name(read_settings(), FakeListChatModel(responses=["x"]))

    def test_a_given_model_is_not_called_by_the_name_in_the_settings(self, server: api.OpenAIServer) -> None:
        model = build(settings_for(server, chat_model="given"))
        assert chat_model_name(read_settings(chat_model="openai:other"), model) == "openai:given"


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"chat_model": "openai:gpt-x"}, "needs a key; set OPENAI_API_KEY"),
            ({"chat_model": "nobody:model-1"}, "provider of the chat model 'nobody:model-1' is unknown"),
            ({"chat_model": "unheard-of"}, "write FOOTNOTE_CHAT_MODEL as provider:model"),
            ({"chat_base_url": "localhost:8000"}, "starts with http:// or https://"),
            ({"chat_base_url": "http://[broken/v1"}, "starts with http:// or https://"),
            ({"chat_base_url": "http://host:port/v1"}, "starts with http:// or https://"),
            ({"chat_base_url": f"ftp://user:{SECRET}@host/v1"}, "starts with http:// or https://"),
        ],
    )
    def test_wrong_settings_are_one_line_with_the_next_step(self, values: dict[str, str], message: str) -> None:
        with pytest.raises(ModelError, match=message) as raised:
            build_chat_model(read_settings(**values))
        assert "\n" not in str(raised.value) and SECRET not in str(raised.value)

    def test_a_missing_package_is_named_with_the_command(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "langchain_groq", None)
        with pytest.raises(ModelError, match=r"install it with: pip install langchain-groq$"):
            build_chat_model(read_settings(chat_model="groq:any"))
        monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
        with pytest.raises(ModelError, match=r"install it with: pip install 'footnote\[mistral\]'$"):
            build_chat_model(read_settings(chat_model="mistralai:any"))


class TestReading:
    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            (api.refuse_key, r"refused the key \(401\)"),
            (api.limit_rate("0"), r"over its rate limit or quota \(429\)"),
            (api.limit_rate("60"), "sent nothing for 1 s"),
            (api.break_down, r"answered with an error \(500\)"),
            (api.send_page, "sent no proper reply"),
            (api.send_garbage, "sent no proper reply"),
            (api.send_other_json, "sent no proper reply"),
            (api.stall(), "sent nothing for 1 s|did not answer in time"),
            (api.stall("The talks"), "sent nothing for 1 s|did not answer in time"),
            (api.never_start, "sent nothing for 1 s|did not answer in time"),
            (api.ping, "sent nothing for 1 s"),
            (api.disconnect, "broke off in the middle"),
        ],
    )
    def test_every_failure_is_said_in_a_few_words_and_without_secrets(
        self, server: api.OpenAIServer, behaviour: api.Behaviour, said: str
    ) -> None:
        server.behaviour = behaviour
        # Only where the model falls silent does the test wait; elsewhere a slow machine must not look like silence.
        seconds = 1.0 if "nothing for" in said else 15.0
        with pytest.raises(ModelError, match=said) as raised:
            read_all(settings_for(server, chat_api_key=SECRET, chat_timeout=seconds), timeout=seconds)
        assert "secret" not in str(raised.value) and "\n" not in str(raised.value)

    def test_an_unknown_model_and_a_wrong_path_are_told_apart_from_no_server(self, server: api.OpenAIServer) -> None:
        server.behaviour = lambda exchange: exchange.send_json(404, {"error": {"message": "no such model"}})
        with pytest.raises(ModelError, match=r"not known there \(404\)"):
            read_all(settings_for(server))

    @pytest.mark.parametrize("failure", [api.break_down, api.limit_rate("1")])
    def test_a_failed_request_is_tried_twice_more_and_not_at_once(
        self, server: api.OpenAIServer, failure: api.Behaviour
    ) -> None:
        server.behaviour = api.one_after_another(failure, failure, api.say("Here again."))
        began = time.monotonic()
        settings = settings_for(server, chat_model="test-model", chat_timeout=20.0)
        assert read_all(settings, timeout=20.0) == "Here again."
        assert len(server.requests) == 3 and time.monotonic() - began > 1.0

    def test_how_much_may_be_written_fits_the_window(self, server: api.OpenAIServer) -> None:
        for more, most in (({}, 2_000), ({"chat_context": 1_200}, 400), ({"chat_context": 90_000}, 4_000)):
            read_all(settings_for(server, chat_model="test-model", **more))
            sent = server.requests[-1].body
            assert sent.get("max_completion_tokens", sent.get("max_tokens")) == most
        assert find_context(settings_for(server, chat_context=1_200), build(settings_for(server))) == 1_200

    def test_a_request_that_is_refused_for_its_size_names_the_setting(self, server: api.OpenAIServer) -> None:
        server.behaviour = lambda exchange: exchange.send_json(400, {"error": {"message": "context length exceeded"}})
        with pytest.raises(ModelError, match="set FOOTNOTE_CHAT_CONTEXT"):
            read_all(settings_for(server))

    def test_a_reply_that_only_drips_is_bounded_as_a_whole(
        self, server: api.OpenAIServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def drip(exchange: api.Exchange) -> None:
            exchange.start_stream()
            while not exchange.server.closing.wait(0.05):
                exchange.stream(["."])

        server.behaviour = drip
        monkeypatch.setattr("rag.llm.streaming.PATIENCE", 1)
        with pytest.raises(ModelError, match="did not finish within 1 s"):
            read_all(settings_for(server), timeout=1.0)

    def test_leaving_early_ends_the_request(self, server: api.OpenAIServer) -> None:
        server.behaviour = api.flood
        stream = stream_text(build(settings_for(server)), HELLO, timeout=5.0)
        assert next(stream) == "word "
        stream.close()
        assert server.hung_up.wait(20)

    def test_what_a_provider_says_is_never_repeated(self) -> None:
        class Strange(Exception):
            status_code = 402

        assert describe_failure(Strange(SECRET)) == "answered with an error (402)"
        assert describe_failure(ValueError(SECRET)) == "sent no proper reply (ValueError)"
        assert describe_failure(TimeoutError(SECRET)) == "did not answer in time"
        assert describe_failure(ConnectionRefusedError(SECRET)) == "cannot be reached"
