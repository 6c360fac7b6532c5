"""One document as its author wrote it, from which the fixtures are printed and against which they are read again."""

from __future__ import annotations

import re
from typing import Any

TITLE = "The tide-gauge at Fifth Harbour"
AUTHOR = "Ada Verhoeven"
DATE = "14 May 2021"
RUNNING_HEAD = "Notes from the north coast"

# (kind, text or rows). ``[^1]`` is the mark of a footnote; headings know their level.
PARTS: tuple[tuple[str, Any], ...] = (
    (
        "p",
        "Nobody in Fifth Harbour can say when the first tide-gauge was put up. The oldest entry in the harbour office is "
        "from the winter of 1871, when a clerk named Griffith Offley noted that the flood had reached the fifth step of "
        "the fish market and that the staff by the quay could not be read for foam.[^1] His handwriting is difficult, "
        "but the figures are sufficiently clear to be used, and they have been used ever since.",
    ),
    ("h1", "A staff, a float and a pencil"),
    (
        "p",
        "The first instrument was a painted staff. It was fixed to the inner wall of the basin, where the swell was "
        "smaller, and it was read four times a day by whoever had the watch. The readings were rounded to the nearest "
        "quarter of a foot, which was a well-known habit of the place and which later made the arithmetic of the "
        "engineers rather uncomfortable. A staff cannot be read at night without a lantern, and a lantern costs oil; the "
        "night readings are therefore few, and those that exist are suspiciously regular.",
    ),
    (
        "p",
        "In 1889 the harbour commissioners bought a float gauge from a maker in Flensburg. A copper float rose and fell "
        "in a stilling well, a wire ran over a pulley, and a pencil drew the height of the water on a drum of paper that "
        "turned once in twenty-four hours. The well-known weakness of such an affair is the clock. If the clock loses "
        "four minutes a day, the curve is right and the hours are wrong, and no amount of afterthought can tell the one "
        "from the other. Griffith Offley's successor, who was conscientious, set the clock by the noon gun and wrote the "
        "correction in the margin.[^2]",
    ),
    ("h2", "What the drums recorded"),
    (
        "p",
        "Eleven hundred drums survive. They were kept in the loft above the office, in flat boxes, and mice had found "
        "some of them. What the drums recorded was summed up by the commissioners in four points, which they had "
        "printed and hung on the wall for the benefit of visiting masters:",
    ),
    (
        "ul",
        (
            "The range of the spring tide is 4.2 metres, and it is greatest in the second week after the equinox.",
            "A gale from the north-west holds the ebb back for as much as fifty minutes, so that a deep vessel which has "
            "missed the flood may still be brought in afterwards.",
            "The basin silts up by 11 centimetres a year.",
            "No reading taken during a thunderstorm should be trusted.",
        ),
    ),
    (
        "p",
        "The third point was disputed at once. The dredging company, whose contract ran until 1897, claimed that it was "
        "only 6 centimetres, and the fishermen, who had to pay for the dredging, suspected that it was nothing at all. "
        "An inquiry sat for nine days. Its report is the first document in which the drums are quoted as evidence, and "
        "the first in which anybody asked how far a pencil line can be believed.",
    ),
    ("h1", "The long series"),
    (
        "p",
        "From 1889 until today there are only three gaps. The longest, from October 1943 to June 1946, is the work of a "
        "mine that drifted into the basin and lifted the stilling well off its foundation. Table 1 gives the mean level "
        "for five periods, reduced to the bench mark on the customs house.",
    ),
    (
        "table",
        (
            ("Period", "Years", "Mean level (mm)", "Source"),
            ("1889 to 1910", "21", "7012", "Float gauge"),
            ("1911 to 1942", "32", "7049", "Float gauge"),
            ("1947 to 1970", "24", "7085", "Second float gauge"),
            ("1971 to 1995", "25", "7131", "Pressure sensor"),
            ("1996 to 2020", "25", "7218", "Radar"),
        ),
    ),
    (
        "p",
        "Two things stand out. The level has risen throughout, by a little over twenty centimetres in all, and it rises "
        "faster now than it did. Whoever looks for an explanation in the instrument will find four of them, because the "
        "instrument was changed four times; whoever looks for one in the ground will find that the customs house is "
        "sinking by a third of a millimetre a year, as a levelling of 1998 showed.[^3] Neither is enough. When both are "
        "allowed for, the difference between the first period and the last is still about sixteen centimetres.",
    ),
    ("h2", "A quarrel about zero"),
    (
        "p",
        "Levels are heights above something, and for thirty years the office and the survey did not agree what that "
        "something was. The office counted from the sill of the old lock. The survey counted from the mean of the years "
        "1894 to 1912. The two differ by 7.4 centimetres, which is more than the sea had risen when the quarrel began. "
        "It was settled in 1931, not by argument but by a fire, in which the sill was lost under the rubble of the lock "
        "house and could no longer be found by anybody who wished to count from it.",
    ),
    (
        "p",
        "A visitor from Piraeus, who had been sent to study the office, left a note in the guest book, and so did three "
        "others; they are given here because the book itself is too fragile to be shown.",
    ),
    ("el", "Το λιμάνι είναι μικρό, αλλά το βιβλίο της στάθμης είναι το πιο παλιό που έχω δει. Ο γραφέας με άφησε να διαβάσω το τύμπανο."),
    ("ru", "Море здесь тихое только по утрам. Смотритель показал мне карандаш, которым записан шторм 1902 года, и попросил ничего не трогать."),
    ("zh", "港口不大，但是水位记录已经有一百多年了。管理员说，最长的一次中断是因为一枚水雷漂进了内港，把验潮井从基座上掀了起来。我抄下了他给我看的那一页。"),
    ("ar", "الميناء صغير لكن دفتر المياه قديم جدا. أراني الحارس قلم الرصاص الذي رسم عاصفة الشتاء."),
    ("h1", "Why it matters"),
    (
        "p",
        "A single gauge proves nothing about the sea. It proves something about a place, and it does so only as long as "
        "somebody writes down what was done to it. The office in Fifth Harbour has been affected by thrift, by war and "
        "by fashion, but it never stopped writing down. That is its whole secret, if it is one. The radar that has hung "
        "from the mole since 1996 measures to the millimetre, sixty times an hour, and sends its figures to three "
        "institutes; when it was struck by lightning in 2014, the gap was filled with readings from the painted staff, "
        "which the harbour-master had gone on taking, four times a day, out of habit.",
    ),
    (
        "p",
        "The staff will be repainted this summer. There was an offer to replace it with a display, which would have "
        "shown the level in figures large enough to be read from a ferry, and it was declined. A display, the "
        "harbour-master wrote, shows what it is told to show, while a staff shows the water.",
    ),
)  # fmt: skip

