// Which conversation this tab shows, and how what happens in it comes into the browser's database and to other tabs.

const TAB = "footnote-conversation"; // in the tab's storage: the id of its conversation
const LONGEST_OPENING = 10_000; // milliseconds; then the event has failed
const FORK_FROM = 2; // turns that an edited question replaces, from which on the conversation as it was is kept, too

let current = readTab(); // the id of the conversation that this tab shows
let held = []; // the ids of the turns that the server has of it, as far as this tab knows
let owner = null; // whose conversations they are: nothing, or whoever is logged in; null: not yet known
let openedAt = -Infinity; // when the server was sent a conversation; what it could read of it has not come back yet
let isStale = false; // another tab has changed this conversation

const channel = "BroadcastChannel" in window ? new BroadcastChannel("footnote") : null;
const tellTabs = (news) => channel?.postMessage(news);

function readTab() {
  const id = sessionStorage.getItem(TAB);
  return id && /^[0-9a-f]{16}$/.test(id) ? id : null;
}

function takeUp(conversation) {
  current = conversation?.id ?? newId();
  sessionStorage.setItem(TAB, current);
  const turns = lastTurns(conversation?.turns ?? []);
  held = turns.map(turnId);
  openedAt = performance.now();
  return turns;
}

// ---- from the database to the server ---------------------------------------------------------------------------

async function recallConversation() {
  // When the page opens: the tab's own conversation, or in a new tab the one that was used last.
  const all = await listConversations();
  if (current !== null && !all.some(({ id }) => id === current)) return [];
  return takeUp(current === null ? all[0] : all.find(({ id }) => id === current));
}

// The page's first event waits for it, and may be there before this script.
window.footnoteRecall ??= (() => {
  let tell;
  const told = new Promise((done) => (tell = done));
  return { told, tell };
})();
recallConversation().then(window.footnoteRecall.tell, () => window.footnoteRecall.tell([]));

async function openConversation(id) {
  // Shows another conversation; without an id a new one. Gives the one that was shown before.
  wait("");
  await finishAsking();
  const before = current;
  const all = id ? await listConversations() : [];
  const turns = takeUp(all.find((each) => each.id === id));
  wanted = null;
  trigger("open_conversation", { turns });
  return before;
}

async function finishAsking() {
  if (!isAsking()) return;
  const isKept = new Promise((done) => window.addEventListener("footnote-kept", done, { once: true }));
  document.querySelector("#question .stop-button").click();
  await Promise.race([isKept, new Promise((done) => setTimeout(done, 4000))]);
  await keeping;
}

// ---- from the server to the database ---------------------------------------------------------------------------

let keeping = Promise.resolve(); // one after the other

window.addEventListener("footnote-kept", ({ detail }) => {
  keeping = keeping.then(() => keepConversation(detail)).catch(() => {});
});

async function keepConversation({ kept, mine }) {
  const given = readTurns(kept);
  const whose = mine?.named ? String(mine.owner) : "";
  if (whose !== owner) await pruneConversations((owner = whose));
  current ??= newId();
  sessionStorage.setItem(TAB, current);
  const ids = given.map(turnId);
  const wasOpening = performance.now() - openedAt < LONGEST_OPENING;
  if (wasOpening && ids.some((id) => !held.includes(id))) return; // late news of the conversation before
  const isSame = ids.join() === held.join();
  const before = held;
  [held, openedAt] = [ids, -Infinity];
  // Where a server could read nothing of what it was sent, what is kept stays: another one may.
  if (!isSame && !(wasOpening && !given.length)) await putTurns(given, before, wasOpening);
  await catchUp();
  await findEarlier();
}

async function putTurns(given, before, wasOpening) {
  const put = (stored, turns) =>
    turns.length ? { title: "", ...stored, owner, changed: Date.now(), turns } : null;
  let [isForked, fork] = [false, null];
  await alterConversation(current, (stored) => {
    const { turns, cut, fresh } = mergeTurns(stored?.turns ?? [], before, given, { isOpening: wasOpening });
    if (wasOpening || cut < FORK_FROM || !stored) return cut || fresh ? put(stored, turns) : stored;
    [isForked, fork] = [true, put({ title: stored.title }, turns)]; // nothing, where the new question had no answer
    return stored; // as it was
  });
  const old = current;
  if (isForked) {
    current = newId();
    sessionStorage.setItem(TAB, current);
    if (fork) await alterConversation(current, () => fork);
    offerWayBack(_("The conversation as it was is in History."), old);
  }
  tellTabs({ changed: current });
  showConversations();
}

// ---- other tabs --------------------------------------------------------------------------------------------------

async function catchUp() {
  // What another tab has changed is shown here, once nobody is in the middle of something.
  if (!isStale || isAsking() || echo.isConnected || document.querySelector("#editing .editing")) return;
  isStale = false;
  const stored = (await listConversations()).find(({ id }) => id === current);
  const ids = lastTurns(stored?.turns ?? []).map(turnId);
  if (ids.join() !== held.join()) trigger("open_conversation", { turns: takeUp(stored ?? null) });
}

channel?.addEventListener("message", ({ data }) => {
  if (data?.forgotten) window.location.reload(); // this browser has another name now
  showConversations();
  if (data?.changed !== current) return;
  isStale = true;
  keeping = keeping.then(catchUp).catch(() => {});
});

// ---- a line that goes by itself: a way back, or what is wrong ------------------------------------------------------

const SHOWN_LINE = 15_000; // milliseconds

const wayBack = document.createElement("p");
wayBack.id = "way-back";
wayBack.setAttribute("role", "status");
document.getElementById("conversation").append(wayBack);
let lineTimer = 0;

function sayAloud(words, ...buttons) {
  wayBack.replaceChildren(words, ...buttons.flatMap((button) => [" ", button]));
  clearTimeout(lineTimer);
  lineTimer = setTimeout(() => wayBack.replaceChildren(), SHOWN_LINE);
}

function offerWayBack(words, id) {
  const button = makeButton(_("Go back"), "", () => {
    wayBack.replaceChildren();
    openConversation(id);
    questionField()?.focus({ preventScroll: true });
  });
  button.className = "plain";
  sayAloud(words, button);
}

async function beginAnew() {
  const had = held.length > 0;
  const before = await openConversation(null);
  writeQuestion("");
  questionField()?.focus({ preventScroll: true });
  if (had || (await listConversations()).some(({ id }) => id === before))
    offerWayBack(_("A new conversation. The last one is in History."), before);
}
