// The source as its pages: pictures that the server draws, the words of each laid over it so that they can be selected,
// and boxes around what is quoted. Pages are asked for one at a time, those in sight first, and given up far from it.
// Follows page.js in the same function, and uses what stands there.

const VIEW = "footnote-view"; // in the browser's storage: "text" where somebody chose that
const PARTS = 10_000; // of a page's side, in which the server tells boxes (UNITS in ingest/views.py)
const MOST_DRAWN = 14; // pages whose pictures are held at once
const WIDEST = 2000; // dots, as the server draws them at most
const PATIENCE = 40_000; // milliseconds for which a page is waited for
const MOST_TRIES = 3; // of a page that fails
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 2.5, 3];

const paper = document.createElement("div"); // beside the text and not in it, so that a new document leaves it there
paper.id = "paper";
paper.tabIndex = 0;
paper.hidden = true;
paper.setAttribute("role", "region");
paper.setAttribute("aria-label", _("Pages of the source"));
element.closest("#source").append(paper);

let sheets = []; // of the document that stands there, an element a page
let papered = ""; // that document
let zoom = ZOOMS.indexOf(1);
let detour = false; // the text is shown for now, though pages were chosen
let aim = null; // the footnote to go to: { number, start, end, flash }
let asking = null; // the request that is under way: { ticket, page }
let ticket = 0;
const near = new Set(); // pages in sight, or nearly

const paperTools = () => document.querySelector(".tools.paper");
const countPages = () => Number(element.querySelector(".document")?.dataset.pages ?? 0);
const isPaper = () => countPages() > 0 && !detour && localStorage.getItem(VIEW) !== "text";
const make = (tag, kind) => Object.assign(document.createElement(tag), { className: kind });

function citedHere() {
  // What is boxed: the quotes of the answer that is shown, a passage that was gone to, and what a link leads to.
  const { citations = [], passages = [], pointed: linked } = rowsOf(findAnswer(shown));
  const gone = wanted?.kind === "passages" ? passages.filter(([number]) => number === wanted.number) : [];
  return [...linked, ...citations, ...gone].filter(([, name]) => name === shownDocument()).map(([number, , start, end]) => [number, start, end]);
}

// ---- which of both is shown --------------------------------------------------------------------------------------

function arrangePaper() {
  const tools = paperTools();
  if (!tools) return;
  const isOn = isPaper();
  tools.hidden = !countPages();
  tools.classList.toggle("on", isOn);
  for (const button of tools.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String((button.dataset.view === "pages") === isOn));
  }
  paper.hidden = !isOn;
  element.inert = isOn;
  room.dataset.view = isOn ? "pages" : "text";
  if (isOn && papered !== nameOfPaper()) layOut();
  else if (isOn) renewBoxes();
  element.dispatchEvent(new Event("paper"));
}

const nameOfPaper = () => `${shownDocument()} ${countPages()} ${element.querySelector(".document")?.dataset.digest ?? ""}`;

function layOut() {
  papered = nameOfPaper();
  near.clear();
  failures.clear();
  asking = null;
  watcher.disconnect();
  sheets = Array.from({ length: countPages() }, (_none, at) => {
    const sheet = make("section", "sheet");
    sheet.dataset.page = at + 1;
    sheet.setAttribute("aria-label", _("Page %(number)s", { number: at + 1 }));
    return sheet;
  });
  paper.replaceChildren(...sheets);
  paper.scrollTop = 0;
  document.getElementById("page-count").textContent = sheets.length.toLocaleString(LANGUAGE);
  document.getElementById("page-number").value = "1";
  sheets.forEach((sheet) => watcher.observe(sheet));
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.add(target);
      else {
        near.delete(target);
        delete target.dataset.failed; // tried again when it is come back to
      }
    }
    askNext();
  },
  { root: paper, rootMargin: "60% 0px" },
);

// ---- asking for pages --------------------------------------------------------------------------------------------

