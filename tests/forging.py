"""A program that speaks to the page's own events as a browser does, and sends whatever it likes."""

from __future__ import annotations

import json
import secrets
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from gradio_client.utils import apply_diff

JSON = {"Content-Type": "application/json"}


@dataclass
class Forger:
    """One visit to a server: what was answered last stands in ``kept`` and ``mine``, as in a browser."""

    address: str
    account: tuple[str, str] | None = None
    kept: Any = field(default_factory=list)
    mine: Any = field(default_factory=dict)
    session: str = field(default_factory=lambda: secrets.token_hex(6))
    seconds: float = 60
    config: Any = None
    """What the page is made of, where another visit to it has read that already."""

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, timeout=self.seconds)
        weakref.finalize(self, self.client.close)
        self.client.get("/")  # names the browser
        if self.account:
            given = dict(zip(("username", "password"), self.account, strict=True))
            assert self.client.post("/login", data=given).status_code == 200
        self.config = self.config or self.client.get("/config").json()
        self.parts = {part["id"]: part for part in self.config["components"]}
        self.events = {event["api_name"]: event for event in self.config["dependencies"] if event["api_name"]}
        self.events |= {"call": self.events["ask"], "ask": self.events["ask_1"]}  # a program's, and the page's

    def again(self) -> Forger:
        """The same browser, when the page is loaded anew."""
        return Forger(self.address, self.account, self.kept, self.mine, config=self.config)

    def send(self, event: str, *values: Any, data: Any = None) -> dict[str, Any]:
        """Bring an event about, with values for its inputs before the conversation and the browser's own.

        Gives the outputs by the part that shows them, ``failed`` with what is said where it failed, or ``refused`` with
        the status where it was not let in.
        """
        reply = self.post(event, *values, data=data)
        if reply.status_code != 200:
            return {"refused": reply.status_code, "words": reply.text}
        return self.read(event, reply.json()["event_id"])

    def post(self, event: str, *values: Any, data: Any = None) -> httpx.Response:
        """Bring an event about without waiting for what comes of it."""
        found = self.events[event]
        given = [*values, *self._known(found, len(values))]
        body = {"data": given, "fn_index": found["id"], "session_hash": self.session, "event_data": data}
        return self.client.post("/gradio_api/queue/join", content=json.dumps(body), headers=JSON)

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """A file as Gradio has received it."""
        (path,) = self.client.post("/gradio_api/upload", files={"files": (name, content)}).json()
        return {"path": path, "orig_name": name, "size": len(content), "meta": {"_type": "gradio.FileData"}}

    def _known(self, event: dict[str, Any], given: int) -> list[Any]:
        values = {"footnote-conversation": self.kept, "footnote-mine": self.mine}
        parts = [self.parts[name] for name in event["inputs"][given:]]
        return [values.get(part["props"].get("storage_key") or part["props"].get("elem_id")) for part in parts]

    def read(self, event: str, event_id: str) -> dict[str, Any]:
        """Wait for what comes of an event, to its end."""
        *_, named = self.watch(event, event_id)
        return named

    def watch(self, event: str, event_id: str) -> Iterator[dict[str, Any]]:
        """What an event has shown so far, each time that it shows more; who stops looking takes it for given up."""
        found = self.events[event]
        shown: list[Any] | None = None
        named: dict[str, Any] = {}
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if message.get("event_id") != event_id or not message["msg"].startswith("process_"):
                    continue
                is_last = message["msg"] == "process_completed"
                if not message.get("success", True):
                    yield {"failed": message["output"]}
                    return
                news = (message.get("output") or {}).get("data")
                if shown is None or news is None:
                    shown = news or shown
                elif not is_last:  # after the first news of an event come differences to them
                    shown = [apply_diff(value, steps) for value, steps in zip(shown, news, strict=True)]
                named |= self._name(found, shown or [])
                if isinstance(named.get("footnote-conversation"), list):
                    self.kept = named["footnote-conversation"]
                if "token" in (named.get("footnote-mine") or {}):
                    self.mine = named["footnote-mine"]
                yield dict(named)
                if is_last:
                    return

    def _name(self, found: dict[str, Any], shown: list[Any]) -> dict[str, Any]:
        """The values by the part that shows them, but for those that stay as they are."""
        named: dict[str, Any] = {}
        for number, value in zip(found["outputs"], shown, strict=False):
            props = self.parts[number]["props"]
            stays = isinstance(value, dict) and (value.get("props") or value) == {"__type__": "update"}
            if not stays:
                named[props.get("storage_key") or props.get("elem_id") or self.parts[number]["type"]] = value
        return named
