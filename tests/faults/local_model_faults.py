"""What a person sees when a chat model of this machine is killed, damaged or short of memory: a table, with a real one.

python tests/faults/local_model_faults.py [--model NAME|FILE]

The whole chain over the bundled article meets each fault. The answer that stands must be proven in every case, and the next
question must be answered by the model again where it can. Exit status 1 where not. Needs what ``make local-model`` brings.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ingest.pipeline import ingest_paths  # noqa: E402
from rag.chain import build_chain  # noqa: E402
from rag.errors import FootnoteError, ModelError  # noqa: E402
from rag.index.embeddings import build_embeddings  # noqa: E402
from rag.index.passage_index import PassageIndex  # noqa: E402
from rag.llm.local.process import SERVE  # noqa: E402
from rag.llm.local.table import PREFIX, find_model_file  # noqa: E402
from rag.settings import Settings, read_settings  # noqa: E402
from rag.types import Answer  # noqa: E402

ASKED = "Which country moved closer to the United States?"
LITTLE_MEMORY = 1_000_000_000
"""Bytes of address space that the model's process may have: less than its file."""


def find_processes() -> list[int]:
    """The processes of models that this one started."""
    told = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in told.splitlines() if str(SERVE) in line]


def ask(index: PassageIndex, settings: Settings, on_words: Callable[[], None] = lambda: None) -> Answer:
    """The last answer of the chain; something is done once the model's first words, or what was found, are seen."""
    answer = None
    done = False
    for answer in build_chain(index, settings=settings).stream(ASKED):
        if answer.text and not done:
            done = True
            on_words()
    assert answer is not None
    return answer


def kill_all() -> None:
    """End the model as the system does that runs out of memory."""
    for process in find_processes():
        os.kill(process, signal.SIGKILL)


def pause_all() -> None:
    """Stop the model, so that it says nothing."""
    for process in find_processes():
        os.kill(process, signal.SIGSTOP)


def damage(path: Path, folder: Path, *, keep: int) -> Path:
    """A copy of a model's file of which only the beginning is right."""
    copy = folder / f"damaged-{keep}.gguf"
    with path.open("rb") as whole, copy.open("wb") as part:
        part.write(whole.read(keep))
        part.write(b"\0" * 1_000_000)
    return copy


def starve(path: Path, folder: Path) -> str:
    """What is said where the model's process may not have the memory."""
    program = (
        "import resource, sys; from pathlib import Path; from rag.llm.local.process import ModelProcess\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({LITTLE_MEMORY}, {LITTLE_MEMORY}))\n"
        f"print(ModelProcess(Path({str(path)!r}), 'm', 6000).find_url())"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=400)
    return (told.stdout + told.stderr).strip().splitlines()[-1]


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="as behind local: in FOOTNOTE_CHAT_MODEL")
    options = parser.parse_args(arguments)
    settings = read_settings(chat_model=f"{PREFIX}{options.model}")
    path = find_model_file(options.model, settings.models)
    embeddings = build_embeddings(settings)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="footnote-faults-") as name:
        folder = Path(name)
        ingest_paths([ROOT / "data" / "articles"], directory=folder / "index", embeddings=embeddings)
        index = PassageIndex(folder / "index", embeddings)
        texts = {record.id: index.document(record.id).text for record in index.documents()}

        def show(fault: str, settings: Settings, on_words: Callable[[], None] = lambda: None) -> None:
            nonlocal bad
            began = time.perf_counter()
            try:
                answer = ask(index, settings, on_words)
                proven = all(
                    texts[each.span.document_id][each.span.start : each.span.end] == each.quote
                    for each in answer.citations
                )
                good = proven and bool(answer.citations or answer.abstained)
                seen = f"{answer.model} answers, {len(answer.citations)} citations; {answer.fallback or ''}"
            except ModelError as error:  # told before anything is asked
                good, seen = "\n" not in str(error), f"one line: {error}"
            bad += not good
            print(f"{fault:44} {time.perf_counter() - began:6.1f} s  {seen}{'' if good else '  FAILED'}", flush=True)

        show("none", settings)
        show("killed in the middle of an answer", settings, kill_all)
        show("asked again", settings)
        show("stopped: says nothing for 20 s", settings.model_copy(update={"chat_timeout": 20.0}), pause_all)
        kill_all()
        show("asked again", settings)
        for kind, file in (
            ("a file that is only begun", damage(path, folder, keep=50_000_000)),
            ("a file of which only the first bytes are right", damage(path, folder, keep=4)),
            ("no such file", folder / "none.gguf"),
            ("a file of another kind", Path(shutil.copy(ROOT / "README.md", folder / "text.gguf"))),
        ):
            show(kind, settings.model_copy(update={"chat_model": f"{PREFIX}{file}"}))
        print(f"{'too little memory':44}           {starve(path, folder)}")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FootnoteError as error:
        sys.exit(f"local_model_faults: {error}")
