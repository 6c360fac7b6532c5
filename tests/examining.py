"""axe-core's look at a page in a real browser."""

from __future__ import annotations

from typing import Any

from visiting import Visitor

GRADIOS: dict[str, tuple[str, ...]] = {}
"""What comes from Gradio's own markup and cannot be mended by theme or script: the rule, and the selectors."""


def examine(visitor: Visitor) -> list[str]:
    """The serious and critical findings, a line each, but for those that are Gradio's own."""
    from axe_playwright_python.sync_playwright import Axe

    found: dict[str, Any] = Axe().run(visitor.page).response
    assert len(found["passes"]) > 10, "it did look at the page"
    return [
        f"{finding['impact']} {finding['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
        if not any(str(node["target"][0]).startswith(own) for own in GRADIOS.get(finding["id"], ()))
    ]
