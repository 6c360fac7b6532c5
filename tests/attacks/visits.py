"""A visitor who speaks Gradio's protocol by hand: joins the queue, reads the events, uploads, and logs in."""

from __future__ import annotations

import copy
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

API = "/gradio_api"
STORES = {"footnote-conversation": "kept", "footnote-mine": "mine"}


class NoSuchFunction(Exception):
    """The page has no such function: an attack that wants it has failed already."""


@dataclass(slots=True)
class Reply:
    """All that came back from a call; ``outputs`` names the parts that its values are for."""

    status: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    event: str = ""
    outputs: tuple[str, ...] = ()
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the function ran to its end."""
        return any(message.get("msg") == "process_completed" and message.get("success") for message in self.messages)

    @property
    def ended(self) -> bool:
        """Whether the server said that it was over, well or badly."""
        return any(message.get("msg") == "process_completed" for message in self.messages)

    def value(self, part: str) -> Any:
        """The last whole value of a part of the page; None where there is none.

        The first of several values comes whole, those that follow as changes to it.
        """
        from gradio_client.utils import apply_diff

        if part not in self.outputs:
            return None
        found = now = None
        at, is_first = self.outputs.index(part), True
        for message in self.messages:
            data = (message.get("output") or {}).get("data")
            if not isinstance(data, list) or at >= len(data):
                continue
            if message.get("msg") == "process_generating" and not is_first:
                now = apply_diff(now, data[at])
            else:
                now, is_first = data[at], False
            if not (isinstance(now, dict) and now.get("__type__") == "update"):
                found = copy.deepcopy(now)
        return found


class Visit:
    """One browser, or what says that it is one: cookies, an address of its own, and a session.

    Args:
        address: of the server or of the proxy before it.
        client: the address to come from.
        prefix: where the page is.
        headers: sent with each request.
    """

    def __init__(
        self,
        address: str,
        client: str = "127.0.0.1",
        *,
        prefix: str = "",
        headers: dict[str, str] | None = None,
    ):
        self.base = address + prefix
        self.session = secrets.token_hex(6)
        self.http = httpx.Client(
            # The only certificate here is one that was made a moment ago.
            transport=httpx.HTTPTransport(local_address=client, verify=False, retries=1),
            headers=headers,
            timeout=30,
            trust_env=False,
        )
        self._config: dict[str, Any] | None = None

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    # ---- what the page is made of ----

    def login(self, account: tuple[str, str]) -> httpx.Response:
        """Give a name and a password; cookies that come back are kept, even those that are for HTTPS only."""
        response = self.http.post(f"{self.base}/login", data={"username": account[0], "password": account[1]})
        for cookie in self.http.cookies.jar:
            cookie.secure = False
        return response

    def open(self) -> Visit:
        """Fetch the page, as a browser does first."""
        self.http.get(f"{self.base}/")
        return self

    @property
    def config(self) -> dict[str, Any]:
        """What the page tells of itself."""
        if self._config is None:
            response = self.http.get(f"{self.base}/config")
            response.raise_for_status()
            self._config = response.json()
        return self._config

    def function(self, name: str) -> dict[str, Any]:
        """A function of the page by its name. Raises NoSuchFunction."""
        for each in self.config["dependencies"]:
            if each["api_name"] == name:
                return dict(each)
        raise NoSuchFunction(name)

    def parts(self, ids: list[int]) -> tuple[str, ...]:
        """Names for components: what they store, their own id, or their type."""
        known = {each["id"]: each for each in self.config["components"]}

        def name(number: int) -> str:
            properties = known.get(number, {}).get("props", {})
            stored = STORES.get(properties.get("storage_key") or properties.get("elem_id") or "")
            return str(stored or properties.get("elem_id") or known.get(number, {}).get("type", "?"))

        return tuple(map(name, ids))

    def arguments(self, name: str, **given: Any) -> list[Any]:
        """The inputs of a function: what is given by the names of parts, and for the rest what a browser sends."""
        usual: dict[str, Any] = {"kept": [], "mine": {}, "state": None}
        return [given.get(part, usual.get(part)) for part in self.parts(self.function(name)["inputs"])]

    # ---- calling ----

    def post_json(self, route: str, body: Any, seconds: float = 30) -> httpx.Response:
        """Send JSON to one of Gradio's routes, half surrogate pairs and all that httpx would refuse to send."""
        kind = {"Content-Type": "application/json"}
        return self.http.post(f"{self.base}{API}/{route}", content=json.dumps(body), headers=kind, timeout=seconds)

    def body(self, name: str, event_data: Any = None, session: str = "", **given: Any) -> dict[str, Any]:
        """The body of a request that calls a function of the page."""
        function = self.function(name)
        targets = function["targets"]
        return {
            "data": self.arguments(name, **given),
            "event_data": event_data,
            "fn_index": function["id"],
            "trigger_id": targets[0][0] if targets else None,
            "session_hash": session or self.session,
        }

    def call(self, name: str, event_data: Any = None, *, session: str = "", seconds: float = 30, **given: Any) -> Reply:
        """Call a function of the page, and wait for all that comes back."""
        return self.join(
            self.body(name, event_data, session, **given), self.parts(self.function(name)["outputs"]), seconds
        )

    def join(self, body: dict[str, Any], outputs: tuple[str, ...] = (), seconds: float = 30) -> Reply:
        """Put a call into the queue, and read the events until the last."""
        reply = Reply(outputs=outputs)
        try:
            response = self.post_json("queue/join", body, seconds)
        except httpx.HTTPError as error:
            reply.error = type(error).__name__
            return reply
        reply.status, reply.text = response.status_code, response.text
        if response.status_code == 200:
            reply.event = response.json().get("event_id", "")
            self.listen(str(body["session_hash"]), reply, seconds)
        return reply

    def listen(self, session: str, reply: Reply, seconds: float = 30) -> Reply:
        """Read the events of a session, into a reply."""
        end = time.monotonic() + seconds
        path = f"{self.base}{API}/queue/data"
        try:
            with self.http.stream("GET", path, params={"session_hash": session}, timeout=seconds) as stream:
                if stream.status_code != 200:
                    reply.text += stream.read().decode(errors="replace")
                    reply.error = f"events: {stream.status_code}"
                    return reply
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        reply.text += line[5:]
                        reply.messages.append(json.loads(line[5:]))
                        last = reply.messages[-1].get("msg")
                        if last in ("close_stream", "unexpected_error") or (
                            last == "process_completed" and reply.messages[-1].get("event_id") == reply.event
                        ):
                            break
                    if time.monotonic() > end:
                        reply.error = "late"
                        break
        except (httpx.HTTPError, ValueError) as error:
            reply.error = type(error).__name__
        return reply

    def call_unread(self, name: str, event_data: Any = None, *, seconds: float = 30, **given: Any) -> int:
        """Call a function of the page, and let what comes back pass by unread; how many bytes it was."""
        end, count = time.monotonic() + seconds, 0
        body = self.body(name, event_data, **given)
        with suppress(httpx.HTTPError):
            if self.http.post(f"{self.base}{API}/queue/join", json=body, timeout=seconds).status_code != 200:
                return 0
            query = {"session_hash": self.session}
            with self.http.stream("GET", f"{self.base}{API}/queue/data", params=query, timeout=seconds) as stream:
                last = b""
                for part in stream.iter_raw():
                    count += len(part)
                    if b"close_stream" in last + part or time.monotonic() > end:
                        break
                    last = part[-100:]
        return count

    def call_api(self, name: str, data: list[Any], seconds: float = 30, *, session: str = "") -> Reply:
        """Call a function by its public name, as programs do with plain HTTP."""
        reply = Reply()
        body: dict[str, Any] = {"data": data} | ({"session_hash": session} if session else {})
        end = time.monotonic() + seconds
        try:
            response = self.http.post(f"{self.base}{API}/call/{name}", json=body, timeout=seconds)
            reply.status, reply.text = response.status_code, response.text
            if response.status_code != 200:
                return reply
            reply.event = response.json()["event_id"]
            path = f"{self.base}{API}/call/{name}/{reply.event}"
            with self.http.stream("GET", path, timeout=seconds) as stream:
                for line in stream.iter_lines():
                    reply.text += line + "\n"
                    if line.startswith(("event: complete", "event: error")):
                        success = line.endswith("complete")
                        reply.messages.append({"msg": "process_completed", "success": success})
                    if time.monotonic() > end:
                        reply.error = "late"
                        break
        except (httpx.HTTPError, ValueError, KeyError) as error:
            reply.error = type(error).__name__
        return reply

    # ---- uploading ----

    def upload(self, name: str, content: bytes, seconds: float = 60) -> str:
        """Send a file, as the page does; its path on the server, or nothing where it is refused."""
        files = {"files": (name, content)}
        with suppress(httpx.HTTPError, ValueError):
            response = self.http.post(f"{self.base}{API}/upload", files=files, timeout=seconds)
            if response.status_code == 200:
                found = response.json()
                return str(found[0]) if isinstance(found, list) and found else ""
        return ""

    def add(self, name: str, content: bytes, seconds: float = 60, **given: Any) -> Reply:
        """Upload a file and add it to the library, as the page does."""
        path = self.upload(name, content, seconds)
        if not path:
            return Reply(error="refused")
        return self.call("add", seconds=seconds, upload=[file_data(path, name, len(content))], **given)


def file_data(path: str, name: str = "", size: int = 100, **more: Any) -> dict[str, Any]:
    """What Gradio takes for a file."""
    named = {"orig_name": name, "size": size} if name else {}
    return {"path": path, **named, "meta": {"_type": "gradio.FileData"}, **more}


@contextmanager
def visiting(*visits: Visit) -> Iterator[None]:
    """Close visits in the end."""
    try:
        yield
    finally:
        for visit in visits:
            visit.http.close()
