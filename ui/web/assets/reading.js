// Going through the footnotes of the answer that is shown, and the strip that tells where in the document they lie.
// Follows page.js in the same function, and uses what stands there.

const strip = document.createElement("div"); // beside the text and not in it, so that a new document leaves it there
strip.id = "strip";
strip.setAttribute("aria-hidden", "true"); // the buttons do the same, and are not hidden
element.closest("#source").append(strip);

const findPart = (id) => document.getElementById(id);
const shownCitations = () => (findAnswer(shown) ? readMarks(findAnswer(shown)).citations : []);
const findStep = (rows) =>
  wanted?.kind === "citations" ? rows.findIndex(([number]) => number === wanted.number) : -1;

function goToCitation(number) {
  const link = findAnswer(shown)?.querySelector(`a.footnote[data-citation="${number}"]`);
  following = false; // the conversation shows the footnote now, not the end of the answer
  followPlace(shown, "citations", number, link);
  if (!narrow.matches) link?.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
}

function step(by) {
  const rows = shownCitations();
  if (!rows.length) return false;
  const at = findStep(rows);
  const next = at < 0 ? Math.min(by, 0) : at + by;
  goToCitation(rows.at(next % rows.length)[0]);
  return true;
}

function showSteps() {
  const rows = shownCitations();
  const at = findStep(rows);
  const count = findPart("step-count");
  if (!count) return;
  const words = at < 0 ? ngettext("%(num)s footnote", "%(num)s footnotes", rows.length) : tellPlace(at + 1, rows.length);
  // Only what changes is written: the page watches itself for changes.
  if (count.textContent !== words) count.textContent = words;
  count.parentElement.classList.toggle("empty", !rows.length);
}

function measureDocument() {
  // In code points. Heights would not do: text that was never on screen has only a guessed one.
  const final = [...element.querySelectorAll(".document [data-start]")].at(-1);
  return final ? Number(final.dataset.start) + countPoints(final.textContent) : 0;
}

function drawStrip() {
  const here = shownDocument();
  const whole = measureDocument();
  const rows = whole ? shownCitations().filter(([, name]) => name === here) : [];
  strip.classList.toggle("empty", !rows.length);
  strip.replaceChildren(
    ...rows.map(([number, , start, end]) => {
      const tick = document.createElement("div");
      tick.className = "tick";
      tick.dataset.tick = number;
      tick.title = nameFootnote(number);
      tick.style.top = `${(100 * start) / whole}%`;
      tick.style.setProperty("--long", `${(100 * (end - start)) / whole}%`);
      return tick;
    }),
  );
}

function showFollowed() {
  // What is followed stands out in the text and on the strip for as long as it is.
  const number = wanted?.kind === "citations" && wanted.document === shownDocument() ? wanted.number : null;
  for (const mark of element.querySelectorAll("mark.followed")) mark.classList.remove("followed");
  if (number !== null) for (const mark of findMarks(wanted)) mark.classList.add("followed");
  for (const tick of strip.children) tick.classList.toggle("followed", Number(tick.dataset.tick) === number);
}

element.addEventListener("marks", () => {
  showSteps();
  drawStrip();
  showFollowed();
});

watch("value", () => {
  if (!shown) drawStrip(); // with an answer the marks are put in, which draws it
});

// ---- keys and clicks -------------------------------------------------------------------------------------------

const isTyping = (target) =>
  target instanceof Element && target.closest("input, textarea, select, [contenteditable], [role=listbox]") !== null;

const KEYS_OFF = "footnote-keys-off"; // in the browser's storage, where single keys are not to do anything
const usesKeys = () => localStorage.getItem(KEYS_OFF) === null;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (!usesKeys() || document.body.dataset.panel) return;
  const by = event.shiftKey ? 0 : { n: 1, p: -1 }[event.key.toLowerCase()];
  if (by && step(by)) event.preventDefault();
});

// Escape in the empty question leads to the newest answer's first footnote, and there back to the question.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || document.body.dataset.panel) return;
  const isAtQuestion = event.target === questionField() && event.target.value === "";
  const isAtFootnote = event.target instanceof Element && event.target.closest("#chat :is(a.footnote, a.closest)") !== null;
  const next = isAtQuestion ? answers().at(-1)?.querySelector("a.footnote, a.closest") : isAtFootnote ? questionField() : null;
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: isAtFootnote, focusVisible: true });
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-step], [data-tick]") : null;
  if (target?.dataset.step) step(Number(target.dataset.step));
  else if (target) goToCitation(Number(target.dataset.tick));
});

showSteps();
drawStrip();
