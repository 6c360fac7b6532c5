"""Words of the source are selected, as by a mouse or a finger."""

from __future__ import annotations

SELECT = """words => {
    const within = document.querySelector(document.querySelector('#paper:not([hidden])') ? '#paper' : '#source .document');
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        return true;
    }
    return false;
}"""
"""In a page: selects words in the source, as its text or its page; whether they are there."""
