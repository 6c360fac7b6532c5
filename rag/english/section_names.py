"""What documents call the section that a question in other words is about: "who can take part" stands under "Eligibility". Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.english.source import fold_question

_ME = r"(?:i|we|you|one|people|someone|they)"
_TO_DO = r"(?: (?:to|for) .{1,60})?"
_IT = r"(?: (?:it|this|that|them|the \w+|this \w+))?"

_NAMES: tuple[tuple[str, str], ...] = (
    (
        rf"what (?:do|does|will|would|should|must) {_ME} need{_TO_DO}|what (?:is|are|things are) (?:needed|required){_TO_DO}",
        "what you'll need|what you will need|what you need|things you'll need|things you need|you will need|requirements|"
        "prerequisites|materials|ingredients|equipment|supplies",
    ),
    (
        rf"(?:who|which people) (?:can|may|is allowed to|is able to|gets to) (?:take part|participate|apply|enter|join|compete|register){_IT}|"
        rf"(?:who is|am i|are we) eligible{_TO_DO}|can (?:i|we|anyone|everybody|everyone) (?:take part|participate|apply|enter|join)",
        "eligibility|who can apply|who can take part|who can participate|who may apply|participants",
    ),
    (
        rf"(?:who|whom) (?:do|can|should|must) {_ME} (?:call|contact|ask|write to|e-?mail|phone|turn to|talk to).{{0,60}}|"
        rf"how (?:do|can|could|should) {_ME} (?:contact|reach|get in touch with) (?:them|you|someone|somebody)|"
        r"(?:who|what) is the contact(?: person)?|where (?:do|can) (?:i|we) get (?:help|more information)",
        "contact|contact us|contacts|contact information|contact details|for further information contact|further information|"
        "for more information|more information|questions|getting help|support",
    ),
    (
        rf"what happens (?:if|when) {_ME} (?:break|violate|ignore|breach|don't follow|do not follow|don't comply with|do not comply with).{{0,60}}",
        "consequences|penalties|enforcement|violations|sanctions|non-compliance|disciplinary action",
    ),
    (
        r"how (?:is|are|was|were|will) .{1,40}? (?:be )?(?:judged|scored|evaluated|graded|assessed)",
        "judging criteria|judging|evaluation criteria|evaluation|scoring|grading|assessment|selection criteria",
    ),
    (
        rf"what are the steps{_TO_DO}|what steps (?:do|should|must) {_ME} (?:take|follow){_TO_DO}|how does (?:it|this|the process) work|what is the (?:process|procedure)",
        "steps|process|procedure|instructions|directions|how it works|method",
    ),
    (
        rf"how (?:do|can|could|should) {_ME} (?:sign up|apply|enter|register|enrol|enroll|take part|participate|join){_IT}{_TO_DO}",
        "how to apply|how to enter|how to register|how to participate|registration|application process|applying|how to join",
    ),
    (
        rf"(?:so )?how (?:do|can|should|would) {_ME} (?:make|cook|bake|prepare)(?: .{{1,40}})?|how (?:is|are) .{{1,40}} made",
        "method|instructions|directions|preparation|steps|how to make it",
    ),
    (rf"how (?:do|can|should) {_ME} install{_IT}.{{0,40}}", "installation|installing|install|how to install|setup"),
    (rf"how (?:do|can|should) {_ME} (?:get started|begin|start)", "getting started|quick start|quickstart|first steps"),
)
_ASKED = tuple((re.compile(pattern), tuple(names.split("|"))) for pattern, names in _NAMES)


@lru_cache(maxsize=64)
def find_section_names(question: str) -> tuple[str, ...]:
    """The names under which documents tell what a question asks, the likeliest first; nothing where it asks for anything else."""
    plain = re.sub(r"^(?:and|so|but|ok|please) ", "", fold_question(question))
    return next((names for pattern, names in _ASKED if pattern.fullmatch(plain)), ())
