"""The catalogues of the page: complete, fit for what they stand for, and asked for all that templates and scripts say."""

from __future__ import annotations

import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.pofile import read_po
from loose_words import find_in_script, find_in_template
from messages import SCRIPTS, STYLES, TEMPLATES, find_messages
from pseudo import CODE, disguise, speaking_pseudo

from ingest.report import SourceReport
from ui.render import language
from ui.render.language import choose_language, format_day, format_number, gettext, ngettext, use_language
from ui.render.panels import render_progress, render_report
from ui.web.page.layout import SCRIPTS as LOADED
from ui.web.page.layout import read_assets
from ui.web.page.wording import embed_json
from ui.web.security.languages import COOKIE, find_language

KEYS = {"evaluation": ["runStop", "takeRated"], "sheets": ["100px serif"]}
"""What looks like words in a script, and is none that anybody sees."""

CATALOGUES = sorted(language.FOLDER.glob("*.po"))


def forms(words: Any) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_each_message_is_translated_and_none_is_left_over(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    there = {tuple(each.id) if isinstance(each.id, list | tuple) else each.id: each for each in catalogue if each.id}
    wanted = find_messages()
    assert set(wanted) - set(there) == set(), "new: python tests/messages.py adds them, and then they need words"
    assert set(there) - set(wanted) == set(), "said nowhere any more: python tests/messages.py takes them out"
    assert [key for key, each in there.items() if not all(forms(each.string)) or each.fuzzy] == []
    assert [
        key
        for key, each in there.items()
        if isinstance(key, tuple) and len(forms(each.string)) != catalogue.num_plurals
    ] == []
    assert not catalogue.obsolete


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_values_and_tags_of_what_it_stands_for(path: Path) -> None:
    def pieces(words: str) -> Counter[str]:
        return Counter(re.findall(r"%\(\w+\)s|%(?!\()%?|</?\w+[^>]*>", words))

    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    for each in filter(lambda message: message.id, catalogue):
        english = forms(each.id)
        for form in forms(each.string):
            fits = any(pieces(form) == pieces(words) for words in english)
            # "One" may be said without its number.
            assert fits or (len(english) > 1 and pieces(form) | Counter(["%(num)s"]) == pieces(english[1])), each.id


def test_plural_forms_are_those_of_the_language(tmp_path: Path) -> None:
    with use_language("de"):
        said = [ngettext("%(num)s page", "%(num)s pages", count) for count in (0, 1, 2, 1_234)]
    assert said == ["0 Seiten", "1 Seite", "2 Seiten", "1.234 Seiten"]
    assert ngettext("%(num)s page", "%(num)s pages", 1) == "1 page"
    with speaking_pseudo(tmp_path), use_language(CODE):
        numbers = [ngettext("%(num)s page", "%(num)s pages", count)[-2] for count in (0, 1, 2, 3, 11, 100)]
        forms = language.number_forms()
    assert sorted(numbers) == list("012345"), "as Arabic has them"
    assert [forms[name] for name in ("zero", "one", "two", "few", "many", "other")] == [int(each) for each in numbers]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_numbers_of_one_category_have_one_form(path: Path) -> None:
    with use_language(path.stem):
        find_category = Locale.parse(path.stem).plural_form
        said = {(find_category(count), ngettext("%(num)s page", "%(num)s pages", count)[-3:]) for count in range(2_000)}
    assert len(said) == len({category for category, _ in said})


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_says_anything_that_is_in_no_catalogue(path: Path) -> None:
    assert set(find_in_template(path.read_text(encoding="utf-8"))) - {"answer abstained"} == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_says_anything_that_is_in_no_catalogue(path: Path) -> None:
    messages = {words for message in find_messages() for words in forms(message)}
    assert find_in_script(path.read_text(encoding="utf-8"), messages) == KEYS.get(path.stem, [])


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_no_sheet_of_style_says_anything(path: Path) -> None:
    contents = re.findall(r"(?<![-\w])content:([^;}]*)", path.read_text(encoding="utf-8"))
    said = [words for content in contents for words in re.findall(r'"([^"]*)"', content)]
    assert [words for words in said if re.search("[A-Za-z]{2}", words)] == []


def test_words_outside_of_the_catalogue_are_found() -> None:
    template = """{% macro one(x) %}<p title="Go there">{{ _("Said") }} Not said <b>{{ x }}</b>{{ "Not this" if x }}</p>
    <style>p { color: Red }</style>{% trans %}This is said{% endtrans %}<i>{{ ngettext("One", "Many %(num)s", x) }}</i>{% endmacro %}"""
    assert find_in_template(template) == ["Go there", "Not said", "Not this"]
    script = """say("Hello there"); say(_("Is said")); say(`Page ${at} is late`); find("#chat a.footnote"); // It is "So So"\nx('Ok then');"""
    assert find_in_script(script, {"Is said"}) == ["Hello there", "Page  is late", "Ok then"]


def test_what_the_scripts_say_is_what_the_page_brings() -> None:
    source = read_assets(LOADED)
    said = {message for message, files in find_messages().items() if any(name.endswith(".js") for name in files)}
    with use_language("de"):
        brought = language.pick_messages(source)
    assert {forms(message)[0] for message in said} <= set(brought)
    assert brought["Close"] == "Schließen" and brought["%(num)s question"] == ["%(num)s Frage", "%(num)s Fragen"]
    assert len(brought) < len(find_messages()) / 2, "no more than that"
    assert language.pick_messages(source) == {}, "English is in the scripts"


@pytest.mark.parametrize(
    ("chosen", "accepted", "code"),
    [
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "en-US,en;q=0.9,de;q=0.8", "en"),
        ("", "fr-FR, de;q=0.5", "de"),
        ("", "en;q=0.2,de;q=0.7", "de"),
        ("", "de;q=0", "en"),
        ("", "*", "en"),
        ("", "", "en"),
        ("en", "de", "en"),
        ("de", "en", "de"),
        ("fr", "de", "de"),
        ("../../etc/passwd", "de;q=9,\x00,de-" + "x" * 400, "en"),
        ("", "," * 100_000, "en"),
        ("", "de" * 50_000, "en"),
        ("", 'de"><script>', "en"),
    ],
)
def test_whatever_a_browser_sends_the_language_is_one_that_there_is(chosen: str, accepted: str, code: str) -> None:
    assert choose_language(chosen, accepted) == code


