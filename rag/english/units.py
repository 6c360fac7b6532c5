"""Units of measure: the one in which a question wants an answer, and those in which a text gives it."""

from __future__ import annotations

import re

_UNITS: dict[
    str, dict[str, tuple[str, str]]
] = {  # by what is measured: the unit, its names, and its signs behind figures
    "mass": {
        "tonnes": (r"tonnes?|metric tons?", "t"),
        "tons": (r"(?<!metric )tons?", ""),
        "kilograms": (r"kilograms?|kilogrammes?|kilos?", "kg"),
        "grams": (r"grams?|grammes?", "g"),
        "milligrams": (r"milligrams?", "mg"),
        "pounds": (r"pounds?", "lbs?"),
        "ounces": (r"ounces?", "oz"),
    },
    "length": {
        "kilometres": (r"kilomet(?:re|er)s?", "km"),
        "metres": (r"(?<!square )(?<!cubic )met(?:re|er)s?", "m"),
        "centimetres": (r"centimet(?:re|er)s?", "cm"),
        "millimetres": (r"millimet(?:re|er)s?", "mm"),
        "miles": (r"miles?", "mi"),
        "yards": (r"yards?", "yd"),
        "feet": (r"feet|foot", "ft"),
        "inches": (r"inch(?:es)?", 'in|["″]'),
    },
    "volume": {
        "litres": (r"lit(?:re|er)s?", "l"),
        "millilitres": (r"millilit(?:re|er)s?", "ml"),
        "gallons": (r"gallons?", "gal"),
        "pints": (r"pints?", ""),
        "cubic metres": (r"cubic met(?:re|er)s?", "m³|m3"),
    },
    "temperature": {
        "degrees Celsius": (r"celsius|centigrade", "° ?C"),
        "degrees Fahrenheit": (r"fahrenheit", "° ?F"),
        "kelvins": (r"kelvins?", "K"),
    },
    "time": {
        "seconds": (r"seconds?", "s"),
        "minutes": (r"minutes?", "min"),
        "hours": (r"hours?", "h"),
        "days": (r"days?", ""),
        "weeks": (r"weeks?", ""),
        "months": (r"months?", ""),
        "years": (r"years?", ""),
    },
    "money": {
        "euros": (r"euros?", "€|EUR"),
        "dollars": (r"dollars?", r"USD"),
        "francs": (r"francs?", "CHF"),
        "yen": (r"yen", "¥"),
    },
}
_ASKED = r"\b(?:in|how many|as|into) (?:{})\b(?! (?:ago|old|of age|later|before|after|with|from))"


def note_units(question: str, quote: str) -> str:
    """That a quote gives something in another unit than the question wants; empty where it does not.

    Nothing is converted: the words of the text are the answer, and how exact they are is theirs to say.
    """
    for units in _UNITS.values():
        wanted = [
            name
            for name, (words, signs) in units.items()
            if re.search(_ASKED.format(f"{words}|{signs}" if len(signs) > 1 else words), question, re.IGNORECASE)
        ]
        told = [name for name, (words, signs) in units.items() if _gives(words, signs, quote)]
        if wanted and told and not set(wanted) & set(told):
            return f"You asked in {wanted[0]}; the text says it in {' and '.join(told)}."
    return ""


def is_unit(word: str) -> bool:
    """Whether a word is a unit's name, or a sign of several letters: "litres", "min"."""
    return any(
        re.fullmatch(words, word, re.IGNORECASE)
        or (len(word) > 1 and signs and re.fullmatch(signs, word, re.IGNORECASE))
        for units in _UNITS.values()
        for words, signs in units.values()
    )


def _gives(words: str, signs: str, text: str) -> bool:
    """Whether a text has a unit: by its name, or by its sign beside a figure."""
    has_name = re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)
    return bool(has_name or (signs and re.search(rf"\d[ -]?(?:{signs})(?!\w)|(?<!\w)(?:{signs})\d", text)))
