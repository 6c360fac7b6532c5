"""A small run made by hand, with every outcome and every cause in it, and texts that try to break out of a page."""

from __future__ import annotations

from typing import Any

from rag.evaluation.run.scoring import Scores, score
from rag.types import Answer, Citation, Passage, Question, ScoredPassage, Seconds, Span

HOSTILE = "</textarea></style><script>window.pwned=1</script><img src=\"http://evil.example/x\" onerror='window.pwned=1'>&amp;"
RTL = "מהי בירת צרפת? \u202eevil\u2066 العربية"
LONG = "w" * 2_000
DOCUMENT = "The harbour froze in January. The boats stayed where they were until March. Nobody went fishing."
TEXTS = {"harbour": DOCUMENT, HOSTILE: f"{HOSTILE} and {RTL} and {LONG}"}


def find(words: str, document: str = "harbour") -> Span:
    """Where the words stand."""
    start = TEXTS[document].index(words)
    return Span(document, start, start + len(words))


def cite(number: int, span: Span, answer: str = "", **rest: Any) -> Citation:
    """A citation of a span, with its markers where they stand in the answer."""
    text = TEXTS[span.document_id]
    at = answer.find(f"[{number}]")
    passage = Passage(Span(span.document_id, 0, len(text)), text, title=f"On {span.document_id}", heading="Winter")
    quote = rest.pop("quote", text[span.start : span.end])
    return Citation(number, span, quote, passage, ((at, at + 3),) if at >= 0 else (), **rest)


def reply(name: str, question: str, text: str = "", *, found: tuple[Span, ...] = (), **rest: Any) -> Answer:
    """An answer to the question called ``name``, given these passages."""
    passages = tuple(
        ScoredPassage(Passage(span, TEXTS[span.document_id][span.start : span.end]), 0.5) for span in found
    )
    return Answer(question, text, id=name, passages=passages, seconds=Seconds(total=0.25), **rest)


FROZE = find("The harbour froze in January.")
BOATS = find("The boats stayed where they were until March.")
FISHING = find("Nobody went fishing.")


def make_run() -> tuple[list[Question], list[Answer]]:
    """The questions, and their answers in another order."""
    asked: dict[str, dict[str, Any]] = {
        "right": {"answers": ("January",), "evidence": (FROZE,), "tags": ("when",), "split": "report"},
        "unfound": {"answers": ("March",), "evidence": (BOATS,), "tags": ("when",), "split": "develop"},
        "uncited": {"answers": ("March",), "evidence": (BOATS,), "split": "report"},
        "astray": {"answers": ("March",), "evidence": (BOATS,), "tags": ("when",), "split": "develop"},
        "missed": {"answers": ("nobody",), "evidence": (FISHING,), "tags": ("who",), "split": "report"},
        "guess": {"answers": ("seven",), "split": "report"},
        "too bold": {"answers": (), "tags": ("unanswerable",), "split": "develop"},
        "too shy": {"answers": ("January",), "evidence": (FROZE,), "split": "report"},
        "modest": {"answers": (), "tags": ("unanswerable",), "split": "report"},
        "broken": {"answers": ("January",), "evidence": (FROZE,), "split": "develop"},
        "open": {"split": "report"},
    }
    questions = [Question(f"What about {name}?", id=name, **gold) for name, gold in asked.items()]
    told = "It froze in January. [1]"
    answers = [
        reply("open", "?", "Who knows", confidence=0.3),
        reply("broken", "?", error="ModelError: the model is gone"),
        reply("modest", "?", "I do not know.", abstained=True, confidence=0.05),
        reply("too shy", "?", "I do not know.", found=(FROZE,), abstained=True, confidence=0.08),
        reply("too bold", "?", "Forty.", confidence=0.6),
        reply("guess", "?", "Eight.", confidence=0.2),
        reply("missed", "?", "All. [1]", found=(FISHING,), citations=(cite(1, FISHING, "All. [1]"),), confidence=0.7),
        reply("astray", "?", "May. [1]", found=(FROZE, BOATS), citations=(cite(1, FROZE, "May. [1]"),), confidence=0.9),
        reply("uncited", "?", "May.", found=(BOATS,), confidence=0.35),
        reply("unfound", "?", "May. [1]", found=(FROZE,), citations=(cite(1, FROZE, "May. [1]"),), confidence=0.4),
        reply("right", "?", told, found=(FROZE,), citations=(cite(1, FROZE, told),), confidence=0.8),
    ]
    return questions, answers


def make_hostile_run() -> tuple[list[Question], list[Answer]]:
    """A run in which every text that comes from outside tries to break the page."""
    questions, answers = [], []
    for name in (HOSTILE, RTL, LONG, "\x00\x1b[31m\ud800\u0085"):
        span = Span(HOSTILE, 2, 60)
        told = f"{name} [1] {name}"
        questions.append(
            Question(
                name,
                id=name,
                history=((name, name),),
                answers=(name, "x"),
                evidence=(span,),
                tags=(name,),
                split=name,
            )
        )
        answers.append(
            Answer(
                name,
                told,
                id=name,
                citations=(cite(1, span, told, page=3), cite(2, span, quote=name, status="unverified")),
                confidence=0.5,
                model=name,
                fallback=name,
                unknown_markers=(f"[{name}]",),
            )
        )
        questions.append(Question(name, id=f"failed {name}", answers=(name,)))
        answers.append(Answer(name, "", id=f"failed {name}", error=name))
    return questions, answers


def score_run(questions: list[Question], answers: list[Answer]) -> Scores:
    """The run's scores by every metric."""
    return score(answers, questions, TEXTS)
