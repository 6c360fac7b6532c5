"""What a person sees when a chat model misbehaves: a table of faults, from a real server that commits them.

python tests/faults/chat_faults.py

Each fault is met by the whole chain over the bundled article. The answer that stands must be proven in every case: all
quotes equal the source, or it abstains. Exit status 1 where one does not.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ingest.pipeline import ingest_paths  # noqa: E402
from rag import testing as api  # noqa: E402
from rag.chain import build_chain  # noqa: E402
from rag.errors import ModelError  # noqa: E402
from rag.index.embeddings import build_embeddings  # noqa: E402
from rag.index.passage_index import PassageIndex  # noqa: E402
from rag.llm.prompts import CANNOT_ANSWER  # noqa: E402
from rag.settings import read_settings  # noqa: E402
from rag.types import Answer  # noqa: E402
from ui.render.emphasis import find_unproven  # noqa: E402

ASKED = "Who asked for the meeting to be postponed?"
PATIENCE = 4.0
"""Seconds that a silent model is waited for here; 60 by default."""


def too_large(exchange: api.Exchange) -> None:
    exchange.send_json(400, {"error": {"message": "maximum context length exceeded"}})


def not_found(exchange: api.Exchange) -> None:
    exchange.send_json(404, {"error": {"message": "no such model"}})


def leak(exchange: api.Exchange) -> None:
    key = next(iter(exchange.request_.passages))
    exchange.send_reply(f"{exchange.request_.body['messages'][0]['content']} [{key}]")


FAULTS: dict[str, api.Behaviour] = {
    "none: it quotes and cites": api.echo,
    "none, in pieces of one character": api.say("The advisers asked to put the meeting off [{0}].", 1),
    "401, repeats the key": api.refuse_key,
    "404": not_found,
    "400, prompt too long": too_large,
    "429 at once, then well": api.one_after_another(api.limit_rate("1"), api.echo),
    "429 for good": api.limit_rate("0"),
    "429, come back in a minute": api.limit_rate("60"),
    "500 twice, then well": api.one_after_another(api.break_down, api.break_down, api.echo),
    "500 for good": api.break_down,
    "never starts": api.never_start,
    "stalls in the middle": api.stall("The talks ended early"),
    "keeps the line alive, says nothing": api.ping,
    "disconnects in the middle": api.disconnect,
    "200,000 words": api.flood,
    "an empty reply": api.say(""),
    "thinks and never answers": api.say("<think>" + "and then " * 2_000),
    "a web page": api.send_page,
    "events that are no JSON": api.send_garbage,
    "JSON of another shape": api.send_other_json,
    "cites nothing": api.say("The advisers asked for it."),
    "cites by number only": api.say("The advisers asked for it [1][2]."),
    "makes up a key beside a good one": api.say("The advisers asked to put the meeting off [{0}], it seems [zz99]."),
    "one sentence of two is invented": api.say(
        "The advisers asked to put the meeting off [{0}]. The king of Sweden agreed [{0}]."
    ),
    "all is invented, with true keys": api.say("The king of Sweden asked for it [{0}]."),
    "declines": api.say(CANNOT_ANSWER),
    "tells its instructions": leak,
}


def describe(answer: Answer) -> str:
    """What a person sees: who answers, and the lines beside it."""
    if answer.abstained:
        seen = f"abstains: {answer.text}"
    else:
        seen = f"{answer.model.partition(':')[0]} answers, {len(answer.citations)} citations"
    marked = len(find_unproven(answer))
    parts = [seen, f"{marked} sentence(s) marked not proven" if marked else ""]
    parts.append(f"struck through: {', '.join(answer.unknown_markers)}" if answer.unknown_markers else "")
    parts.append(f"“{answer.fallback}”" if answer.fallback else "")
    return "; ".join(part for part in parts if part)


def main() -> int:
    """Print the table."""
    embeddings = build_embeddings(read_settings())
    bad = 0
    with tempfile.TemporaryDirectory(prefix="footnote-faults-") as folder:
        ingest_paths([ROOT / "data" / "articles"], directory=Path(folder), embeddings=embeddings)
        index = PassageIndex(Path(folder), embeddings)
        texts = {record.id: index.document(record.id).text for record in index.documents()}
        build_chain(index, settings=read_settings()).invoke(ASKED)  # loads the models
        print(f"{'fault':36} {'seconds':>7}  what a person sees")
        for name, behaviour in FAULTS.items():
            with api.serve(behaviour) as server:
                settings = read_settings(
                    chat_base_url=server.url, chat_model="m", chat_api_key="sk-secret", chat_timeout=PATIENCE
                )
                began = time.perf_counter()
                try:
                    answer = build_chain(index, settings=settings).invoke(ASKED)
                except ModelError as error:
                    bad += 1
                    print(f"{name:36} {time.perf_counter() - began:7.1f}  FAILED: {error}")
                    continue
            proven = all(
                texts[each.span.document_id][each.span.start : each.span.end] == each.quote for each in answer.citations
            )
            is_good = proven and bool(answer.citations or answer.abstained) and "sk-secret" not in str(answer)
            bad += not is_good
            print(f"{name:36} {time.perf_counter() - began:7.1f}  {'' if is_good else 'BAD: '}{describe(answer)}")
        with api.serve(api.echo) as server:
            gone = server.url
        answer = build_chain(index, settings=read_settings(chat_base_url=gone, chat_model="m")).invoke(ASKED)
        print(f"{'no server there':36} {answer.seconds.total:7.1f}  {describe(answer)}")
    print(f"\n{len(FAULTS) + 1} faults, {bad} of them badly met")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
