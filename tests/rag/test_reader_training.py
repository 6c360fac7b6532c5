"""Training the span model: what it learns from, in which order, and that a training cut off goes on where it was."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from made_dialogues import TOLD_BY, write_dialogues

from rag.encoder.tokens import build_tokenizer
from rag.errors import ModelError, QuestionSetError
from rag.index.embeddings import find_default_model
from rag.reader.span_model import SpanModel, build_batch, load_span_model
from rag.reader.training import loss
from rag.reader.training import train as training
from rag.reader.training.__main__ import main
from rag.reader.training.batches import build_host_batch
from rag.reader.training.claims import Claim, encode_claims, make_claims, read_claims, read_fever
from rag.reader.training.dialogues import encode_dialogues, read_dialogues
from rag.reader.training.examples import GROUP_CUT, ExampleBuilder
from rag.reader.training.plan import plan_steps
from rag.reader.training.squad_data import Dataset, build_dataset, hold_out, read_articles
from rag.reader.training.support_head import refit_support
from rag.reader.training.teacher import build_teacher, match_vocabularies
from rag.reader.training.validation import measure_auc, measure_claims, measure_held_out, pair_claims, predict_support

HARBOUR = (
    "The harbour was dug in 1841. Ships of Norway came for herring. A second basin was opened in 1841, after the flood."
)
MILL = (
    "The mill stands by the river. It was built by Ada Quill, who came from Leeds. It ground oats. It burned in 1902."
)


def article(title: str = "Port", *contexts: str) -> dict[str, Any]:
    texts = contexts or (HARBOUR, MILL)
    paragraphs = []
    for number, text in enumerate(texts):
        word = "1841" if "1841" in text else "Ada Quill" if "Ada Quill" in text else text.split()[0]
        starts = [at for at in range(len(text)) if text.startswith(word, at)]
        answer = {"text": word, "answer_start": starts[0]} | ({"other_starts": starts[1:]} if starts[1:] else {})
        asked = {"id": f"{title}/{number}/a", "question": "What was it?", "answers": [answer], "is_impossible": False}
        refused = {"id": f"{title}/{number}/b", "question": "Who sank it?", "answers": [], "is_impossible": True}
        paragraphs.append({"context": text, "qas": [asked, refused]})
    return {"title": title, "paragraphs": paragraphs}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer(find_default_model())


@pytest.fixture(scope="module")
def dataset(tokenizer: Any) -> Dataset:
    return build_dataset(
        [article(), article("Hills", "Sheep graze here. Nobody lives on top."), article("Sea")], tokenizer
    )


def small_model(seed: int = 0) -> SpanModel:
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(**shape, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = SpanModel(BertModel(config, add_pooling_layer=False))
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def test_every_place_of_an_answer_is_known_in_tokens(dataset: Dataset) -> None:
    asked = dataset.questions[0]
    paragraph = dataset.paragraphs[asked.paragraph]
    words = [paragraph.text[paragraph.offsets[low][0] : paragraph.offsets[high - 1][1]] for low, high in asked.places]
    assert words == ["1841", "1841"]
    assert dataset.questions[1].impossible and dataset.questions[1].places == ()
    assert [list(rows) for rows in dataset.articles] == [[0, 1], [2], [3, 4]]
    for paragraph in dataset.paragraphs:
        assert paragraph.sentences[0][0] == 0 and paragraph.sentences[-1][1] == len(paragraph.ids)
        assert all(
            left[1] == right[0] for left, right in zip(paragraph.sentences, paragraph.sentences[1:], strict=False)
        )


def test_held_out_articles_are_always_the_same_and_never_learnt_from() -> None:
    articles = [article(str(number)) for number in range(9)]
    learning, kept_out = hold_out(articles, 3)
    again, others = hold_out(articles[::-1], 3)
    assert [each["title"] for each in kept_out] == [each["title"] for each in others]
    assert len(kept_out) == 3 and len(learning) == 6 == len(again)
    assert not {each["title"] for each in learning} & {each["title"] for each in kept_out}


def test_a_plan_is_the_same_for_the_same_seed_and_asks_as_often_as_told(dataset: Dataset) -> None:
    plan = plan_steps(dataset, cut=50, whole=20, groups=7, seed=3)
    assert plan == plan_steps(dataset, cut=50, whole=20, groups=7, seed=3)
    assert plan != plan_steps(dataset, cut=50, whole=20, groups=7, seed=4)
    counts = {kind: sum(len(step.rows) for step in plan if step.kind == kind) for kind in ("cut", "whole", "group")}
    assert counts == {"cut": 50, "whole": 20, "group": 7}
    assert [step.kind for step in plan[:2]] == ["cut", "cut"], "whole passages come after cut ones"
    assert {row for step in plan for row in step.rows} == set(range(len(dataset.questions)))


def test_lessons_keep_their_answer_and_are_as_short_as_told(dataset: Dataset, tokenizer: Any) -> None:
    builder, blank = ExampleBuilder(dataset), 0
    for step in plan_steps(dataset, cut=300, whole=60, groups=30, seed=1):
        for group, row in zip(builder.examples(step), step.rows, strict=True):
            asked, example = dataset.questions[row], group[0]
            assert tuple(asked.ids)[: len(example.question)] == example.question
            assert len(example.passage) <= (GROUP_CUT if step.kind == "group" else 256)
            if asked.impossible:
                assert not example.places
            for low, high in example.places:
                assert tokenizer.decode(list(example.passage[low:high])) == asked.answers[0].lower()
            if not asked.impossible and not example.places:
                blank += 1
                assert step.kind == "cut"
                assert asked.answers[0].lower() not in tokenizer.decode(list(example.passage))
            for other in group[1:]:
                assert not other.places
                assert not any(answer.lower() in tokenizer.decode(list(other.passage)) for answer in asked.answers)
    assert 0 < blank < 100


def test_the_loss_is_what_falls_on_wrong_tokens() -> None:
    scores = torch.tensor([[1.0, 2.0, 0.5], [0.0, 3.0, -1.0]])
    right = torch.tensor([[False, True, True], [True, False, False]])
    chances = scores.softmax(-1)
    expected = [-(chances[0, 1] + chances[0, 2]).log(), -chances[1, 0].log()]
    assert loss.measure_miss(scores, right).tolist() == pytest.approx([float(each) for each in expected])


def test_a_group_shares_one_nowhere_that_of_its_least_sure_passage() -> None:
    scores = torch.tensor([[1.0, 2.0, 0.5], [0.0, 3.0, -1.0], [7.0, 8.0, 9.0]])
    slots = torch.tensor([[0, 1], [2, -1]])
    held = torch.tensor([[False, True, False], [True, False, False], [True, False, False]])
    powers = torch.tensor([0.0, 2.0, 0.5, 3.0, -1.0]).exp()

    def misses(right: torch.Tensor) -> list[float]:
        return loss.measure_miss(loss.join(scores, slots), loss.join_right(right, slots)).tolist()

    alone = torch.tensor([7.0, 8.0, 9.0]).exp()
    other = float(-(alone[0] / alone.sum()).log())
    assert misses(held) == pytest.approx([float(-(powers[1] / powers.sum()).log()), other])
    nothing = torch.tensor([[True, False, False], [True, False, False], [True, False, False]])
    assert misses(nothing) == pytest.approx([float(-(powers[0] / powers.sum()).log()), other])


def recipe(**changes: Any) -> training.Recipe:
    counts = {"cut": 256, "whole": 64, "groups": 12, "claims": 32, "batch": 32}
    return training.Recipe(**(counts | {"learning_rate": 3e-3} | changes))


def test_training_learns(dataset: Dataset, tmp_path: Path) -> None:
    model = small_model()
    training.train(model, dataset, recipe(cut=1200, whole=200, groups=0, claims=0, batch=4), tmp_path)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0] / 3
    asked, refused = dataset.questions[:2]
    passage = dataset.paragraphs[asked.paragraph].ids
    starts, _ = model(build_batch([(asked.ids, passage), (refused.ids, passage)]))
    assert int(starts[0].argmax()) - len(asked.ids) - 2 in {low for low, _ in asked.places}
    assert int(starts[1].argmax()) == 0, "an unanswerable question is not here"


def test_a_training_cut_off_ends_where_one_in_a_single_go_does(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "KEEP_EVERY", 0.0)
    whole, cut = small_model(), small_model()
    training.train(whole, dataset, recipe(), tmp_path / "whole")
    learn, calls = loss.measure_loss, iter(range(100))

    def stop_at_eight(*arguments: Any) -> Any:
        if next(calls) == 7:
            raise KeyboardInterrupt
        return learn(*arguments)

    monkeypatch.setattr(training, "measure_loss", stop_at_eight)
    with pytest.raises(KeyboardInterrupt):
        training.train(cut, dataset, recipe(), tmp_path / "cut")
    again = small_model(seed=5)  # whatever it starts from, the checkpoint says where it was
    training.train(again, dataset, recipe(), tmp_path / "cut")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    steps = [json.loads(line)["step"] for line in (tmp_path / "cut" / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)


def test_a_checkpoint_of_another_course_is_not_gone_on_with(dataset: Dataset, tmp_path: Path) -> None:
    training.train(small_model(), dataset, recipe(), tmp_path)
    fresh, other = small_model(), small_model()
    training.train(fresh, dataset, recipe(seed=2), tmp_path / "fresh")
    training.train(other, dataset, recipe(seed=2), tmp_path)
    assert torch.equal(fresh.head.weight, other.head.weight)


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"data": [{"title": "x"}]}'])
def test_a_file_that_is_no_question_set_is_one_line(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "squad" / "train-v2.0-rebuilt.json"
    path.parent.mkdir()
    if content is not None:
        path.write_text(content)
    with pytest.raises(QuestionSetError):
        read_articles(path)
    assert main(["train", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and str(path) in told[0]


def test_made_claims_differ_from_their_source_only_where_they_are_wrong() -> None:
    paragraphs = [HARBOUR, MILL, "Sheep graze here. Nobody lives on top of the hill, which is in Norway, in winter."]
    claims = make_claims(paragraphs, 400, seed=1)
    assert claims == make_claims(paragraphs, 400, seed=1) and claims != make_claims(paragraphs, 400, seed=2)
    assert 190 <= sum(claim.supported for claim in claims) <= 210

    def bare(text: str) -> set[str]:
        return {word.strip(".,").casefold() for word in text.split()}

    words = bare(" ".join(paragraphs))
    for claim in claims:
        if claim.supported:
            assert bare(claim.text) <= bare(claim.evidence)
        else:
            assert claim.text not in claim.evidence, claim
            assert all(word.isdigit() or word == "not" for word in bare(claim.text) - words), claim


def write_claims(folder: Path) -> None:
    for name, lines in {
        "hypothesis": ["It burned.", "It sank."] * 6,
        "premise": [f"The mill number {number} burned -LRB- in 1902 -RRB- ." for number in range(12)],
        "label": ["entailment", "not_entailment"] * 6,
    }.items():
        path = folder / "fever_rte" / f"dev.{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
    path = folder / "conjnli" / "adversarial_train_15k.tsv"
    path.parent.mkdir()
    path.write_text(
        "\ufeffPremise\tHypothesis\tLabel\nIt burned and fell.\tIt fell.\tentailment\nA b.\tC.\tneutral\n",
        encoding="utf-8",
    )


def test_claims_of_the_odd_half_are_not_learnt_from(tmp_path: Path) -> None:
    write_claims(tmp_path)
    even, odd = (read_fever(tmp_path, half) for half in ("even", "odd"))
    assert len(even) + len(odd) == 12 and even and odd and not set(even) & set(odd)
    assert all("(" in claim.evidence and claim.supported == (claim.text == "It burned.") for claim in even)
    claims = read_claims(tmp_path, [HARBOUR, MILL])
    assert not set(odd) & set(claims) and len(claims) == 4 * (len(even) + 2)
    (tmp_path / "conjnli" / "adversarial_train_15k.tsv").unlink()
    with pytest.raises(QuestionSetError, match="no claims at"):
        read_claims(tmp_path, [HARBOUR])


def test_claims_are_learnt(dataset: Dataset, tokenizer: Any, tmp_path: Path) -> None:
    claims = [
        Claim("The mill burned.", text, burned) for text, burned in (("It burned in 1902.", True), ("Oats.", False))
    ]
    told = replace(dataset, claims=encode_claims(claims, tokenizer))
    model = small_model()
    training.train(model, told, recipe(cut=0, whole=0, groups=0, claims=600, batch=4), tmp_path)
    assert measure_claims(model, told) == 1.0


def test_the_support_head_says_again_what_it_said_before_its_encoder_changed(tokenizer: Any) -> None:
    claims = encode_claims(make_claims([HARBOUR, MILL], 200), tokenizer)
    before = small_model()
    torch.nn.init.normal_(before.support.weight)
    model = deepcopy(before)
    with torch.no_grad():
        for weights in model.encoder.encoder.parameters():
            weights += 0.03 * torch.randn_like(weights)
    others = {name: weights.clone() for name, weights in model.named_parameters() if not name.startswith("support.")}
    pairs = pair_claims(claims)
    wanted = torch.tensor(predict_support(before, pairs))
    off = (torch.tensor(predict_support(model, pairs)) - wanted).abs().mean()
    refit_support(model, before, claims)
    assert (torch.tensor(predict_support(model, pairs)) - wanted).abs().mean() < off / 3
    assert all(torch.equal(weights, others[name]) for name, weights in model.named_parameters() if name in others)


def test_held_out_figures_are_those_counted_by_hand(dataset: Dataset, tmp_path: Path) -> None:
    model = small_model()
    training.train(model, dataset, recipe(cut=1200, whole=200, groups=0, claims=0, batch=4), tmp_path)
    figures = measure_held_out(model, dataset)
    assert figures["auc_answerable"] == 100.0 and figures["f1"] == figures["f1_even"] > 90
    assert measure_auc(torch.tensor([0.1, 0.5, 0.5, 0.9]), torch.tensor([False, False, True, True])) == 0.875


def test_an_average_is_taken_weight_by_weight() -> None:
    first, second = small_model(0).state_dict(), small_model(1).state_dict()
    mean = training.average([first, second])
    assert all(torch.allclose(mean[name], (first[name] + second[name]) / 2) for name in first)
    assert training.shorten_recipe(training.MEMBERS[0], 0.5).whole == round(training.MEMBERS[0].whole / 2)


def test_altered_questions_are_left_to_the_teacher(dataset: Dataset) -> None:
    plan = plan_steps(dataset, cut=60, whole=60, groups=8, batch=4)
    plain, altering = ExampleBuilder(dataset), ExampleBuilder(dataset, altered=1.0)
    for step in plan:
        for was, now in zip(plain.examples(step), altering.examples(step), strict=True):
            for before, after in zip(was, now, strict=True):
                assert before.certain and after.certain == (step.kind == "group")
                assert after.question and abs(len(after.question) - len(before.question)) <= 4
    assert any(len(example[0].question) < 4 for step in plan for example in altering.examples(step))


def test_a_wrong_label_of_an_altered_question_counts_for_nothing(dataset: Dataset) -> None:
    step = next(step for step in plan_steps(dataset, cut=0, whole=6, groups=0, batch=6))
    host_batch = build_host_batch(step.kind, ExampleBuilder(dataset).examples(step))
    model = small_model()
    uncertain = host_batch._replace(certain=host_batch.certain * 0)
    with torch.no_grad():
        losses = [float(loss.measure_loss(model, each.to("cpu"))) for each in (host_batch, uncertain)]
        taught = float(loss.measure_loss(model, uncertain.to("cpu"), small_model(1)))
    assert losses[0] > 0 == losses[1]
    assert taught > 0, "the teacher is still listened to"


@pytest.mark.parametrize("kind", ["whole", "groups", "claims"])
def test_a_model_becomes_like_its_teacher(dataset: Dataset, tokenizer: Any, tmp_path: Path, kind: str) -> None:
    claims = encode_claims([Claim("Oats were ground.", "The mill ground oats.", True)] * 40, tokenizer)
    dataset = replace(dataset, claims=claims)
    teacher = small_model(5)
    training.train(teacher, dataset, recipe(cut=0, whole=400, groups=0, batch=8), tmp_path / "teacher")
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    counts = {"cut": 0, "whole": 0, "groups": 0, "claims": 0, kind: 400}
    model, alone = small_model(), small_model()
    training.train(model, dataset, recipe(**counts, batch=8, altered=0.5), tmp_path / "taught", teacher)
    training.train(alone, dataset, recipe(**counts, batch=8), tmp_path / "alone")
    assert all(torch.equal(value, before[name]) for name, value in teacher.state_dict().items())
    asked = dataset.questions[0]
    batch = build_batch([(asked.ids, dataset.paragraphs[number].ids) for number in range(4)])

    def distance(other: SpanModel) -> float:
        with torch.inference_mode():
            if kind == "claims":
                return float((other.judge_claims(batch) - teacher.judge_claims(batch)).abs().mean())
            pairs = zip(other(batch), teacher(batch), strict=True)
            return float(sum(loss.measure_divergence(own, taught).mean() for own, taught in pairs))

    assert distance(teacher) == pytest.approx(0, abs=1e-5)
    assert distance(model) < distance(alone)


def test_a_teacher_says_nothing_about_talks(tokenizer: Any, tmp_path: Path) -> None:
    write_dialogues(tmp_path)
    dataset = Dataset((), (), (), (), dialogues=encode_dialogues(read_dialogues(tmp_path), tokenizer))
    step = plan_steps(dataset, cut=0, whole=0, groups=0, dialogues=4, batch=4)[0]
    host_batch = build_host_batch(step.kind, ExampleBuilder(dataset).examples(step)).to("cpu")
    model = small_model()
    with torch.no_grad():
        alone, taught = (float(loss.measure_loss(model, host_batch, teacher)) for teacher in (None, small_model(1)))
    assert alone == taught > 0


def test_a_teacher_reads_the_same_word_pieces_under_its_own_ids(tokenizer: Any) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece

    ours = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    spelled = {"[PAD]": "<pad>", "[UNK]": "<unk>", "[CLS]": "<s>", "[SEP]": "</s>"}
    theirs = ["<mask>", *(spelled.get(piece, piece) for piece in reversed(ours))]
    other = Tokenizer(WordPiece({piece: number for number, piece in enumerate(theirs)}, unk_token="<unk>"))
    ids = match_vocabularies(tokenizer, other).tolist()
    assert [theirs[number] for number in ids] == [spelled.get(piece, piece) for piece in ours]
    with pytest.raises(ModelError, match="lacks"):
        match_vocabularies(tokenizer, Tokenizer(WordPiece({"<unk>": 0}, unk_token="<unk>")))


def test_a_teacher_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="no encoder in"):
        build_teacher(str(tmp_path / "nowhere"), find_default_model())
    assert main(["train", "--data", str(tmp_path), "--teacher", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_trains_averages_and_writes_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_claims(tmp_path)
    write_dialogues(tmp_path, {f"dialogue {number}": TOLD_BY["mill"] for number in range(4)})
    squad = tmp_path / "squad" / "train-v2.0-rebuilt.json"
    squad.parent.mkdir()
    squad.write_text(json.dumps({"data": [article(str(number)) for number in range(42)]}))
    tiny = [replace(each, cut=8, whole=8, groups=2, claims=4) for each in training.MEMBERS]
    monkeypatch.setattr(training, "MEMBERS", tiny)
    monkeypatch.setattr(training, "WITH_TEACHER", [replace(tiny[0], seed=11, altered=0.25)])
    monkeypatch.setattr(training, "TEACHER", replace(tiny[0], seed=0))
    monkeypatch.setattr(training, "WITH_DIALOGUES", [replace(tiny[0], seed=31, dialogues=4)])
    out = tmp_path / "out"
    options = ["--members", "2", "--checkpoints", str(tmp_path / "kept"), "--out", str(out)]
    assert main(["train", "--data", str(tmp_path), "--teacher", find_default_model(), *options]) == 0
    card = json.loads((out / "span_model.json").read_text())
    assert [recipe["seed"] for recipe in card["average_of"]] == [1, 2]
    assert card["teacher"]["seed"] == 0 and [each["seed"] for each in card["then_taught_and_averaged"]] == [11]
    assert card["held_out"] == json.loads(capsys.readouterr().out)
    assert [each["seed"] for each in card["then_talked_and_averaged"]] == [31]
    model = load_span_model(find_default_model(), out / "span_model.safetensors", out / "span_model.json")
    assert not model.training

    more = ["--start", str(out), "--checkpoints", str(tmp_path / "other"), "--out", str(tmp_path / "more")]
    assert main(["train", "--data", str(tmp_path), *more]) == 0
    told = capsys.readouterr().err
    assert "talked 1 of 1" in told and "recipe" not in told and "taught" not in told, "only the last recipes"
    again = json.loads((tmp_path / "more" / "span_model.json").read_text())
    assert set(again) == set(card) and again["average_of"] == card["average_of"] and again["sha256"] != card["sha256"]
