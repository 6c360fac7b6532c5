"""One person's visit: the conversation, what they chose, and the library that they see."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from rag.chain import build_chain
from rag.errors import DocumentError
from rag.index.document_records import DocumentRecord
from rag.index.passage_index import PassageIndex
from rag.types import Document
from ui.render.language import gettext
from ui.web.library.library import Library, Reports
from ui.web.library.pending_replacements import MOST_PENDING, PendingReplacement
from ui.web.library.provenance import UNKNOWN, Adder, read_provenance
from ui.web.library.received import Progress
from ui.web.library.uploads import TURNS
from ui.web.session.conversation import Conversation
from ui.web.session.evaluation_desk import OWN
from ui.web.session.feedback import VERDICTS, Verdict, make_question
from ui.web.session.history import keep_turn, pack_turns, unpack_turns
from ui.web.session.own_machine import is_own_machine
from ui.web.session.preferences import Preferences, default_preferences, read_preferences
from ui.web.session.server_state import ServerState
from ui.web.session.suggester import find_near
from ui.web.session.turns import Turn, draw_kept, take_up, tell_turns

VISIT_BYTES, EARLIER_BYTES = 60_000, 4_000_000
"""Bytes of a visit beside its turns, most of them Gradio's; and of older turns that a browser sends at once."""


