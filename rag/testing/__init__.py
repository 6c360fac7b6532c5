"""For tests, yours too: a real HTTP server on a loopback port that speaks the OpenAI protocol, and misbehaves on request.

    with serve(echo) as server:
        ...  # server.url is the base URL; server.requests holds what was asked

``python -m rag.testing [BEHAVIOUR] [PORT]`` serves one by hand.
"""

from rag.testing.behaviours import (
    break_down,
    disconnect,
    echo,
    flood,
    limit_rate,
    never_start,
    one_after_another,
    ping,
    refuse_key,
    say,
    send_garbage,
    send_other_json,
    send_page,
    stall,
    start_slowly,
)
from rag.testing.server import MODEL, USAGE, Behaviour, Exchange, OpenAIServer, Request, list_models, serve

__all__ = [
    "MODEL",
    "USAGE",
    "Behaviour",
    "Exchange",
    "OpenAIServer",
    "Request",
    "break_down",
    "disconnect",
    "echo",
    "flood",
    "limit_rate",
    "list_models",
    "never_start",
    "one_after_another",
    "ping",
    "refuse_key",
    "say",
    "send_garbage",
    "send_other_json",
    "send_page",
    "serve",
    "stall",
    "start_slowly",
]
