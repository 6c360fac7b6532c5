"""What a Markdown page's front matter tells of its subject is read as its first lines; what tells programs how to show it is not."""

from __future__ import annotations

import pytest

from ingest.formats.markdown import parse_markdown

CAMP = """---
layout: post
title: "Spring camp"
date: 2025-04-17
uuid: 84D3-C1AA
meta:
  date:
    - 2025-05-02 5:00 PM
    - 2025-05-04 10:00 AM
  location: Mill Park
  cost: 30 pounds a head. Pay the <a href="/money">treasurer</a>
  prep_time: '2 days'
  venue: https://example.org/map
more:
  title: What to pack
---

We go camping.
"""


def test_what_a_reader_of_the_page_is_shown_is_told_in_lines() -> None:
    parsed = parse_markdown(CAMP)
    assert (parsed.title, parsed.date) == ("Spring camp", "2025-04-17"), "and not the title of what is linked"
    assert [block.text for block in parsed.blocks] == [
        "Date: 2025-05-02 5:00 PM, 2025-05-04 10:00 AM",
        "Location: Mill Park",
        "Cost: 30 pounds a head. Pay the treasurer",
        "Prep time: 2 days",
        "We go camping.",
    ]


@pytest.mark.parametrize(
    "front", ["", "title: Tea", "cost:", "cost: ''", "cost: - ", "who", ": 3", "- a\n- b", "cost: <b></b>", "\t\tx:\n"]
)
def test_front_matter_that_tells_nothing_gives_no_line(front: str) -> None:
    assert [block.text for block in parse_markdown(f"---\n{front}\n---\n\nTea.").blocks] == ["Tea."]