const dotsWide = () => Math.min(WIDEST, Math.max(200, Math.round((sheets[0]?.clientWidth ?? 0) * Math.min(devicePixelRatio, 2))));
const keyOfBoxes = () => JSON.stringify([shown, citedHere()]);
const lacksPicture = (sheet) => !("failed" in sheet.dataset) && dotsWide() > 1.3 * Number(sheet.dataset.dots ?? 0);
const lacksBoxes = (sheet) => !("failed" in sheet.dataset) && sheet.dataset.boxes !== keyOfBoxes();

function askNext() {
  if (asking || !isPaper() || !sheets.length) return;
  const spans = citedHere();
  if (aim) {
    // The server tells on which page the quote stands.
    const first = spans.find(([number, start]) => number === aim.number && start === aim.start) ?? [aim.number, aim.start, aim.end];
    return send(0, dotsWide(), [first, ...spans.filter((span) => span !== first)]);
  }
  const middle = paper.scrollTop + paper.clientHeight / 2;
  const distance = (sheet) => Math.abs(sheet.offsetTop + sheet.offsetHeight / 2 - middle);
  const [next] = [...near].filter((sheet) => lacksPicture(sheet) || lacksBoxes(sheet)).sort((a, b) => distance(a) - distance(b));
  if (next) return send(Number(next.dataset.page), lacksPicture(next) ? dotsWide() : 0, spans);
  const thumb = findThumbToDraw();
  if (thumb) send(Number(thumb.dataset.thumb), THUMB_WIDTH, [], { isThumb: true });
}

function send(page, width, spans, { isThumb = false } = {}) {
  ticket += 1;
  const own = ticket;
  asking = { ticket, page, boxes: keyOfBoxes(), dots: width, aim, isThumb };
  trigger("view_page", { ticket, document: shownDocument(), page, width, spans: spans.slice(0, 60) });
  setTimeout(() => asking?.ticket === own && take({ ticket: own, problem: _("this page does not come; is the server there?") }), PATIENCE);
}

window.addEventListener("footnote-page", ({ detail }) => detail && take(detail));

function take(seen) {
  if (!asking || seen.ticket !== asking.ticket) return; // of a document that is not shown any more
  const { boxes, dots, page, aim: sought, isThumb } = asking;
  asking = null;
  if (isThumb) takeThumb(page, seen);
  else if (seen.problem) {
    const sheet = sheets[(page || seen.page || 1) - 1];
    if (sheet) tryLater(sheet);
    if (sheet && !sheet.querySelector("img")) sayOnSheet(sheet, seen.problem);
    if (sought && aim === sought) {
      aim = null;
      sheet?.scrollIntoView({ block: "start" });
    }
  } else {
    seen.sizes.forEach(([width, height], at) => sheets[at]?.style.setProperty("--tall", Math.min(20, Math.max(0.05, height / width))));
    const rest = seen.sizes.at(-1);
    sheets.slice(seen.sizes.length).forEach((sheet) => sheet.style.setProperty("--tall", rest[1] / rest[0]));
    const sheet = sheets[seen.page - 1];
    if (sheet) {
      if (seen.picture) putPicture(sheet, seen, dots);
      putBoxes(sheet, seen, boxes);
      if (sought && isSame(aim, sought)) arriveOnPaper(sheet, seen); // asked for again meanwhile: it is here
    }
    giveUpFar();
  }
  askNext();
}

const failures = new Map(); // of sheets that stand there: how often they have failed

function tryLater(sheet) {
  // The server may be busy. What fails again and again is tried no more until it is come back to.
  const count = (failures.get(sheet) ?? 0) + 1;
  failures.set(sheet, count);
  sheet.dataset.failed = "";
  if (count > MOST_TRIES) return;
  setTimeout(() => {
    delete sheet.dataset.failed;
    askNext();
  }, 1500 * count);
}

// ---- going somewhere ---------------------------------------------------------------------------------------------

const isSame = (one, other) => one?.number === other.number && one.start === other.start;

