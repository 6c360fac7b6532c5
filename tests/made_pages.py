"""Made pages: saved pages of six shapes whose furniture must go, and six texts that must lose nothing."""

from __future__ import annotations

ORCHARD = (
    "The orchard above the village was planted in 1911 by two brothers who had never grown an apple in their lives. They "
    "bought three hundred saplings from a nursery that was closing down, and lost a third of them in the first winter.",
    "What grew",
    "Of the forty kinds that they tried, nine were still bearing fruit half a century later. The best known is a small "
    "russet that keeps until April, and that the brothers sold by rail to hotels on the coast as soon as the line opened.",
    "Neither brother married. When the younger one died in 1958 the trees passed to a niece, who had them grubbed up on "
    "the north side, where frost lay longest, and who put in pears instead.",
    "Who picks now?",
    "Today the picking is done by volunteers on the second Sunday of October. They are paid in cider, at a rate that has "
    "not changed since the custom began, and the record for a single day stands at four tonnes.",
)
TITLE = "An orchard above the village"

FURNISHED = {
    "menu above and below": [
        "Home",
        "News",
        "Archive",
        "Log in",
        TITLE,
        "By Ada Quill",
        *ORCHARD,
        "Share",
        "Print",
        TITLE,
        "By Ada Quill",
        *ORCHARD,
        "Contact us",
        "Imprint",
    ],
    "date and name before the title": [
        "• Menu",
        "12 May 2014 | Ada Quill",
        TITLE,
        *ORCHARD,
        "",
        "Related stories",
        "12 May 2014 | Ada Quill",
        TITLE,
        *ORCHARD,
        "Follow us",
    ],
    "copies that differ in white space": [
        "Search",
        TITLE,
        "Ada Quill, May 12, 2014",
        *ORCHARD,
        TITLE.upper(),
        "Ada  Quill,  May 12, 2014",
        *(part.replace(" ", "  ") for part in ORCHARD),
        "(c) the paper",
    ],
    "a cookie notice between the copies": [
        TITLE,
        "2014-05-12 – Ada Quill",
        *ORCHARD,
        "We use cookies to make this page better for you. Accept all, or choose which ones you like.",
        "Accept",
        TITLE,
        "2014-05-12 – Ada Quill",
        *ORCHARD,
    ],
    "a caption before the first copy": [
        "A basket of russets",
        "Photo: the archive",
        TITLE,
        "By Ada Quill, 12 May 2014",
        *ORCHARD,
        TITLE,
        "By Ada Quill, 12 May 2014",
        *ORCHARD,
        "Newsletter",
        "Your address",
        "Send",
    ],
    "a print version below": [
        "Skip to the text",
        "A",
        "A+",
        TITLE,
        "by Ada Quill",
        "12th May 2014",
        *ORCHARD,
        "Print version",
        TITLE,
        "by Ada Quill",
        "12th May 2014",
        *ORCHARD,
        "Page 1 of 1",
    ],
}
"""Each holds the body twice; by name, as paragraphs."""

_REFRAIN = "Row on, row on, the tide is low,\nand home is where the herrings go"
_CLAUSE = "The tenant shall give the landlord written notice of any damage within fourteen days of noticing it."
_ANSWER = "Write to the desk by the door, and bring the receipt with you; a copy will not do."

WHOLE = {
    "a poem with a refrain": [
        "The herring fleet",
        "We left the quay at half past four\nwith nothing in the hold",
        _REFRAIN,
        "The gulls came out to ask for more,\nand all of us were cold",
        _REFRAIN,
        "Then someone sang\nand someone rang",
        _REFRAIN,
    ],
    "a contract with repeated clauses": [
        "Lease of the mill house",
        "1. Damage",
        _CLAUSE,
        "2. Rent",
        "Rent is due on the first day of the quarter, in advance.",
        "3. Garden",
        _CLAUSE,
        "4. Mill pond",
        _CLAUSE,
        "Signed",
    ],
    "questions with repeated answers": [
        "How do I return a lamp?",
        _ANSWER,
        "How do I return a chair?",
        _ANSWER,
        "What if it is broken?",
        "Then it is yours.",
        "How do I return a table?",
        _ANSWER,
        "And a bed?",
        _ANSWER,
    ],
    "a song": [
        "Verse one of it goes\nlike this and then it stops",
        "La la la, the kettle's on",
        "Verse one of it goes\nlike this and then it stops",
        "La la la, the kettle's on",
        "A bridge, a bridge",
        "La la la, the kettle's on",
    ],
    "minutes with repeated headings": [
        "Minutes of 3 March",
        "Present",
        "Hall, Day, Marlow",
        "Decisions",
        "The roof will be mended before the autumn, by the firm that mended the last one, at the price that it named then.",
        "Minutes of 7 April",
        "Present",
        "Hall, Day",
        "Decisions",
        "None.",
    ],
    "a list of short lines": ["eggs", "flour", "eggs", "a bag of the good salt", "flour", "matches", "eggs"],
}
"""Nothing of these may go; by name, as paragraphs."""


def page(paragraphs: list[str]) -> str:
    """Paragraphs as the text of a page."""
    return "\n\n".join(paragraphs) + "\n"
