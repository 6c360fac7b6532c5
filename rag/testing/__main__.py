"""``python -m rag.testing [BEHAVIOUR] [PORT]``: serve one by hand."""

import sys
from contextlib import suppress
from threading import Event

from rag import testing

chosen = getattr(testing, sys.argv[1]) if len(sys.argv) > 1 else testing.echo
with testing.serve(chosen, int(sys.argv[2]) if len(sys.argv) > 2 else 0) as running:
    sys.stdout.write(f"FOOTNOTE_CHAT_BASE_URL={running.url}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        Event().wait()
