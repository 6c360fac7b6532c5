"""Question sets of other makers: recognised by what is in them, offsets kept to the character, faults told by place."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionSetError
from rag.evaluation.formats import load_questions, questions_digest, read_question_set
from rag.evaluation.formats.evidence import locate_evidence
from rag.evaluation.formats.questions import QuestionSet
from rag.types import Evidence, Question, Span

RIVER = "The river rose on Monday. By Tuesday 🌉 the bridge was closed."
MILL = "The mill ground rye.\nIt burnt down in 1911, and nobody rebuilt it."


def answer(text: str, context: str = RIVER) -> dict[str, Any]:
    return {"text": text, "answer_start": context.index(text)}


def squad(*paragraphs: dict[str, Any], title: str = "Old_River") -> dict[str, Any]:
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": list(paragraphs)}]}


def asked(name: str, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "question": f"What of {name}?", "answers": list(answers), **more}


def write(path: Path, *values: Any) -> Path:
    """One JSON value a line; a text is written as it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [value if isinstance(value, str) else json.dumps(value) for value in values]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_chroma(folder: Path, *rows: tuple[str, Any, str], **corpora: str) -> Path:
    """The CSV of Chroma's evaluation, with its documents beside it."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["question", "references", "corpus_id"])
    writer.writerows((words, json.dumps(found), name) for words, found, name in rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "questions_df.csv").write_text(table.getvalue(), encoding="utf-8", newline="")
    for name, text in corpora.items():
        write(folder / "corpora" / f"{name}.md", text.removesuffix("\n"))
    return folder / "questions_df.csv"


def write_beir(folder: Path, qrels: str = "query-id\tcorpus-id\tscore\nq1\td2\t1\n", split: str = "test") -> Path:
    write(
        folder / "queries.jsonl", {"_id": "q1", "text": "When did it burn?"}, {"_id": "q2", "text": "Who rebuilt it?"}
    )
    write(folder / "corpus.jsonl", {"_id": "d1", "title": "River", "text": RIVER}, {"_id": "d2", "text": MILL})
    write(folder / "qrels" / f"{split}.tsv", qrels.removesuffix("\n"))
    return folder


def refuse(path: Path) -> list[str]:
    """The lines with which a set is refused, its path as PATH."""
    with pytest.raises(QuestionSetError) as caught:
        load_questions(path)
    return str(caught.value).replace(str(path), "PATH").split("\n")


def quotes(found: QuestionSet) -> dict[str, list[str]]:
    """The words of every piece of evidence, by question."""
    pieces: dict[str, list[str]] = {}
    for question in found.questions:
        spans = [piece for piece in question.evidence if isinstance(piece, Span)]
        assert len(spans) == len(question.evidence), "evidence of a set with documents is located"
        pieces[question.id] = [found.documents[span.document_id].quote(span) for span in spans]
    return pieces


def test_each_format_is_recognised_by_what_is_in_it_whatever_it_is_called(tmp_path: Path) -> None:
    line = {"question": "When?", "user_input": "Footnote's own key wins"}
    whole = squad({"context": RIVER, "qas": [asked("a", answer("Monday"))]})
    folder = tmp_path / "set.jsonl"  # a folder, for all its name
    sets = {
        write(tmp_path / "a.json", line): "Footnote",
        write(tmp_path / "b.txt", "", json.dumps(line)): "Footnote",
        write(tmp_path / "c.jsonl", whole): "SQuAD",
        write(tmp_path / "d", json.dumps(whole, indent=2)): "SQuAD",
        write(tmp_path / "e.json", "\ufeff" + json.dumps(whole)): "SQuAD",
        write(tmp_path / "f.json", {"user_input": "When?"}): "ragas",
        write_chroma(tmp_path / "g", ("When?", [{"content": "rye"}], "mill"), mill=MILL): "Chroma",
        tmp_path / "g": "Chroma",
        write_beir(folder): "BEIR",
    }
    assert {path.name: load_questions(path).format for path in sets} == {path.name: name for path, name in sets.items()}


def test_json_lines_keep_their_order_and_get_an_id_of_their_content(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.jsonl", {"question": "A?", "id": 7, "evidence": [{"quote": "rye"}]}, "", {"question": "B?"}
    )
    found = load_questions(path)
    assert [(question.text, question.evidence) for question in found.questions] == [
        ("A?", (Evidence("rye"),)),
        ("B?", ()),
    ]
    assert found.questions[0].id == "7" and len(found.questions[1].id) == 16
    assert found.places == (f"{path}:1", f"{path}:3")
    assert found.digest == questions_digest(path) and not found.documents and not found.per_question


def test_squad_2_gives_a_document_a_paragraph_and_the_place_that_most_annotators_marked(tmp_path: Path) -> None:
    marked = [answer("Monday"), answer("on Monday"), answer("on Monday"), answer("Monday. By")]
    first = {
        "context": RIVER,
        "qas": [asked("a", *marked, is_impossible=False), asked("b", answer("the bridge"))],
    }
    second = {"context": MILL, "qas": [asked("c", is_impossible=True, plausible_answers=[answer("1911", MILL)])]}
    found = load_questions(write(tmp_path / "dev.json", squad(first, second)))
    assert [(name, document.title, document.text) for name, document in found.documents.items()] == [
        ("Old_River-1", "Old River", RIVER),
        ("Old_River-2", "Old River", MILL),
    ]
    assert found.per_question
    assert [question.documents for question in found.questions] == [
        ("Old_River-1",),
        ("Old_River-1",),
        ("Old_River-2",),
    ]
    assert [question.answers for question in found.questions] == [
        ("Monday", "on Monday", "Monday. By"),
        ("the bridge",),
        (),
    ]
    assert quotes(found) == {"a": ["on Monday"], "b": ["the bridge"], "c": []}


def test_squad_1_needs_no_word_on_what_is_impossible_and_allows_titles_twice(tmp_path: Path) -> None:
    paragraphs = [{"context": f"{RIVER} {at}", "qas": [asked(f"q{at}", answer("Monday"))]} for at in range(4)]
    values = {"data": [{"title": title, "paragraphs": [paragraphs[at]]} for at, title in enumerate(["A", "A-3", "A"])]}
    values["data"].append({"paragraphs": [paragraphs[3]]})
    found = load_questions(write(tmp_path / "dev.json", values))
    assert len(found.documents) == 4, "no paragraph takes the place of another"
    assert [document.title for document in found.documents.values()] == ["A", "A-3", "A", "article-4"]
    assert [found.documents[question.documents[0]].text[-1] for question in found.questions] == list("0123")
    assert all(words == ["Monday"] for words in quotes(found).values())


@given(st.data())
def test_offsets_into_squad_texts_count_astral_characters_as_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    signs = st.text(st.sampled_from("a é\u0301🌉𝒳\u2028\u200d👩🏽\r\nא"), min_size=1, max_size=20)
    context = data.draw(signs.filter(lambda text: text.strip()))
    places = st.tuples(st.integers(0, len(context) - 1), st.integers(1, len(context)))
    start, end = data.draw(places.filter(lambda place: place[0] < place[1] and context[slice(*place)].strip()))
    values = squad({"context": context, "qas": [asked("a", {"text": context[start:end], "answer_start": start})]})
    path = tmp_path_factory.getbasetemp() / "astral.json"
    path.write_text(json.dumps(values, ensure_ascii=data.draw(st.booleans())), encoding="utf-8", newline="")
    found = load_questions(path)
    assert found.questions[0].evidence == (Span("Old_River-1", start, end),)
    assert quotes(found) == {"a": [context[start:end]]} and found.questions[0].answers == (context[start:end],)


def test_what_is_wrong_with_squad_is_told_with_its_place_all_at_once(tmp_path: Path) -> None:
    wrong = [
        asked("b", {"text": "Monday", "answer_start": 17}),
        asked("c", {"text": "Monday", "answer_start": -44}),
        asked("d", {"text": "Monday", "answer_start": "18"}),
        asked("e", {"text": " ", "answer_start": 3}),
        asked("f"),
        asked("g", answer("Monday"), is_impossible=True),
        asked("a", answer("Monday")),
        asked("", answer("Monday")),
        {"id": "i", "question": None, "answers": []},
        {"id": "j", "question": "?", "answers": {}},
        "k",
    ]
    values = squad({"context": RIVER, "qas": [asked("a", answer("Monday")), *wrong]}, {"context": " ", "qas": []}, [])  # type: ignore[arg-type]
    values["data"] += [{"title": "no paragraphs"}, None]
    told = refuse(write(tmp_path / "dev.json", values))
    inner = "PATH: data[0].paragraphs[0].qas"
    assert told[:3] == [
        f'{inner}[1]: the answer "Monday" does not stand at 17 of its paragraph',
        f'{inner}[2]: the answer "Monday" does not stand at -44 of its paragraph',
        f"{inner}[3]: each of 'answers' needs a 'text' that is not empty and an 'answer_start'",
    ]
    places = [line.partition(": ")[2].partition(": ")[0] for line in told]
    expected = [f"data[0].paragraphs[0].qas[{at}]" for at in range(1, 12)]
    expected += ["data[0].paragraphs[1]", "data[0].paragraphs[2]", "data[1]", "data[2]"]
    assert sorted(places) == sorted(expected), told


def test_chroma_gives_every_reference_as_a_span_of_its_corpus(tmp_path: Path) -> None:
    fire = {"content": "burnt down in 1911", "start_index": MILL.index("burnt"), "end_index": MILL.index(", and")}
    astray = {"content": "nobody\nrebuilt it", "start_index": 3, "end_index": 9}  # elsewhere, and with another space
    rows = [("What, then,\nburnt?", [fire, astray], "mill"), ("Which day?", [{"content": "🌉 the"}], "river")]
    found = load_questions(write_chroma(tmp_path, *rows, mill=MILL.replace("\n", "\r\n"), river=RIVER))
    first, second = found.questions
    assert quotes(found) == {first.id: ["burnt down in 1911", "nobody rebuilt it"], second.id: ["🌉 the"]}
    assert first.text == "What, then,\nburnt?" and first.tags == ("mill",) and first.answers is None
    assert {question.split for question in found.questions} <= {"develop", "report"}
    assert list(found.documents) == ["mill", "river"] and not found.per_question


def test_the_digest_of_a_chroma_set_is_another_where_a_document_is_another(tmp_path: Path) -> None:
    rows = [("What?", [{"content": "rye"}], " mill ")]
    before = load_questions(write_chroma(tmp_path, *rows, mill=MILL)).digest
    assert load_questions(write_chroma(tmp_path, *rows, mill=MILL + " No.")).digest != before


def test_bad_references_and_missing_corpora_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("rye", encoding="utf-8")
    rows = [
        ("Good?", [{"content": "rye", "start_index": 16}], "mill"),
        ("Gone?", [{"content": "wheat", "start_index": 0}], "mill"),
        ("None?", [], "mill"),
        ("Kind?", "rye", "mill"),
        ("Text?", [{"content": 3}], "mill"),
        (" ", [{"content": "rye"}], "mill"),
        ("Where?", [{"content": "rye"}], "barn"),
        ("Out?", [{"content": "rye"}], "../secret"),
        ("Void?", [{"content": "rye"}], "void"),
        ("Good?", [{"content": "rye"}], "mill"),
    ]
    path = write_chroma(tmp_path / "set", *rows, mill=MILL, void=" ")
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("Short?\r\n")
    told = refuse(path)
    assert [line.split(":")[1] for line in sorted(told, key=lambda line: int(line.split(":")[1]))] == [
        str(number) for number in range(3, 13)
    ]
    text = "\n".join(told)
    for words in ('"wheat" does not stand in mill', "no document 'barn' beside", "'../secret'", "is empty", "line 2"):
        assert words in text, text


def test_ragas_contexts_become_quotes_without_their_marks(tmp_path: Path) -> None:
    sample = {
        "user_input": "When did the mill burn?",
        "reference": "In 1911.",
        "reference_contexts": ["<1-hop>\n\nIt burnt down in 1911", "The mill ground rye."],
        "synthesizer_name": "multi_hop",
        "retrieved_contexts": ["ignored"],
    }
    found = load_questions(write(tmp_path / "samples.jsonl", sample, {"user_input": "Open?", "reference": None}))
    first, second = found.questions
    assert first.answers == ("In 1911.",) and first.tags == ("multi_hop",) and second.answers is None
    assert first.evidence == (Evidence("It burnt down in 1911"), Evidence("The mill ground rye."))
    (located, _), problems, lost = locate_evidence(found.questions, {"mill": MILL}, found.places)
    assert (
        not lost
        and not problems
        and [MILL[piece.start : piece.end] for piece in located.evidence if isinstance(piece, Span)]
        == [
            "It burnt down in 1911",
            "The mill ground rye.",
        ]
    )


def test_samples_that_are_none_are_told(tmp_path: Path) -> None:
    turns = {"user_input": [{"type": "human", "content": "Hi"}]}
    bad = [
        turns,
        {"user_input": ""},
        {"user_input": "A?", "reference": 3},
        {"user_input": "B?", "reference_contexts": [""]},
    ]
    told = refuse(write(tmp_path / "samples.jsonl", {"user_input": "Good?"}, *bad, [], "{"))
    assert [line.partition(": ")[0] for line in told] == [f"PATH:{number}" for number in range(2, 8)]
    assert "several turns" in told[0] and "not JSON" in told[-1]


def test_a_relevant_document_of_beir_is_evidence_from_end_to_end(tmp_path: Path) -> None:
    grades = "query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t1\nq1\td2\t1\nq2\td1\t0\n"
    found = load_questions(write_beir(tmp_path, grades))
    assert [question.id for question in found.questions] == ["q1"], "a query without a relevant document says nothing"
    assert quotes(found) == {"q1": [MILL, f"River\n\n{RIVER}"]}
    assert found.questions[0].split == "report" and found.questions[0].answers is None
    assert found.documents["d1"].title == "River" and not found.per_question


def test_beir_queries_of_train_are_to_develop_and_those_of_test_to_report(tmp_path: Path) -> None:
    write_beir(tmp_path, "q1\td1\t1\nq2\td1\t1\n", split="train")
    found = load_questions(write_beir(tmp_path))
    assert {question.id: question.split for question in found.questions} == {"q1": "report", "q2": "develop"}
    assert quotes(found)["q1"] == [MILL], "the test's judgement of a query counts"


def test_what_is_wrong_with_a_beir_folder_is_told_with_its_lines(tmp_path: Path) -> None:
    folder = write_beir(tmp_path, "q1 d2 1\nq9\td2\t1\nq1\td9\t1\nq1\td3\t1\nq1\td2\tyes\nq1\td2\tnan\nq1\td2\t1\n")
    with (folder / "corpus.jsonl").open("a") as corpus, (folder / "queries.jsonl").open("a") as queries:
        corpus.write('{"_id": "d3", "text": ""}\n{"_id": "d1", "text": "Another."}\n{"_id": true, "text": "x"}\n')
        queries.write('{"_id": "q1", "text": "Another?"}\n{"_id": "q4", "text": " "}\n')
    told = refuse(folder)
    assert [line.removeprefix("PATH/").partition(": ")[0] for line in told] == [
        *(f"corpus.jsonl:{number}" for number in (4, 5)),
        *(f"queries.jsonl:{number}" for number in (3, 4)),
        *(f"qrels/test.tsv:{number}" for number in range(1, 7)),
    ]


@pytest.mark.parametrize("missing", ["corpus.jsonl", "qrels/test.tsv"])
def test_a_beir_folder_that_lacks_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    (write_beir(tmp_path) / missing).unlink()
    (told,) = refuse(tmp_path)
    assert missing in told


WHOLE = json.dumps(squad({"context": RIVER, "qas": [asked("a", answer("Monday"))]}))


@pytest.mark.parametrize("name", ["set.jsonl", "set.json", "questions_df.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\n",
        bytes(range(256)) * 8,
        WHOLE[: len(WHOLE) // 2].encode(),
        WHOLE.encode("utf-16"),
        b'{"data": []}',
        b'{"data": {"paragraphs": 1}}',
        b"[" * 100_000,
        b"9" * 5_000,
        b'"' + b"x" * 200_000,
        b"null\n[]\n3\n",
        b"question,references\nWhat?,[]\n",
    ],
    ids=["empty", "blank", "binary", "cut", "utf-16", "no data", "odd data", "deep", "number", "long", "values", "csv"],
)
def test_a_broken_file_is_refused_in_lines_that_name_it(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    told = refuse(tmp_path / name)
    assert all(line.startswith("PATH") for line in told), told


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refuse(tmp_path / "none.jsonl") == ["cannot read 'PATH': No such file or directory"]
    assert refuse(tmp_path)[0].startswith("no question set in 'PATH'")


def test_a_set_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    found = read_question_set(write(tmp_path / "own.jsonl", {"question": "A?", "id": "a"}, "{", {"id": "b"}))
    assert found.questions == (Question("A?", "a"),)
    assert [line.removeprefix(f"{tmp_path}/").partition(": ")[0] for line in found.problems] == [
        "own.jsonl:2",
        "own.jsonl:3",
    ]


def data_sets(name: str) -> Path:
    folder = os.environ.get("FOOTNOTE_DATASETS")
    if not folder or not (Path(folder) / name).exists():
        pytest.skip(f"FOOTNOTE_DATASETS names no folder with {name}")
    return Path(folder) / name


@pytest.mark.data
def test_squad_dev_loads_with_every_span_on_an_answer() -> None:
    found = load_questions(data_sets("squad/dev-v2.0.json"))
    assert len(found.questions) == 11_873 and len(found.documents) == 1_204
    assert sum(not question.answers for question in found.questions) == 5_945
    words = quotes(found)
    assert all(piece in (question.answers or ()) for question in found.questions for piece in words[question.id])
    assert sum(map(len, words.values())) == 5_928


@pytest.mark.data
def test_chromas_questions_load_with_every_span_on_its_reference() -> None:
    folder = data_sets("chroma_chunking_eval")
    found = load_questions(folder)
    with (folder / "questions_df.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = [[reference["content"] for reference in json.loads(row["references"])] for row in rows]
    assert len(wanted) == len(found.questions) == 472 and len(found.documents) == 5
    assert list(quotes(found).values()) == wanted
