"""The judge of support: what is proven, what is not found, what is contradicted, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.cite.claim_features import FEATURES, measure_claims
from rag.cite.judging import (
    SUPPORTED,
    Judgement,
    SupportEstimator,
    build_support_estimator,
    find_invented,
    find_unsaid,
    load_judge,
)
from rag.cite.support import CitedClaim
from rag.types import Passage, Span

PASSAGE = (
    "The mill was built in 1874 by the Harrow brothers. It burned down in March 1911. "
    "Nobody was hurt, but 1,200 sacks of flour were lost. The town did not rebuild it."
)


def evidence(claim: str, text: str = PASSAGE) -> CitedClaim:
    return CitedClaim(claim, (text,), (Passage(Span("town", 0, len(text)), text, "The town in 1950", "Old mills"),))


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("The Harrow brothers built the mill in 1874.", True),
        ("In March 1911 the mill was lost to a fire.", True),
        ("The town did not rebuild the mill.", True),
        ("According to passage 3, the mill burned down in March 1911.", True),
        ("4. Nobody was hurt when the mill burned down (passages 1 and 2).", True),
        ("The town did rebuild the mill.", False),
        ("The mill was built by the Miller sisters.", False),
        ("The mill was not built in 1874.", False),
        ("The mill was built in 1875 by the Harrow brothers.", False),
        ("The keeper is a spy.", False),
        ("", False),
    ],
)
def test_the_judge_tells_what_a_passage_supports(support: SupportEstimator, claim: str, supported: bool) -> None:
    (judged,) = support([evidence(claim)])
    assert judged.supported == supported == (judged.support >= SUPPORTED) == (judged.reason == "")


def test_claims_are_judged_together_as_each_alone(support: SupportEstimator) -> None:
    claims = [evidence("It burned down in 1911."), evidence("Nobody was hurt."), evidence("It was sold to a bank.")]
    assert support([]) == []
    alone = [support([claim])[0] for claim in claims]
    assert [each.support for each in support(claims)] == pytest.approx([each.support for each in alone], abs=0.01)
    assert [each.verdict for each in support(claims)] == [each.verdict for each in alone]


def test_few_texts_are_read_for_a_claim_and_each_once() -> None:
    texts: list[str] = []

    def read(pairs: Sequence[tuple[str, str]]) -> list[float]:
        texts.extend(text for _, text in pairs)
        return [0.5] * len(pairs)

    passages = tuple(Passage(Span("town", at, at + 6), f"Text {at}. It is so.") for at in (0, 60))
    build_support_estimator(read)([CitedClaim("It is so.", ("First.", "Second."), passages)] * 2)
    assert set(texts) >= {"Text 0. It is so.", "Text 60. It is so.", "First. Second."}
    assert len(texts) == len(set(texts)) <= 5


@pytest.mark.parametrize(
    ("claim", "invented"),
    [
        ("It was built in 1875.", ("1875",)),
        ("It was built in 1874, and 1200 sacks were lost.", ()),
        ("In 1950 it was gone.", ()),
        ("1. It was built in 1874.", ()),
        ("According to passage 7, it burned.", ()),
        ("It “burned down in March”, they say.", ()),
        ("The report says “nobody dared to come near it”.", ("“nobody dared to come near it”",)),
        ("The “old” mill burned.", ()),
        ('Of "Old Mills" it was the first.', ()),
    ],
)
def test_own_numbers_and_quotations_that_stand_nowhere_are_invented(claim: str, invented: tuple[str, ...]) -> None:
    """Whatever the model makes of them; titles and headings count as read."""
    assert find_invented(evidence(claim)) == invented
    if invented:
        (judged,) = build_support_estimator(lambda pairs: [1.0] * len(pairs))([evidence(claim)])
        assert judged.support < SUPPORTED and judged.verdict == "not found"
        assert judged.reason == f"What it cites does not have {invented[0]}."


def test_what_is_missing_is_named(support: SupportEstimator) -> None:
    (judged,) = support([evidence("The keeper of Leeds is a spy.")])
    assert (judged.verdict, judged.reason) == ("not found", "What it cites does not say: Leeds, keeper, spy.")


def test_what_says_the_opposite_in_the_same_words_is_contradicted(support: SupportEstimator) -> None:
    claims = [
        evidence("The mill was not built in 1874 by the Harrow brothers."),
        evidence("The town did rebuild it."),
    ]
    assert [judged.verdict for judged in support(claims)] == ["contradicted", "contradicted"]
    assert support(claims)[0].reason == "What it cites says otherwise."


def test_the_weights_are_those_of_the_features() -> None:
    (row,) = measure_claims([evidence("It burned down in 1911.")], lambda pairs: [0.5] * len(pairs))
    fitted = load_judge()
    assert len(row) == len(FEATURES) == len(fitted.support.weights) == len(fitted.contradiction.weights)
    assert any(fitted.support.weights) and any(fitted.contradiction.weights)
    assert row[FEATURES.index("shared")] == 1.0 and row[FEATURES.index("head")] == 0.0


CARDS = (
    "A BRK card opens every door of the works. A BRK-T card opens the gate alone. "
    "Ada Moor spoke on 3 May 2019, and her talk was printed at once. Release 4.0 came out in June."
)


@pytest.mark.parametrize(
    ("claim", "quote", "supported"),
    [
        ("Ada Moor spoke on 3 May 2019.", "Ada Moor spoke on 3 May 2019, and her talk was printed at once.", True),
        ("The talk of Ada Moor was printed.", "Ada Moor spoke on 3 May 2019, and her talk was printed at once.", True),
        ("The gate was shut on 3 May 2019.", "Ada Moor spoke on 3 May 2019, and her talk was printed at once.", False),
        ("Ada Moor inherited a boat.", "Ada Moor spoke on 3 May 2019, and her talk was printed at once.", False),
        ("A BRK card opens every door.", "A BRK card opens every door of the works.", True),
        ("A BRK-T card opens the gate.", "A BRK-T card opens the gate alone.", True),
        ("A BRK-T card opens every door of the works.", "A BRK card opens every door of the works.", False),
        ("Release 4 came out in June.", "Release 4.0 came out in June.", True),
        ("Release 4.10 came out in June.", "Release 4.0 came out in June.", False),
    ],
)
def test_names_and_numbers_alone_prove_nothing(
    support: SupportEstimator, claim: str, quote: str, supported: bool
) -> None:
    """They tell who and when, and not what; and what has another letter behind it is another thing."""
    passage = Passage(Span("works", 0, len(CARDS)), CARDS, "The works")
    (judged,) = support([CitedClaim(claim, (quote,), (passage,))])
    assert judged.supported == supported


def test_a_row_of_names_and_numbers_may_prove_what_other_words_say() -> None:
    claim, row, sentence = (
        "On 3 May 2019 Ada Moor spoke.",
        "Ada Moor; 3 May 2019; Wick",
        "Ada Moor, born on 3 May 2019.",
    )
    assert find_unsaid(CitedClaim(claim, (row,), ())) == ()
    assert find_unsaid(CitedClaim(claim, (sentence,), ())) == ("spoke",)


def test_what_says_the_same_in_other_words_is_proven_if_the_head_reads_it_so() -> None:
    quote = "Ada Moor spoke on 3 May 2019."
    passage = Passage(Span("works", 0, len(quote)), quote)
    claim = CitedClaim("On 3 May 2019 Ada Moor gave a talk.", (quote,), (passage,))

    def judge_by(read: float) -> Judgement:
        return build_support_estimator(lambda pairs: [read] * len(pairs))([claim])[0]

    sure, unsure = judge_by(0.95), judge_by(0.85)
    assert sure.supported and not unsure.supported
    assert unsure.reason == "What it cites does not say: gave, talk."
