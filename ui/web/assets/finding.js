// Finding words in the document that is shown. The document itself is not changed: what is found is highlighted by
// ranges, where the browser can do that, and only near what is on screen, so that a long document stays smooth.

const canHighlight = "highlights" in CSS && typeof Highlight === "function";
const MOST_LIT = 1000; // ranges on either side of the hit that is shown

let read = { root: null, blocks: [], texts: [] }; // the document's blocks, and the text of each as it is compared
let sought = { needle: "", size: 0, hits: [], at: -1, origin: 0 }; // a hit: number of the block, offset in UTF-16 units
let cameFrom = null; // where the focus returns from the field

const findField = () => document.getElementById("find");

function fold(text) {
  // Unit for unit, so that offsets stay: case, kinds of white space and of quotation marks make no difference.
  const lower = text.toLowerCase();
  const same = (letter) => letter.toLowerCase().slice(0, letter.length); // "İ" would become two
  return (lower.length === text.length ? lower : [...text].map(same).join(""))
    .replace(/\s/g, " ")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"');
}

function readDocument() {
  const root = element.querySelector(".document");
  if (read.root === root) return;
  const blocks = root ? [...root.querySelectorAll("[data-start]")] : [];
  read = { root, blocks, texts: blocks.map((block) => fold(block.textContent)) };
}

function listHits(needle) {
  const hits = [];
  read.texts.forEach((text, block) => {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) hits.push([block, at]);
  });
  return hits;
}

function findFirst(count, isPast) {
  // The first of ascending numbers for which something holds.
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const findBlockAt = (y) => findFirst(read.blocks.length, (at) => read.blocks[at].getBoundingClientRect().bottom >= y);
const findHitFrom = (block) => findFirst(sought.hits.length, (at) => sought.hits[at][0] >= block);

function makeRanges(hits) {
  // Hits of one block, in order, as ranges over its text nodes, which marks may have cut.
  const ranges = hits.map(() => document.createRange());
  const walker = document.createTreeWalker(read.blocks[hits[0][0]], NodeFilter.SHOW_TEXT);
  let passed = 0;
  let node = walker.nextNode();
  const place = (unit, put, isEnd) => {
    while (node && (isEnd ? unit > passed + node.length : unit >= passed + node.length)) {
      passed += node.length;
      node = walker.nextNode();
    }
    if (node) put(node, unit - passed);
  };
  hits.forEach(([, at], number) => {
    place(at, (...spot) => ranges[number].setStart(...spot), false);
    place(at + sought.size, (...spot) => ranges[number].setEnd(...spot), true);
  });
  return ranges;
}

function lightHits() {
  if (!canHighlight) return;
  CSS.highlights.delete("found");
  CSS.highlights.delete("found-now");
  if (sought.at < 0) return;
  const frame = element.getBoundingClientRect();
  const from = findHitFrom(findBlockAt(frame.top - frame.height));
  const to = findHitFrom(findBlockAt(frame.bottom + frame.height) + 1);
  const near = sought.hits.slice(Math.max(from, sought.at - MOST_LIT), Math.min(to, sought.at + MOST_LIT));
  const lit = new Highlight();
  for (let at = 0; at < near.length; ) {
    const next = at + findFirst(near.length - at, (more) => near[at + more][0] > near[at][0]);
    for (const range of makeRanges(near.slice(at, next))) lit.add(range);
    at = next;
  }
  const now = new Highlight(...makeRanges([sought.hits[sought.at]]));
  now.priority = 1;
  CSS.highlights.set("found", lit);
  CSS.highlights.set("found-now", now);
}

function tellFound() {
  const counter = document.getElementById("found");
  const { needle, hits, at } = sought;
  const words = hits.length ? tellPlace(at + 1, hits.length) : _("not found");
  counter.textContent = needle ? words : "";
  counter.parentElement.classList.toggle("some", hits.length > 0);
}

function showHit(at) {
  sought.at = at;
  tellFound();
  if (at >= 0) {
    const block = read.blocks[sought.hits[at][0]];
    const hit = sought.hits[at];
    const aim = {
      get isConnected() {
        return block.isConnected && sought.hits[sought.at] === hit;
      },
      getBoundingClientRect: () => makeRanges([hit])[0].getBoundingClientRect(),
    };
    scrollToMarks([aim], "auto");
  }
  lightHits();
}

function seek({ stay = false } = {}) {
  readDocument();
  const needle = fold(findField().value).replace(/ +/g, " ");
  const text = needle.trim() ? needle : "";
  if (!sought.needle) sought.origin = findBlockAt(element.getBoundingClientRect().top);
  sought = { ...sought, needle: text, size: text.length, at: -1 };
  sought.hits = text ? listHits(text) : [];
  if (!sought.hits.length) return showHit(-1);
  // From where the person was when the search began: while they type on, the text does not run away.
  const first = findHitFrom(sought.origin) % sought.hits.length;
  if (!stay) return showHit(first);
  sought.at = first;
  tellFound();
  lightHits();
}

function seekNext(by) {
  if (sought.hits.length) showHit((sought.at + by + sought.hits.length) % sought.hits.length);
}

function clearFound() {
  findField().value = "";
  seek();
}

function openFind() {
  if (!shownDocument()) return false;
  const from = document.activeElement;
  if (narrow.matches && room.dataset.sheet !== "open") openSheet(from);
  findField().focus();
  cameFrom = from;
  findField().select();
  return true;
}

document.addEventListener("focusin", (event) => {
  if (event.target !== findField()) return;
  if (!event.relatedTarget?.closest(".find")) cameFrom = event.relatedTarget;
  readDocument(); // before the first letter is typed
});

document.addEventListener("input", (event) => {
  if (event.target !== findField()) return;
  takeDetour(); // of pages only those are here that are in sight
  seek();
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-find]") : null;
  if (button) seekNext(Number(button.dataset.find));
});

document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== findField() || event.isComposing) {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!usesKeys() || document.body.dataset.panel) return;
      if (openFind()) event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      seekNext(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation(); // the sheet stays open
      clearFound();
      const canReturn = cameFrom?.isConnected && cameFrom !== document.body && !cameFrom.closest("[inert]");
      (canReturn ? cameFrom : element).focus({ preventScroll: true });
    }
  },
  { capture: true },
);

let lighting = false;
function lightSoon() {
  if (lighting || sought.at < 0) return;
  lighting = true;
  requestAnimationFrame(() => {
    lighting = false;
    lightHits();
  });
}
element.addEventListener("scroll", lightSoon, { passive: true });
element.addEventListener("marks", () => {
  if (read.root === element.querySelector(".document")) lightSoon(); // marks replace the nodes that ranges stand in
});
watch("value", () => {
  read.root = null; // Gradio puts a new document into the elements of the old one
  if (!sought.needle) return;
  sought.needle = "";
  seek({ stay: true });
});
