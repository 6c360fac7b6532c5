"""What a writer says about where something stands, and not about the world: "According to passage 3, …", "(Passage 1)"."""

from __future__ import annotations

import re

_SAYS = (
    r"(?:states?|mentions?|says?|notes?|explains?|describes?|suggests?|indicates?|reports?|adds?|repeats?|confirms?)"
)
_FOUND = r"(?:stated|mentioned|described|noted|seen|explained|listed|outlined|shown|given|provided|found)"
_NUMBERS = r"#?\d+(?:\s*(?:,|and|&|or|to|-|–|:)\s*(?:passages?\s*)?#?\d+)*"
_REFERENCE = re.compile(
    r"[(\[]?\s*"
    rf"(?:\b(?:as\s+)?(?:according to|based (?:only |solely )?on|{_FOUND}\s+(?:in|by|on)|in|from|per)\s+)?"
    r"(?:\b(?:the|these|this|all)\s+)?"
    r"(?:\b(?:given|provided|above|following)\s+){0,2}"
    rf"\bpassages?\b(?:\s*{_NUMBERS})?\s*[)\]]?"
    rf"(?:\s+(?:also\s+|further\s+)?{_SAYS}\b(?:\s+that\b)?)?"
    r"\s*[,:]?",
    re.IGNORECASE,
)
"""Only what names passages, as the prompt does: a document may speak of documents itself."""

_LEAD = re.compile(r"\s*(?:[*•–+-]\s+|\d{1,2}[.)]\s+|(?:brief )?answer:\s*)+", re.IGNORECASE)
"""What begins an item of a list, or an answer as such."""


def strip_references(claim: str) -> str:
    """A sentence without the sign or number of its item and without what it says of passages; as it is if that is all."""
    plain = _REFERENCE.sub(" ", claim) if "assage" in claim else claim
    plain = " ".join(plain.split())
    if lead := _LEAD.match(plain):
        plain = plain[lead.end() :]
    plain = plain.strip(" ,;")
    return plain[:1].upper() + plain[1:] if len(plain.split()) > 1 else claim
