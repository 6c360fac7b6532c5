"""The words by which questions want things alike: what they ask for, the largest or smallest of what, and what says nothing."""

from __future__ import annotations

CONCEPTS: dict[str, tuple[str, str]] = {
    "price": (
        "price prices cost costs costing expensive cheap dear pay paid charge charged worth",
        "price cost fee amount rate charge fare tariff premium",
    ),
    "salary": ("earn earns earned earning", "salary wage pay income earnings compensation"),
    "wealth": ("", "wealth income gdp fortune salary earnings assets"),
    "date": (
        "when date day dated recent",
        "date day deadline due time start started end ended added created opened built founded born published issued updated",
    ),
    "year": ("year", "year"),
    "duration": ("", "duration length month months weeks days years hours minutes period term time"),
    "length": ("", "length distance duration days nights weeks months hours minutes"),
    "height": ("tall", "height elevation altitude"),
    "weight": ("heavy weigh weighs weight", "weight mass kg"),
    "size": ("big large", "size area population capacity"),
    "capacity": (
        "fit fits hold holds accommodate accommodates seat",
        "capacity seats places persons people guests occupancy",
    ),
    "age": ("old young age aged", "age"),
    "score": ("score scored scores scoring rating rated", "score rating points marks grade total"),
    "person": ("who", "name person people employee member owner author contact manager customer client player student"),
    "task": ("", "task role job duty position function purpose description occupation profession responsibility use"),
    "place": ("where", "location place city town country address room site region"),
}
"""What a question means by a word: the words that ask for it, and words that a field for it may be called by."""

USUAL_FIELDS = frozenset(word for _, names in CONCEPTS.values() for word in names.split()) | frozenset(
    "title status state type kind category description summary note notes comment id code number no email phone telephone "
    "department team role job position capital language colour color quantity unit task item product genre".split()
)
"""Words that fields are usually called by."""

SUPERLATIVES: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("largest", "biggest"), (1, "size")),
    **dict.fromkeys(("greatest", "highest", "maximum", "max", "most", "top"), (1, "")),
    **dict.fromkeys(("smallest",), (-1, "size")),
    **dict.fromkeys(("lowest", "least", "fewest", "minimum", "min"), (-1, "")),
    **dict.fromkeys(("latest", "newest", "most recent"), (1, "date")),
    **dict.fromkeys(("earliest",), (-1, "date")),
    **dict.fromkeys(("most expensive", "dearest", "costliest", "priciest"), (1, "price")),
    **dict.fromkeys(("cheapest", "least expensive"), (-1, "price")),
    "longest": (1, "length"),
    "shortest": (-1, "length"),
    "heaviest": (1, "weight"),
    "lightest": (-1, "weight"),
    "tallest": (1, "height"),
    **dict.fromkeys(("richest", "wealthiest"), (1, "wealth")),
    "poorest": (-1, "wealth"),
    "oldest": (1, "age"),
    "youngest": (-1, "age"),
    "best": (1, "score"),
    "worst": (-1, "score"),
}
"""Which end a superlative wants, 1 for the largest, and of what (a key of ``CONCEPTS``, "" for whatever is named beside it)."""

COMPARATIVES: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("dearer", "costlier", "more expensive"), (1, "price")),
    **dict.fromkeys(("cheaper", "less expensive"), (-1, "price")),
    **dict.fromkeys(("richer", "wealthier"), (1, "wealth")),
    "poorer": (-1, "wealth"),
    **dict.fromkeys(("larger", "bigger"), (1, "size")),
    **dict.fromkeys(("higher", "greater", "more"), (1, "")),
    **dict.fromkeys(("smaller",), (-1, "size")),
    **dict.fromkeys(("lower", "fewer", "less"), (-1, "")),
    **dict.fromkeys(("later", "newer"), (1, "date")),
    "earlier": (-1, "date"),
    "longer": (1, "length"),
    "shorter": (-1, "length"),
    "heavier": (1, "weight"),
    "lighter": (-1, "weight"),
    "taller": (1, "height"),
    "older": (1, "age"),
    "younger": (-1, "age"),
}
"""The same of comparatives."""

BLOCKING = frozenset(
    "nor neither never except excluding besides other others per difference differ differs why if should would "
    "could half percent percentage share ratio median only unless instead nobody none but whether".split()
)
"""Words by which a question wants something else than it seems to."""

GENERIC = frozenset(
    "list listed lists enumerate itemize itemise name show shown give given tell find mention mentioned display count all "
    "every each number total sum average mean compare comparison versus vs exist exists have has had having get gets "
    "contain contains include includes allow allows offer offers provide provides table tables row rows column columns entry "
    "entries record records line lines item items value values appear appears still already yet altogether combined overall together need needs needed "
    "different distinct currently now people thing things long much many belong belongs one ones amount called "
    "document documents file s t re".split()
)
"""Words that say nothing of the things that are asked about."""

OWNING = frozenset("my your his her its our their the".split())
"""What stands before "own" where nobody owns anything."""

OWN_FIELD = frozenset(("price", "salary", "height", "weight", "size", "age", "score"))
"""Concepts of which nothing is told where no field is called so: what people do not cost, no table of them says."""

STAFF = frozenset(
    "employee employees staff colleague colleagues worker workers everyone everybody person persons".split()
)
"""What people are called where a table tells of those who work somewhere, whatever it calls them."""

WORKING = frozenset("work works working worked employed".split())
"""What those people do, which says nothing more of them."""

STAFF_FIELDS = frozenset("employee staff salary wage department team job position role".split())
"""Words in the names of fields by which a table tells of people who work somewhere."""

COMMANDS = frozenset("list name show give tell find count enumerate mention display compare".split())
"""Words that begin a question and say what to do; elsewhere they may be the name of a field."""

HAPPENED = frozenset(
    "placed made added bought sold ordered started opened built born founded issued signed published created updated released "
    "installed delivered happened took began due dated registered hired joined".split()
)
"""What things did on a day: where a question names a day or a year, that says all."""