def test_the_choice_comes_as_a_cookie_and_may_be_anything() -> None:
    assert find_language({"cookie": f"a=b; {COOKIE}=de", "accept-language": "en"}) == "de"
    assert find_language({"cookie": f"{COOKIE}=<b>", "accept-language": "de"}) == "de"
    assert find_language({"cookie": f"{COOKIE}=de;" + "x" * 100_000}) == "en"
    assert find_language({}) == "en"


def test_numbers_and_days_are_written_as_in_the_language() -> None:
    with use_language("de"):
        assert (format_number(1_234_567), format_number(0.5, "g"), format_number(1.25, ".1f")) == (
            "1.234.567",
            "0,5",
            "1,2",
        )
        assert (format_day("2019-03-07"), format_day("2019-13-45"), format_day("")) == (
            "7. März 2019",
            "2019-13-45",
            "",
        )
    assert (format_number(1_234_567), format_day("2019-03-07")) == ("1,234,567", "7 March 2019")


def test_each_thread_speaks_its_own_language() -> None:
    said: dict[str, set[str]] = {"de": set(), "en": set()}
    begun = threading.Barrier(2)

    def speak(code: str) -> None:
        with use_language(code):
            begun.wait(10)
            for _ in range(2_000):
                said[code].add(gettext("Library"))

    threads = [threading.Thread(target=speak, args=(code,)) for code in said]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said == {"de": {"Bibliothek"}, "en": {"Library"}}
    assert gettext("Library") == "Library"


def test_a_file_with_a_sign_of_gettexts_in_its_name_is_shown_as_it_is_called() -> None:
    for code in ("en", "de"):
        with use_language(code):
            label = gettext("Reading %(name)s", name="50% %(off)s %s.md")
            assert "50% %(off)s %s.md" in render_progress(label, 1, 3)
            assert "50% %(off)s %s.md" in render_report(
                "50% %(off)s %s.md", SourceReport("x", "x", "failed", "100% bad"), None
            )
    with use_language("de"):
        assert "Bettet ein … " in render_progress("Embedding", 1_000, 3_000)
        assert "1.000 von 3.000" in render_progress("Embedding", 1_000, 3_000)


def test_json_in_the_page_ends_no_script() -> None:
    written = embed_json({"a": "</script><!-- & ' \u2028"})
    assert not set("<>&'\u2028") & set(written)


def test_the_language_of_tests_keeps_values_and_tags() -> None:
    assert disguise('<b class="x">%(name)s</b> in 100%%') == '<b class="x">%(name)s</b> ' + disguise("in") + " 100%%"
