"""What suggested questions are to be near to: the last answer, the document that is shown, and only what is asked."""

from __future__ import annotations

from rag.types import Answer, Citation, Passage, Span
from ui.web.session.suggester import find_near

SPAN = Span("mill", 4, 9)
LAST = Answer("Where?", "There. [1]", citations=(Citation(1, SPAN, "There", Passage(SPAN, "There")),))


def test_questions_are_near_to_what_was_read_and_of_documents_that_are_asked() -> None:
    assert find_near(None, "", []) == []
    assert find_near(LAST, "", []) == find_near(LAST, "mill", []) == [SPAN]
    assert find_near(LAST, "ferry", []) == [Span("ferry", 0, 1)]
    assert find_near(LAST, "ferry", ["bridge", "ferry"]) == [Span("ferry", 0, 1)]
    assert find_near(LAST, "mill", ["bridge"]) == [Span("bridge", 0, 1)], "others would not be answered now"