@dataclass(eq=False)
class Session(Conversation):
    """One visit. The token is its browser's, and names the library of what that browser added, unless a user is logged in.

    ``shown`` is the document that stands in the source column: its id and digest. ``edited`` is the turn whose question
    is being written anew, and ``held`` the files that would replace what somebody else added. ``is_whole`` says that
    all could be read that the browser had kept. A visit that ``is_forgotten`` is not used any more. ``is_at_machine``
    says that its last event came from the serving machine; ``client`` stands for the address that it came from.
    """

    shared: ServerState
    token: str = ""
    preferences: Preferences = field(init=False)
    turns: list[Turn] = field(default_factory=list)
    shown: tuple[str, str] | None = None
    edited: str = ""
    user: str = ""
    library: Library = field(init=False)
    held: OrderedDict[str, PendingReplacement] = field(default_factory=OrderedDict)
    is_whole: bool = True
    is_forgotten: bool = False
    is_at_machine: bool = False
    client: str = ""
    _changes: int = 0

    def __post_init__(self) -> None:
        if not self.shared.uploads.is_issued(self.token):
            self.token = self.shared.uploads.issue()
        self.preferences = default_preferences(self.shared.settings)
        self.library = self.shared.uploads.library(self.token)
        self.library.visit()

    def log_in(self, user: str) -> None:
        """From now on this is the visit of a user, whatever the browser says: theirs are the library and the ratings."""
        self.user, self.token = user, ""
        self.library = self.shared.uploads.library("", user)
        self.library.visit()

    @property
    def owner(self) -> str:
        """Names this browser, or user, where the token or name itself may not stand."""
        return self.shared.uploads.owner(self.token, self.user)

    @property
    def is_own(self) -> bool:
        """Whether this is the person at the serving machine, whose page it is alone."""
        return self.is_at_machine and is_own_machine(self.shared.settings)

    @property
    def runs_owner(self) -> str:
        """Names whose question sets and runs are meant: of this machine's person all browsers are one."""
        return OWN if self.is_own else self.owner

    def recall(self, mine: dict[str, Any], kept: Any) -> None:
        """Take up what the browser kept, as far as it can be read and is this owner's."""
        if not self.user or mine.get("owner") == self.owner:
            self.choose(mine.get("choices"))
        self.restore(kept)

    def choose(self, values: Any) -> None:
        """Take over what the person chose, as far as it fits."""
        self.preferences = read_preferences(values, self.shared.settings, self.preferences, is_own=self.is_own)
        self.narrow(self.preferences.documents)

    def mine(self) -> dict[str, Any]:
        """What the browser keeps beside the conversation, as JSON values."""
        choices, is_named = self.preferences.to_dict(), bool(self.user)
        return {"token": self.token, "owner": self.owner, "named": is_named, "choices": choices}

    # ---- memory ----

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes, rather too many than too few."""
        return VISIT_BYTES + sum(turn.weight for turn in self.turns)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being made, or the library changed."""
        return self._changes > 0 or any(not turn.done for turn in self.turns)

    def be_forgotten(self) -> None:
        """Let go of everything; what comes next makes a new visit of what the browser kept."""
        self.is_forgotten = True
        self.turns.clear()
        self.held.clear()

    # ---- asking ----

    def _keep(self, turn: Turn) -> None:
        if turn.answer is None:
            turn.kept = None
        else:
            digests = self._digests()
            how = {"everything": turn.everything, "narrowed": turn.narrowed}
            turn.kept = keep_turn(turn.asked, turn.answer, digests, self._sign, turn.id, **how)
        self.shared.memory.use(self)

    def _sign(self, text: str) -> str:
        return self.shared.uploads.sign(TURNS, f"{self.owner}\n{text}")

    def find_chain(self) -> Any:
        """The chain over what this session sees, as it chose; built anew only where either has changed."""

        def build(own: PassageIndex | None) -> Any:
            if own is None and self.preferences == default_preferences(self.shared.settings):
                return self.shared.chain
            indexes = [self.shared.index, own] if own else [self.shared.index]
            return build_chain(indexes, settings=self.preferences.apply(self.shared.settings))

        return self.library.find_chain(self.preferences, build)

    # ---- what was said ----

    def rate(self, turn_id: str, verdict: str) -> Turn | None:
        """Keep what the person says of an answer that was given here, or take it back where they said the same before.

        Raises:
            UsageError: there is no room for it.
            SourceError: it cannot be written.
        """
        turn = self.find_turn(turn_id)
        if turn is None or turn.answer is None or not turn.is_ours or verdict not in VERDICTS:
            return None
        said: Verdict | None = None if turn.verdict == verdict else verdict
        before = [earlier for earlier in takewhile(lambda each: each is not turn, self.turns) if earlier.is_ours]
        line = make_question(turn.asked, tell_turns(before), turn.answer, said) if said else None
        self.shared.feedback.keep(self.owner, turn.id, line)
        turn.verdict = said
        return turn

    def suggest(self, count: int) -> tuple[list[str], bool]:
        """Questions that the documents can answer, and that were not asked yet.

        They are near to what the last answer rests on, or about the document that is shown where that is another one. Gives
        the questions, and whether waiting will bring no others.
        """
        there = {record.id for record in self.documents()}
        asked = [name for name in self.preferences.documents if name in there]
        last = self.turns[-1].answer if self.turns else None
        near = find_near(last, self.shown[0] if self.shown else "", asked)
        return self.shared.suggester.suggest(self.indexes(), [turn.asked for turn in self.turns], near, count)

    # ---- keeping ----

    def keep(self) -> list[dict[str, Any]]:
        """The conversation as JSON values, for the browser to keep."""
        return pack_turns([turn.kept for turn in self.turns if turn.kept])

    def restore(self, values: Any) -> None:
        """Take up a conversation that the browser kept, as far as it can be read."""
        found = unpack_turns(values, self._sign, only_signed=bool(self.user))
        self.is_whole = found.is_whole
        for kept in found.turns:
            self._append(take_up(kept))
        self.refresh()
        self.shared.memory.use(self)  # it may weigh a hundred times what it did

    def refresh(self) -> None:
        """Set apart what the answers quote from documents that are gone or have changed."""
        digests = self._digests()
        for turn in self.turns:
            draw_kept(turn, digests)

    def read_earlier(self, values: Any, most: int) -> list[Turn | None]:
        """Turns that are older than what is held here, as the browser kept them; None for each that cannot be read."""
        digests, turns, room, only_signed = self._digests(), [], EARLIER_BYTES, bool(self.user)
        for value in values[:most] if isinstance(values, list) else ():
            found = unpack_turns([value], self._sign, only_signed=only_signed).turns if room > 0 else ()
            turns.append(draw_kept(take_up(found[0]), digests) if found else None)
            room -= sum(kept.size for kept in found)
        return turns

    def _digests(self) -> dict[str, str]:
        return {record.id: record.digest for record in self.documents()}

    # ---- the library ----

    def change_library(self, change: Callable[[Library], Reports | None]) -> Reports:
        """Do something to the library, and bring the answers into line with it. Raises FootnoteError as that does."""
        self._changes += 1
        try:
            reports = change(self.library) or []
        finally:
            self._changes -= 1
        for held in (each for _, each in reports if isinstance(each, PendingReplacement)):
            self.held[held.id] = held
            while len(self.held) > MOST_PENDING:
                self.held.popitem(last=False)
        self.library.visit()
        self.refresh()
        return reports

    @property
    def adder(self) -> Adder:
        """Who adds documents here."""
        return Adder(self.owner, self.user)

    def add_files(self, paths: Sequence[Path], on_progress: Progress | None = None) -> Reports:
        """Bring uploaded files into the library. They are deleted, whatever becomes of them.

        Raises:
            FootnoteError: nothing could be added.
        """
        return self.change_library(lambda library: library.add_files(paths, on_progress, self.adder))

    def add_text(self, title: str, text: str, on_progress: Progress | None = None) -> Reports:
        """Bring pasted text into the library. Raises FootnoteError where it cannot be added."""
        return self.change_library(lambda library: library.add_text(title, text, on_progress, self.adder))

    def add_page(self, address: str, on_progress: Progress | None = None) -> Reports:
        """Bring a web page into the library. Raises FootnoteError where it cannot be fetched or added."""
        return self.change_library(lambda library: library.add_page(address, on_progress, self.adder))

    def replace_document(self, held_id: str, on_progress: Progress | None = None) -> Reports:
        """Bring a file that this visit brought, and that was held, into the library in place of what is there.

        Raises:
            FootnoteError: it could not be added.
        """
        held = self.held.pop(held_id, None)
        if held is None:
            return []
        return self.change_library(lambda library: library.replace(held, on_progress, self.adder))

    def find_adder(self, document_id: str) -> str:
        """Who else added a document of a library that is everybody's, and when; empty where that was nobody else."""
        if not self.library.is_shared or document_id not in {record.id for record in self.library.documents()}:
            return ""
        by = read_provenance(self.library.folder).get(document_id)
        if by is None:
            return gettext(UNKNOWN)
        return "" if by.owner == self.owner else by.tell(self.owner)

    def documents(self) -> tuple[DocumentRecord, ...]:
        """The documents that this session can see: those that everybody sees, then what was added."""
        return (*self.shared.index.documents(), *self.library.documents())

    def document(self, document_id: str) -> Document:
        """One of them, with its text. Raises DocumentError for any other."""
        try:
            return self.library.document(document_id)
        except DocumentError:
            return self.shared.index.document(document_id)

    def indexes(self) -> list[PassageIndex]:
        """What this session sees: what everybody does, then what was added."""
        own = self.library.open_index()
        return [self.shared.index, own] if own else [self.shared.index]

    def forget_everything(self) -> None:
        """Remove the conversation, what this browser or user added and said, and what they chose.

        Raises:
            SourceError: what was said cannot be removed.
        """
        self.start_over()
        self.shared.uploads.forget(self.token, self.user)
        self.shared.feedback.forget(self.owner)
        self.shared.evaluation.forget(self.runs_owner)
        user, self.user, self.token, self.is_whole = self.user, "", "", True
        self.__post_init__()
        if user:
            self.log_in(user)
