"""What a run's page begins with, and what its figures are called there."""

from __future__ import annotations

from collections.abc import Mapping

HEADLINES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Is the answer right?",
        (
            ("good", "A person would accept it"),
            ("contains", "A gold answer stands in the answer"),
            ("key_phrases", "Of what it must say, how much it says"),
            ("f1", "Words in common with the gold answer (F1)"),
            ("crag", "Right minus wrong, from −100 to 100 (CRAG)"),
        ),
    ),
    (
        "Is it proved?",
        (
            ("quote_validity", "Quotes that are exact"),
            ("first_quote", "The first quote is evidence"),
            ("quote_precision", "Of the quotes, how many are evidence"),
            ("citation_precision", "Of what is cited, how much is evidence"),
            ("citation_recall", "Of the evidence, how much is cited"),
            ("joint_f1", "Right and proved at once (joint F1)"),
        ),
    ),
    (
        "Does it know when to stay silent?",
        (
            ("abstained_correctly", "Abstained where the documents do not say"),
            ("needless_abstention", "Abstained though the documents say"),
        ),
    ),
    (
        "Was the evidence found?",
        (
            ("hit@1", "The first passage has evidence"),
            ("hit@5", "One of the first 5 passages has evidence"),
            ("hit@8", "One of the first 8 passages has evidence"),
        ),
    ),
    (
        "Does the chat model write what is proven?",
        (
            ("written", "Its own words answer, and nothing stands in"),
            ("unproven", "Of its sentences, how many nothing proves"),
            ("tokens_read", "Tokens that it reads for a question"),
            ("tokens_written", "Tokens that it writes"),
        ),
    ),
    (
        "How long does it take?",
        (("seconds_p50", "Half of the questions within"), ("seconds_p95", "95 % of the questions within")),
    ),
)
"""The figures that the page begins with, by the question that they answer."""

TAG_LABELS: Mapping[str, str] = {
    "contains": "gold answer in the answer",
    "good": "a person would accept it",
    "hit@5": "evidence in the first 5 passages",
    "abstained_correctly": "abstained as it should",
    "needless_abstention": "abstained needlessly",
}
