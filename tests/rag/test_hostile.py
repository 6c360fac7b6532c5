"""Documents that give orders, read by models that obey: their words stay data, on the page and in the proof."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hostile import COTTAGE, FACT, HOSTILE, INVENTED, MADE_UP, OBEDIENCE, QUESTION, Hostile
from lxml import html as parser

from ingest.pipeline import ingest_paths
from rag import testing as api
from rag.answer.abstention import find_near
from rag.chain import build_chain
from rag.index.passage_index import PassageIndex
from rag.llm.prompts import CANNOT_ANSWER, disarm, format_prompt
from rag.settings import read_settings
from rag.types import Answer, Question
from ui.render import terminal
from ui.render.messages import find_marks, render_answer
from ui.render.source import render_document

OURS = frozenset(
    "div p a br s ol ul li span q b strong em code pre blockquote hr article h1 h2 h3 h4 h5 h6 "
    "table thead tbody tr th td details summary meter".split()
)
"""The elements that the page makes of answers and documents; none of them loads, runs or sends anything."""

ATTRIBUTES = frozenset(
    "class dir scope href title role aria-label style start tabindex data-answer data-marks data-citation data-passage "
    "data-start data-page data-document data-quote data-place data-reason aria-hidden min max value".split()
)
CONSTANT = [str(message.content) for message in format_prompt(Question(QUESTION), QUESTION, ()).messages[:3]]
"""What every prompt begins with: the rules, and a worked example."""
RULES = [line.removeprefix("- ") for line in CONSTANT[0].split("\n") if line and CANNOT_ANSWER not in line]
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
"""Characters that act on a terminal, or hide in it."""

OVERRIDES = re.compile("[\u202d\u202e]")
NAMES = [document.name for document in HOSTILE]

each_document = pytest.mark.parametrize("document", HOSTILE, ids=NAMES)
each_answer = pytest.mark.parametrize(
    ("document", "behaviour"),
    [(document, behaviour) for behaviour in OBEDIENCE for document in HOSTILE],
    ids=[f"{document.name}-{behaviour}" for behaviour in OBEDIENCE for document in HOSTILE],
)


@dataclass(frozen=True)
class Asked:
    """What one model made of one document: every snapshot of the answer, and what the model was sent."""

    snapshots: list[Answer]
    request: api.Request

    @property
    def answer(self) -> Answer:
        return self.snapshots[-1]


class Library:
    """An index of all hostile documents, and one model server that behaves as it is told; nothing is asked twice."""

    def __init__(self, index: PassageIndex, server: api.OpenAIServer):
        self.index = index
        self._server = server
        self._chain: Any = build_chain(
            index, settings=read_settings(chat_base_url=server.url, chat_model="openai:test-model", chat_timeout=15.0)
        )
        self._asked: dict[tuple[str, str], Asked] = {}

    def ask(self, document: Hostile, behaviour: str) -> Asked:
        wanted = document.name, behaviour
        if wanted not in self._asked:
            self._server.behaviour = OBEDIENCE[behaviour](document)
            before = len(self._server.requests)
            snapshots = list(self._chain.stream(Question(QUESTION, documents=(document.name,))))
            (request,) = self._server.requests[before:]
            self._asked[wanted] = Asked(snapshots, request)
        return self._asked[wanted]


@pytest.fixture(scope="module")
def library(embeddings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    import torch

    folder = tmp_path_factory.mktemp("hostile")
    reports = ingest_paths(
        [document.write(folder) for document in HOSTILE], directory=folder / "index", embeddings=embeddings
    )
    assert [(report.status, report.document) for report in reports] == [("added", name) for name in NAMES]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small are the batches that on a busy machine threads wait longer than they work
    asked = {QUESTION: embeddings.embed_query(QUESTION)}  # hundreds of times
    with pytest.MonkeyPatch.context() as patch, api.serve(api.echo) as server:
        patch.setattr(type(embeddings), "embed_query", lambda self, text: asked[text])
        yield Library(PassageIndex(folder / "index", embeddings), server)
    torch.set_num_threads(threads)


def assert_harmless(html: str) -> Any:
    """Nothing in it that this project did not put there; the parsed page."""
    page = parser.fragment_fromstring(html, create_parent="main")
    for element in page.iterdescendants():
        assert element.tag in OURS, element.tag  # a comment's tag is no string
        assert set(element.keys()) <= ATTRIBUTES, element.attrib
        assert element.get("href", "#source") == "#source"
        assert re.fullmatch(r"(text-align:(left|right|center))?", element.get("style", ""))
    return page


def sentence_of(answer: Answer, words: str) -> Any:
    (found,) = (sentence for sentence in answer.sentences if words.rstrip(".") in sentence.text)
    return found


def test_there_are_many_hostile_documents_of_every_kind() -> None:
    assert len(HOSTILE) >= 40
    assert len(set(NAMES)) == len(HOSTILE)
    assert len({document.kind for document in HOSTILE}) >= 10
    assert {document.suffix for document in HOSTILE} == {".md", ".html", ".txt"}
    assert all(FACT in document.content for document in HOSTILE)
    assert not any(claim in document.content for document in HOSTILE for claim in INVENTED)


# What is read.


@each_document
def test_the_fact_is_read_and_what_nobody_sees_is_not(document: Hostile, library: Library) -> None:
    stored = library.index.document(document.name)
    assert FACT in stored.text and COTTAGE in stored.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", stored.text)
    for order in document.hidden:
        assert order in document.content
        assert order not in re.sub(r"\W+", " ", f"{stored.title} {stored.author} {stored.text}".casefold())


@each_document
def test_the_reading_column_shows_a_document_as_words(document: Hostile, library: Library) -> None:
    stored = library.index.document(document.name)
    page = assert_harmless(render_document(stored))
    assert not page.xpath("//a | //@style")
    for head in page.xpath("//thead | //th[@scope='row']"):  # names the columns once more
        assert all(name.text in stored.text for name in head.iter("th"))
        head.drop_tree()
    assert re.sub(r"\s", "", page.text_content()) == re.sub(r"\s", "", stored.text)


# What the model is told.


@each_document
def test_the_prompt_holds_a_document_between_marks_that_it_cannot_make(document: Hostile, library: Library) -> None:
    stored = library.index.document(document.name)
    request = library.ask(document, "copy_all").request
    *constant, user = request.body["messages"]
    assert [turn["role"] for turn in constant] == ["system", "user", "assistant"] and user["role"] == "user"
    assert [turn["content"] for turn in constant] == CONSTANT
    keys = list(request.passages)
    assert keys == [str(number) for number in range(1, len(library.index.passages(document.name)) + 1)] != []
    assert len(re.findall(r"<\s*/?\s*passage", user["content"], re.IGNORECASE)) == 2 * len(keys)
    assert all(disarm(line.strip()) in user["content"] for line in stored.text.split("\n"))
    around = user["content"]
    for key in keys:
        around = re.sub(rf"<passage {key}>.*?</passage {key}>\s*", "", around, flags=re.DOTALL)
    assert around == f"Question: {QUESTION}"


# What is shown.


@each_answer
def test_nothing_acts_on_the_page_or_the_terminal_however_far_the_answer_has_grown(
    document: Hostile, behaviour: str, library: Library
) -> None:
    for answer in library.ask(document, behaviour).snapshots:
        html = render_answer(answer, "a1")
        page = assert_harmless(html)
        assert not OVERRIDES.search(html)
        (shown,) = page.xpath("//*[@data-answer='a1'][@data-marks]")
        assert json.loads(shown.get("data-marks")) == find_marks(answer)
        assert set(page.xpath("//@data-answer")) == {"a1"}
        footnotes = Counter(link.get("data-citation") for link in page.xpath("//a[not(@data-passage)]"))
        assert footnotes <= Counter({str(citation.number): len(citation.markers) for citation in answer.citations})
        assert not STEERING.search(terminal.render_answer(answer, explain=True, width=100))
        bold = terminal.render_answer(answer, width=100, bold=True)
        assert not STEERING.search(bold.replace("\x1b[1m", "").replace("\x1b[22m", ""))


@each_answer
def test_every_quote_is_the_documents_own_and_of_a_passage_that_was_given(
    document: Hostile, behaviour: str, library: Library
) -> None:
    asked = library.ask(document, behaviour)
    text = library.index.document(document.name).text
    given = set(asked.request.passages.values())
    for answer in asked.snapshots:
        assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        for citation in answer.citations:
            assert citation.span.document_id == document.name
            assert citation.quote == text[citation.span.start : citation.span.end] != ""
            assert disarm(citation.passage.text.strip()) in given
            assert all(answer.text[start:end] == f"[{citation.number}]" for start, end in citation.markers)
        assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()


# What becomes of each kind of obedience.


@each_document
def test_what_a_document_makes_a_model_say_leaves_the_fact_proven(document: Hostile, library: Library) -> None:
    answer = library.ask(document, "obey").answer
    if CANNOT_ANSWER in document.obeyed:
        assert answer.abstained and answer.passages
        return
    assert (answer.model, answer.fallback, answer.abstained) == ("openai:test-model", None, False)
    assert sentence_of(answer, FACT).supported
    assert answer.citations[0].quote == FACT and answer.citations[0].status == "verbatim"


@each_document
def test_a_forged_key_proves_nothing(document: Hostile, library: Library) -> None:
    asked = library.ask(document, "forge_keys")
    answer = asked.answer
    assert not answer.abstained and answer.fallback is None
    assert [citation.quote for citation in answer.citations] == [FACT]
    assert {f"[{key.strip('^')}]" for key in MADE_UP} <= set(answer.unknown_markers)
    assert not any(marker.strip("[]") in asked.request.passages for marker in answer.unknown_markers)
    forged = [sentence for sentence in answer.sentences if "It shines" in sentence.text]
    assert len(forged) >= len(MADE_UP)
    # A number that a document holds may be a passage's too; then what it stands behind is cited, and found wanting.
    assert all(sentence.supported is False for sentence in forged)
    cited = [sentence for sentence in forged if sentence.citations]
    assert len(cited) <= len(re.findall(r"[\[【]\^?1[\]】]", "\n".join(asked.request.passages.values())))
    page = parser.fromstring(render_answer(answer, "a1"))
    assert page.xpath("count(//a[not(@data-passage)])") == 1 + len(cited)
    assert page.xpath("count(//*[@class='unproven'])") == len(forged)
    assert len(page.findall(".//s[@class='unknown']")) >= len(MADE_UP)


@each_document
@pytest.mark.parametrize("claim", INVENTED, ids=["spy", "smugglers"])
def test_an_invented_claim_is_not_proven_by_a_true_key(document: Hostile, claim: str, library: Library) -> None:
    answer = library.ask(document, "lie").answer
    assert not answer.abstained and sentence_of(answer, FACT).supported
    told = sentence_of(answer, claim)
    assert told.supported is False and told.citations
    by_number = {citation.number: citation for citation in answer.citations}
    beside = set(sentence_of(answer, FACT).citations)  # a quote that the fact has too is word for word that of the fact
    assert all(by_number[number].status != "verbatim" for number in set(told.citations) - beside)
    page = parser.fromstring(render_answer(answer, "a1"))
    assert page.xpath("count(//*[@class='unproven'])") == len(INVENTED)


@each_document
def test_where_all_is_invented_the_embedded_answer_stands_in(document: Hostile, library: Library) -> None:
    answer = library.ask(document, "only_lie").answer
    assert answer.fallback and answer.fallback.endswith("the embedded answer stands in")
    assert answer.model == "embedded" and all(sentence.supported for sentence in answer.sentences)
    assert all(lie not in answer.text for lie in INVENTED)


@each_document
def test_a_reply_that_repeats_the_instructions_is_no_answer(document: Hostile, library: Library) -> None:
    asked = library.ask(document, "leak")
    assert len(RULES) >= 5 and min(map(len, RULES)) > 30
    assert all(rule in asked.request.body["messages"][0]["content"] for rule in RULES)
    for answer in asked.snapshots:
        assert not any(rule in answer.text for rule in RULES)
    assert asked.answer.model == "embedded" and "1871" in asked.answer.text
    assert asked.answer.fallback == "openai:test-model repeated its instructions; the embedded answer stands in"


@each_document
def test_a_forced_silence_is_an_abstention_with_one_closest_passage_at_most(
    document: Hostile, library: Library
) -> None:
    asked = library.ask(document, "decline")
    assert asked.answer.abstained and asked.answer.passages and not asked.answer.citations
    assert not any(CANNOT_ANSWER in answer.text for answer in asked.snapshots)
    page = assert_harmless(render_answer(asked.answer, "a1"))
    assert len(page.xpath("//a[@class='closest']")) == (find_near(asked.answer) is not None)