function goOnPaper({ kind, number }, { flash = true } = {}) {
  // In place of going to marks in the text; what cannot be found on its page is said there.
  const row = rowsOf(findAnswer(shown))[kind]?.find(([each, name]) => each === number && name === shownDocument());
  if (!row) return;
  if (papered !== nameOfPaper()) layOut();
  aim = { number, start: row[2], end: row[3], flash };
  followBoxes();
  askNext();
}

function arriveOnPaper(sheet, seen) {
  const { number, flash } = aim;
  aim = null;
  const boxes = [...sheet.querySelectorAll(`.box[data-box="${number}"]`)];
  sheet.querySelector(".unsure")?.remove();
  if (seen.unsure.includes(number)) {
    const line = make("p", "unsure");
    line.append(`${_("Where these words stand on the page cannot be told for sure.")} `, makeButton(_("They are in the text"), _("Show the quoted words in the text"), () => takeDetour()));
    sheet.prepend(line);
  }
  const frame = paper.getBoundingClientRect();
  const target = (boxes[0] ?? sheet).getBoundingClientRect();
  const isSeen = boxes.length && target.top >= frame.top + 24 && target.bottom <= frame.bottom - 24;
  if (!isSeen) {
    const top = paper.scrollTop + target.top - frame.top - (boxes.length ? Math.min(frame.height / 3, 220) : 8);
    const left = boxes.length ? paper.scrollLeft + target.left - frame.left - 40 : 0;
    paper.scrollTo({ top, left: target.left < frame.left || target.right > frame.right ? left : paper.scrollLeft, behavior: "auto" });
  }
  if (flash && boxes.length) {
    for (const box of boxes) box.classList.remove("flash");
    void paper.offsetWidth; // lets the same box flash again
    for (const box of boxes) box.classList.add("flash");
  }
}

function takeDetour() {
  if (!isPaper()) return;
  detour = true;
  arrangePaper();
  if (wanted && wanted.document === shownDocument()) requestAnimationFrame(() => goTo(wanted));
}

function choosePaper(view) {
  detour = false;
  if (view === "text") localStorage.setItem(VIEW, "text");
  else localStorage.removeItem(VIEW);
  arrangePaper();
  const place = wanted && wanted.document === shownDocument() ? wanted : null;
  requestAnimationFrame(() => (place ? goTo(place) : goToFirst()));
}

const findPageInSight = () => {
  const middle = paper.scrollTop + paper.clientHeight / 3;
  return sheets.findLast((sheet) => sheet.offsetTop <= middle) ?? sheets[0];
};

function goToPage(number) {
  const sheet = sheets[Math.min(sheets.length, Math.max(1, number)) - 1];
  if (sheet) paper.scrollTo({ top: sheet.offsetTop - 8, behavior: "auto" });
}

function zoomTo(step) {
  const before = findPageInSight();
  const within = before ? (paper.scrollTop - before.offsetTop) / before.offsetHeight : 0;
  zoom = step === 0 ? ZOOMS.indexOf(1) : Math.min(ZOOMS.length - 1, Math.max(0, zoom + step));
  paper.style.setProperty("--zoom", ZOOMS[zoom]);
  if (before) paper.scrollTop = before.offsetTop + within * before.offsetHeight;
  askNext();
}

// ---- events ------------------------------------------------------------------------------------------------------

paper.addEventListener("scroll", () => {
  const field = document.getElementById("page-number");
  const sheet = findPageInSight();
  if (sheet && field && document.activeElement !== field) field.value = sheet.dataset.page;
}, { passive: true });

document.addEventListener("change", ({ target }) => {
  if (target.id !== "page-number") return;
  const number = Number.parseInt(target.value, 10);
  if (number) goToPage(number);
  target.value = findPageInSight()?.dataset.page ?? "";
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-view], [data-zoom]") : null;
  if (target?.matches("button[data-view]")) choosePaper(target.dataset.view);
  else if (target?.dataset.zoom) zoomTo(Number(target.dataset.zoom));
});

new ResizeObserver(() => askNext()).observe(paper);
element.addEventListener("marks", arrangePaper);
watch("value", () => {
  detour = false;
  requestAnimationFrame(arrangePaper);
});
arrangePaper();
