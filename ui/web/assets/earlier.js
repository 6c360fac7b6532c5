// What is older than the questions that the server holds: the browser keeps it, and a button above the conversation shows it,
// some at a time, drawn by the server, which remembers nothing of it. Follows conversations.js in the same function.

const EARLIER_AT_ONCE = 20;
const EARLIER_BYTES = 4_000_000; // that a server reads at once (EARLIER_BYTES in ui/web/session/session.py)

const older = new Map(); // turns of this conversation that the server does not hold, by their ids, from the first on
const earlier = document.createElement("div"); // those that are shown; outside of what Gradio draws anew
earlier.id = "earlier";
const earlierButton = document.createElement("button");
earlierButton.type = "button";
earlierButton.addEventListener("click", () => showEarlier());
earlier.append(earlierButton);

let earlierOf = ""; // the conversation
let awaitedTurns = []; // the ids that the server was asked to draw

const drawnTurns = () => [...earlier.querySelectorAll(".earlier-turn")];
const keptOf = (link) => older.get(link.closest(".earlier-turn")?.dataset.turn) ?? null;

const turnsBefore = () => lastTurns([...older.values()], older.size, EARLIER_BYTES); // for a file of all

async function findEarlier() {
  const stored = (await readStored(current))?.turns ?? [];
  const first = stored.findIndex((turn) => held.includes(turnId(turn)));
  if (earlierOf !== current) drawnTurns().forEach((turn) => turn.remove());
  earlierOf = current;
  older.clear();
  for (const turn of stored.slice(0, Math.max(0, first))) older.set(turnId(turn), turn);
  for (const turn of drawnTurns()) if (!older.has(turn.dataset.turn)) turn.remove();
  arrangeEarlier();
  // As a new question comes, the oldest that the server has goes: those above it that are seen are not to part from it.
  const shownOnes = drawnTurns();
  const ids = [...older.keys()];
  const gap = shownOnes.length ? ids.slice(ids.indexOf(shownOnes.at(-1).dataset.turn) + 1) : [];
  if (gap.length) askForEarlier(gap.slice(-EARLIER_AT_ONCE));
}

function arrangeEarlier() {
  const scroller = findScroller();
  const left = older.size - drawnTurns().length;
  earlierButton.hidden = left <= 0;
  earlierButton.textContent = _("Show earlier questions (%(count)s)", { count: left });
  earlier.hidden = older.size === 0;
  if (scroller && earlier.parentElement !== scroller) scroller.prepend(earlier);
}

function showEarlier() {
  const ids = [...older.keys()];
  const first = drawnTurns()[0]?.dataset.turn;
  const end = first ? ids.indexOf(first) : ids.length;
  askForEarlier(ids.slice(Math.max(0, end - EARLIER_AT_ONCE), end));
}

function askForEarlier(ids) {
  awaitedTurns = ids;
  trigger("show_earlier", { turns: ids.map((id) => older.get(id)) });
}

window.addEventListener("footnote-earlier", ({ detail }) => {
  const scroller = findScroller();
  if (!scroller || !Array.isArray(detail?.turns)) return;
  const order = [...older.keys()];
  const before = scroller.scrollHeight - scroller.scrollTop;
  const wasFocused = document.activeElement === earlierButton;
  awaitedTurns.forEach((id, at) => {
    if (!older.has(id) || earlier.querySelector(`[data-turn="${id}"]`)) return;
    const turn = Object.assign(document.createElement("div"), { className: "earlier-turn" });
    turn.dataset.turn = id;
    // The server's own, as all that Gradio puts into the conversation is: what documents and people say is escaped in it.
    turn.innerHTML = detail.turns[at] || `<p class="notice">${_("A question that could not be read any more")}</p>`;
    const next = drawnTurns().find((other) => order.indexOf(other.dataset.turn) > order.indexOf(id));
    earlier.insertBefore(turn, next ?? null);
  });
  awaitedTurns = [];
  asked = findQuestions(scroller).length; // these are no new ones, to which the view would go
  arrangeEarlier();
  scroller.scrollTop = scroller.scrollHeight - before; // what was read stays where it is
  if (wasFocused && earlierButton.hidden) earlier.querySelector("a, button:not([hidden])")?.focus({ preventScroll: true });
});
