"""A process that writes indexes with cheap embeddings: python tests/faults/writer.py, then one JSON command a line.

Each command runs in a fork of its own, which costs no imports; its process id is told before it begins, so that it can
be killed, and its end afterwards.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.cheap import CHEAP
from faults.damages import ingest, mend_copy, preload


def main() -> None:
    preload()
    tell({"ready": os.getpid()})
    for line in sys.stdin:
        command = json.loads(line)
        started = time.perf_counter()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            tell({"pid": os.getpid()})
            run(command)
        _, status = os.waitpid(child, 0)
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        tell({"status": code, "seconds": time.perf_counter() - started})


def run(command: dict[str, Any]) -> None:
    from ingest.pipeline import remove_document
    from rag.errors import FootnoteError
    from rag.settings import read_settings

    directory = Path(command["index"])
    code = 1
    try:
        if command["verb"] == "remove":
            settings = read_settings(index=directory, embedding_model=CHEAP.name)
            remove_document(command["document"], directory=directory, embeddings=CHEAP, settings=settings)
        elif command["verb"] == "repair":
            done, wrong = mend_copy(directory, Path(command["sources"]), command["texts"])
            tell({"done": done} | ({"error": wrong} if wrong else {}))
        else:
            on_wait = lambda: tell({"waiting": os.getpid()})  # noqa: E731
            reports = ingest([Path(path) for path in command["paths"]], directory, on_wait=on_wait)
            tell({"reports": [[report.status, report.document] for report in reports]})
        code = 0
    except FootnoteError as error:
        tell({"error": str(error)})
    except BaseException as error:
        tell({"traceback": repr(error)})
    finally:
        os._exit(code)


def tell(message: dict[str, Any]) -> None:
    os.write(1, (json.dumps(message) + "\n").encode())


if __name__ == "__main__":
    main()