COLUMNS: tuple[str, ...] = next(rows[0] for kind, rows in PARTS if kind == "table")

NOTES = {
    1: "Harbour office, day book 3, entry of 9 February 1871. The staff was of fir and had been painted in feet.",
    2: "The noon gun itself was fired by a watch that was set from the church. An offset of half a minute remains.",
    3: "Levelling of the northern network, final report, second sheet.",
}

_MARK = re.compile(r"\[\^(\d+)\]")


def plain(text: str) -> str:
    """A text without the marks of its footnotes."""
    return _MARK.sub("", text)


def headings() -> list[tuple[int, str]]:
    return [(int(kind[1]), str(text)) for kind, text in PARTS if kind in ("h1", "h2")]


def paragraphs(languages: bool = True) -> list[str]:
    """Every paragraph, heading, list item and table row, in the order in which they are read; footnotes are not in it.

    A row has the names of its columns before its values.
    """
    found: list[str] = []
    for kind, content in PARTS:
        if kind == "ul":
            found += content
        elif kind == "table":
            found += [
                "; ".join(f"{name}: {value}" for name, value in zip(COLUMNS, row, strict=True)) for row in content[1:]
            ]
        elif languages or kind not in ("el", "ru", "zh", "ar"):
            found.append(plain(str(content)))
    return found
