"""What the two public calls tell, and the library that all share."""

from __future__ import annotations

import re
from typing import Any

from attacks.attack import attack
from attacks.results import Tally
from attacks.serving import SHARING, Site
from attacks.visits import Visit


@attack(15, "learn where things lie on the server: paths in /documents, /ask and /health")
def learn_paths(site: Site) -> Tally:
    server = site.running()
    asked: dict[str, list[Any]] = {
        "documents": [],
        "ask": ["What did Trump say on leaving the summit?", None, None],
        "ask nowhere": ["What?", None, ["nowhere"]],
    }
    worked = []
    places = [str(site.checkout), str(site.work), "/data/articles"]
    with Visit(server.address, site.new_client()) as visitor:
        for name, data in asked.items():
            text = visitor.call_api(name.split()[0], data).text
            if any(place in text for place in places):
                worked.append(f"{name}: {re.findall(r'[^ ]*/[^ ,]+', text)[:1]}")
        text = visitor.http.get(f"{visitor.base}/health").text + visitor.open().http.get(f"{visitor.base}/config").text
        text += visitor.call("begin").text
        if any(place in text for place in places):
            worked.append("page")
    return Tally(4, len(worked), ", ".join(worked))


@attack(14, "replace another's document in the shared library without a word")
def replace_shared(site: Site) -> Tally:
    server = site.running(SHARING)
    worked = 0
    ways = ("upload", "paste")
    for way in ways:
        name = f"minutes of {way}"
        first, second = f"The minutes say that {way} was agreed.", f"The minutes were forged by {way}."
        with Visit(server.address, site.new_client()) as ada, Visit(server.address, site.new_client()) as eve:
            for visitor, text in ((ada, first), (eve, second)):
                visitor.open()
                mine = visitor.call("begin").value("mine") or {}
                if way == "upload":
                    visitor.add(f"{name}.txt", text.encode(), mine=mine)
                else:
                    visitor.call("paste", {"title": name, "text": text}, mine=mine)
            document = name.replace(" ", "-")
            with Visit(server.address, site.new_client()) as third:
                shown = third.call("open_document", {"document": document}).text
            worked += "forged by" in shown and "was agreed" not in shown
    return Tally(len(ways), worked)
