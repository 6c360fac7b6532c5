"""Made dialogues in CANARD's JSON format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOLD_BY = {
    "mill": [
        ("Who built it?", "Who built the mill?", "Ada Quill built the mill"),
        ("Was it painted?", "Was the mill painted?", "I don't know."),
        ("When did it burn?", "When did the mill burn?", "It burned in 1902."),
        ("Is it open?", "Is the mill open?", None),
    ],
    "port": [
        ("What was caught?", "What was caught at the port?", "Herring!"),
        ("By whom?", "By whom was herring caught?", "CANNOTANSWER"),
    ],
    "hill": [("Who lives there?", "Who lives on the hill?", "I don't know.")],
}


def write_dialogues(folder: Path, told_by: dict[str, Any] = TOLD_BY) -> None:
    rows = []
    for name, told in told_by.items():
        history = [name.title(), "Early years"]
        for number, (question, rewrite, answer) in enumerate(told, 1):
            row = {"QuAC_dialog_id": name, "Question_no": number, "Question": question, "Rewrite": rewrite}
            rows.append(row | {"History": list(history)})
            history += [question, answer] if answer else []
        if told[-1][2]:  # the last answer stands in the history of a turn after it, which nobody answered
            row = {"QuAC_dialog_id": name, "Question_no": len(told) + 1, "Question": "And?", "Rewrite": "And?"}
            rows.append(row | {"History": list(history)})
    path = folder / "canard" / "dev.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
