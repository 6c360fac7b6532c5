// Runs once, when the source column stands on the page. Gradio gives it: element (the column), trigger (tells the
// server) and watch (tells when the column's document has changed). Offsets count code points; JavaScript's strings
// count UTF-16 units, so they are converted block by block.

const room = element.closest("#room");
const narrow = window.matchMedia("(max-width: 900px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

let shown = null; // the id of the answer whose marks stand in the source
let last = null; // the id of the newest answer, and its marks
let lastMarks = "";
let wanted = null; // the mark to go to as soon as its document is here
let awaited = null; // the document that was asked for
let pointed = null; // the words that a link leads to: { document, start, end }

const answers = () => [...document.querySelectorAll("#chat .answer[data-marks]")];
const findAnswer = (id) => answers().find((answer) => answer.dataset.answer === id);
const readMarks = (answer) => JSON.parse(answer.dataset.marks);
const rowsOf = (answer) => ({ ...(answer ? readMarks(answer) : {}), pointed: pointed ? [[0, pointed.document, pointed.start, pointed.end]] : [] });
const shownDocument = () => element.querySelector(".document")?.dataset.document ?? null;

// ---- marks -----------------------------------------------------------------------------------------------------

function toUnits(text, points) {
  // UTF-16 positions of ascending code-point positions.
  const units = [];
  let point = 0;
  let unit = 0;
  for (const wantedPoint of points) {
    while (point < wantedPoint && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    units.push(unit);
  }
  return units;
}

function countPoints(text) {
  let count = 0;
  for (const _letter of text) count += 1;
  return count;
}

function clearMarks() {
  for (const block of element.querySelectorAll("[data-marked]")) {
    block.textContent = block.textContent;
    delete block.dataset.marked;
  }
}

function markBlock(block, spans) {
  // Overlapping spans are cut into segments; each segment names all the spans that it belongs to.
  const text = block.textContent;
  const length = countPoints(text);
  const start = Number(block.dataset.start);
  const inside = spans
    .map((span) => ({
      ...span,
      start: Math.max(0, span.start - start),
      end: Math.min(length, span.end - start),
      endsHere: span.end - start <= length,
    }))
    .filter((span) => span.start < span.end);
  if (!inside.length) return;
  const edges = [...new Set([0, length, ...inside.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  const units = toUnits(text, edges);
  const pieces = [];
  for (let at = 0; at + 1 < edges.length; at += 1) {
    const words = text.slice(units[at], units[at + 1]);
    const over = inside.filter((span) => span.start <= edges[at] && edges[at + 1] <= span.end);
    if (!over.length) {
      pieces.push(words);
      continue;
    }
    const mark = document.createElement("mark");
    const numbers = (kind) => over.filter((span) => span.kind === kind).map((span) => span.number).join(" ");
    mark.textContent = words;
    if (shown) mark.dataset.answer = shown;
    if (numbers("citations")) mark.dataset.citation = numbers("citations");
    if (numbers("passages")) mark.dataset.passage = numbers("passages");
    if (numbers("pointed")) mark.dataset.pointed = numbers("pointed");
    if (numbers("short")) mark.classList.add("short");
    const ends = over.filter((span) => span.kind === "citations" && span.endsHere && span.end === edges[at + 1]);
    if (ends.length) mark.dataset.ends = ends.map((span) => span.number).join(" ");
    pieces.push(mark);
  }
  block.replaceChildren(...pieces);
  block.dataset.marked = "";
}

function showMarks(id) {
  putMarks(id);
  element.dispatchEvent(new Event("marks"));
}

function putMarks(id) {
  clearMarks();
  const answer = findAnswer(id);
  shown = answer ? id : null;
  const here = shownDocument();
  const spans = Object.entries(rowsOf(answer)).flatMap(([kind, rows]) =>
    // Closest passages are long; only the one that was asked for is marked.
    rows
      .filter(([number]) => kind !== "passages" || (wanted?.kind === "passages" && wanted.number === number))
      .filter(([, name]) => name === here)
      .map(([number, , start, end]) => ({ kind, number, start, end })),
  );
  if (!spans.length) return;
  const blocks = [...element.querySelectorAll("[data-start]")];
  const starts = blocks.map((block) => Number(block.dataset.start));
  blocks.forEach((block, at) => {
    const next = starts[at + 1] ?? Infinity;
    const touching = spans.filter((span) => span.start < next && starts[at] < span.end);
    if (touching.length) markBlock(block, touching);
  });
}

const attribute = { citations: "citation", passages: "passage", pointed: "pointed" };
const findMarks = ({ kind, number }) => [...element.querySelectorAll(`mark[data-${attribute[kind]}~="${number}"]`)];

let journey = 0; // ends when the person scrolls: nothing may pull the text from under their eyes
for (const event of ["wheel", "touchmove", "pointerdown", "keydown"])
  element.addEventListener(event, () => (journey += 1), { passive: true });

function scrollToMarks(marks, behavior, tries = 4) {
  const frame = element.getBoundingClientRect();
  const first = marks[0].getBoundingClientRect();
  const last = marks.at(-1).getBoundingClientRect();
  if (!marks[0].isConnected) return;
  const isSeen = first.top >= frame.top + 24 && Math.min(last.bottom, first.top + 48) <= frame.bottom - 24;
  // Text that was never on screen has only a guessed height: on arriving, what was aimed at may have moved on.
  const [own, late] = [(journey += 1), performance.now() + 3000];
  const goOn = () => own === journey && performance.now() < late && scrollToMarks(marks, "auto", tries - 1);
  if (tries && isSeen) requestAnimationFrame(() => requestAnimationFrame(goOn));
  else if (tries) element.addEventListener("scrollend", goOn, { once: true });
  const top = element.scrollTop + first.top - frame.top - Math.min(frame.height / 3, 220);
  if (!isSeen) element.scrollTo({ top, behavior });
}

function goTo(place, { flash = true } = {}) {
  const marks = findMarks(place);
  if (!marks.length) return false;
  if (isPaper()) {
    goOnPaper(place, { flash });
    return true;
  }
  scrollToMarks(marks, calm.matches ? "auto" : "smooth");
  if (!flash) return true;
  for (const mark of element.querySelectorAll("mark.flash")) mark.classList.remove("flash");
  void element.offsetWidth; // lets the same mark flash again
  for (const mark of marks) mark.classList.add("flash");
  return true;
}

function follow(link) {
  const kind = link.dataset.passage ? "passages" : "citations";
  followPlace(link.dataset.answer, kind, Number(link.dataset.citation ?? link.dataset.passage), link);
}

function followPlace(id, kind, number, link) {
  const answer = findAnswer(id);
  const row = answer && readMarks(answer)[kind].find(([name]) => name === number);
  if (!row) return;
  for (const other of document.querySelectorAll("#chat .followed")) other.classList.remove("followed");
  link?.classList.add("followed");
  pointed = null;
  wanted = { kind, number, document: row[1] };
  detour = false;
  showKept(isGone(row[1]) ? link : null);
  if (narrow.matches && room.dataset.sheet !== "open") openSheet(link ?? document.activeElement);
  else if (narrow.matches) opener = link ?? opener; // the focus stays where it is, and returns to this one
  arrive(id);
}

function arrive(id) {
  shown = id;
  if (wanted && isGone(wanted.document)) {
    showMarks(id); // there is nothing to open: what was quoted stands above what is shown
    return;
  }
  if (wanted && wanted.document !== shownDocument()) {
    awaited = wanted.document;
    trigger("open_document", { document: awaited });
    element.dispatchEvent(new Event("marks"));
    return; // the rest happens when it is here
  }
  showMarks(id);
  if (!wanted) return;
  const place = wanted;
  requestAnimationFrame(() => {
    const name = place.kind === "pointed" ? _("The words of the link") : nameFootnote(place.number);
    if (goTo(place)) announce(`${name}: ${findMarks(place).map((mark) => mark.textContent).join(" ")}`);
  });
}

function announce(words) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = words;
}

// ---- new answers and new documents -----------------------------------------------------------------------------

function noticeAnswers() {
  const newest = answers().at(-1);
  if (!newest) {
    if (shown) showMarks(null);
    last = null;
    return;
  }
  const id = newest.dataset.answer;
  if (id === last && (id !== shown || newest.dataset.marks === lastMarks)) return;
  if (id !== last) wanted = pointed = null;
  last = id;
  lastMarks = newest.dataset.marks;
  showMarks(id);
  goToFirst();
}

function goToFirst() {
  // On narrow screens the source lies out of sight, and stays where it was read last.
  const answer = narrow.matches || pointed ? null : findAnswer(shown);
  const first = answer && readMarks(answer).citations.find(([, name]) => name === shownDocument());
  if (first) goTo({ kind: "citations", number: first[0] }, { flash: false });
}

let noticing = false;
new MutationObserver(() => {
  if (noticing) return;
  noticing = true;
  requestAnimationFrame(() => {
    noticing = false;
    dropEcho();
    keepInView();
    arrangeChooser();
    noticeAnswers();
  });
}).observe(room, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ["data-marks"],
});

watch("value", () => {
  const isLate = awaited !== null && awaited === shownDocument(); // another may be wanted by now
  awaited = null;
  if (wanted && (isLate || wanted.document === shownDocument())) arrive(shown);
  else {
    element.scrollTop = 0;
    if (shown) showMarks(shown);
    goToFirst();
  }
});

// ---- events ------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const link = target?.closest("a[data-answer]");
  if (link) {
    event.preventDefault();
    follow(link);
  } else if (target?.closest("[data-close-source]")) closeSheet();
  else if (target?.closest("[data-open-source]")) openSheet(target.closest("[data-open-source]"));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeSheet()) event.preventDefault();
});

// The column scrolls, so the keyboard must be able to reach it.
element.tabIndex = 0;
element.setAttribute("role", "region");
element.setAttribute("aria-label", _("Text of the source"));
