"""The process that a local chat model runs in: it serves the OpenAI protocol on the loopback until its input ends.

Started by ``process.py`` as a file of its own, so that nothing of Footnote is loaded here. The first line of its input
says what to serve; the input's end, which comes however the process ends that started it, ends this one too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any


def main() -> None:
    """Load the model, print where it is served, and wait for the end of the input."""
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=leave_with_input, daemon=True).start()
    server = serve(told)  # serves for as long as it is held
    sys.stdout.write(json.dumps({"url": server.listening_address}) + "\n")
    sys.stdout.flush()
    threading.Event().wait()


def serve(told: dict[str, Any]) -> Any:
    """The running server of a model file, for those alone who know the key."""
    from xllamacpp import CommonParams, Server

    options = CommonParams()
    options.model.path = told["path"]
    options.model_alias = {told["name"]}
    options.n_ctx = told["context"]
    options.n_parallel = 1
    if told["threads"]:
        # Threads wait for one another many times a word: where other programs take the cores, two are slower than one.
        options.cpuparams.n_threads = options.cpuparams_batch.n_threads = told["threads"]
    options.port = 0
    options.api_keys = [told["key"]]
    options.ui = options.endpoint_props = options.endpoint_slots = False
    options.verbosity = -1
    return Server(options)


def leave_with_input() -> None:
    """End the process at once when nobody holds the other end of the input any more."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
