// The conversations that this browser keeps, in its database: no server has them. Several tabs write to it, so a change
// is one transaction: what stands there is read, altered and written, and no other tab comes in between. What is read may
// be anything, and is taken only as far as it has the right form; the server looks at each turn again.

const DATABASE = "footnote";
const STORE = "conversations";
const MOST_CONVERSATIONS = 200; // the ones that were used longest ago go
const MOST_KEPT_TURNS = 300; // of one conversation
const LONGEST_TITLE = 120; // characters
const SHOWN_TURNS = 30; // as many as a server takes up (MOST_TURNS in ui/web/session/history.py) ...
const SHOWN_BYTES = 1_000_000; // ... and bytes of them (MOST_BYTES)

const turnId = ({ turn }) => /^\{"turn":"([0-9a-f]{12})"/.exec(turn)?.[1] ?? "";
const isTurn = (value) => typeof value?.turn === "string" && typeof value.signature === "string" && turnId(value) !== "";
const newId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function readAsked({ turn }) {
  // The question of a turn, without reading the whole of it.
  const found = /"asked":("(?:[^"\\]|\\.)*")/.exec(turn.slice(0, 20_000));
  try {
    return found ? JSON.parse(found[1]) : "";
  } catch {
    return "";
  }
}

// Of their own: what Gradio hands out are no plain objects.
const readTurns = (values) =>
  (Array.isArray(values) ? values : []).filter(isTurn).map(({ turn, signature }) => ({ turn, signature }));

function readConversation(value) {
  if (typeof value?.id !== "string" || !/^[0-9a-f]{16}$/.test(value.id)) return null;
  const turns = readTurns(value.turns);
  const { id } = value;
  const title = typeof value.title === "string" ? value.title.slice(0, LONGEST_TITLE) : "";
  const owner = typeof value.owner === "string" ? value.owner : "";
  const changed = Number.isFinite(value.changed) ? value.changed : 0;
  return turns.length ? { id, title, owner, changed, turns } : null;
}

let database = null; // a promise of it; of null where the browser has none to give
function openDatabase() {
  database ??= new Promise((done) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onerror = () => done(null);
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        done(request.result);
      };
    } catch {
      done(null);
    }
  });
  return database;
}

async function inStore(work) {
  // Does something with the store in one transaction; gives what it told, or nothing where that cannot be done.
  const opened = await openDatabase();
  if (!opened) return undefined;
  return new Promise((done) => {
    let told;
    try {
      const transaction = opened.transaction(STORE, "readwrite");
      transaction.oncomplete = () => done(told);
      transaction.onabort = transaction.onerror = () => done(undefined);
      work(transaction.objectStore(STORE), (value) => (told = value));
    } catch {
      done(undefined); // it was closed
    }
  });
}

const newestFirst = (one, other) => other.changed - one.changed;

async function listConversations() {
  const told = await inStore((store, tell) => {
    const request = store.getAll();
    request.onsuccess = () => tell(request.result);
  });
  return (told ?? []).map(readConversation).filter(Boolean).sort(newestFirst);
}

async function readStored(id) {
  const told = await inStore((store, tell) => {
    const request = store.get(id);
    request.onsuccess = () => tell(request.result);
  });
  return readConversation(told);
}

function alterConversation(id, alter) {
  // What alter makes of the conversation (null: there is none) takes its place; null removes it.
  return inStore((store, tell) => {
    const request = store.get(id);
    request.onsuccess = () => {
      const next = alter(readConversation(request.result));
      if (next) store.put({ ...next, id, turns: next.turns.slice(-MOST_KEPT_TURNS) });
      else store.delete(id);
      tell(next);
    };
  });
}

async function pruneConversations(owner) {
  // Browsers may be shared: what somebody else left is removed, and of too many the oldest.
  const all = await listConversations();
  const going = all.filter((each, at) => at >= MOST_CONVERSATIONS || each.owner !== owner);
  if (going.length) await inStore((store) => going.forEach(({ id }) => store.delete(id)));
}

const forgetConversations = () => inStore((store) => store.clear());

function mergeTurns(stored, held, given, { isOpening = false } = {}) {
  // Into what is stored, perhaps by other tabs too, goes what has changed in this one since it held what it held. A
  // person takes away turns at the end only; those missing at the beginning were too many for a server, and stay.
  const now = new Set(given.map(turnId));
  const until = isOpening ? -1 : held.findLastIndex((id) => now.has(id));
  const cut = new Set(held.slice(until + 1).filter((id) => !now.has(id)));
  const kept = stored.filter((turn) => !cut.has(turnId(turn)));
  const known = new Set(kept.map(turnId));
  const fresh = given.filter((turn) => !held.includes(turnId(turn)) && !known.has(turnId(turn)));
  return { turns: [...kept, ...fresh], cut: cut.size, fresh: fresh.length };
}

function lastTurns(turns, most = SHOWN_TURNS, bytes = SHOWN_BYTES) {
  // As many of the last turns as a server takes up.
  const measure = new TextEncoder();
  const last = [];
  let room = bytes;
  for (const turn of turns.slice(-most || turns.length).reverse()) {
    room -= measure.encode(turn.turn).length;
    if (room < 0) break;
    last.unshift(turn);
  }
  return last;
}
