// Words that are selected in the source: a small button puts them into the composer, and what is asked then is asked of that
// document alone, until the words are let go; another copies a link to them.

const LONGEST_PICKED = 400; // characters: more would leave no room for a question

const pick = document.createElement("div"); // what can be done with the words
pick.id = "picks";
pick.setAttribute("role", "group");
pick.setAttribute("aria-label", _("The selected words"));
pick.hidden = true;
const askPicked = makeButton(_("Ask about this"), _("Ask about the selected words"), () => takeWords());
askPicked.id = "pick";
const linkPicked = makeButton(_("Copy link"), _("Copy a link to the selected words"), () => {}); // linking.js
linkPicked.id = "pick-link";
const ofPicked = document.createElement("p"); // what became of it
pick.append(askPicked, linkPicked, ofPicked);
const sayOfPicked = (words) => (ofPicked.textContent = words);
document.getElementById("reading").append(pick);

const about = document.createElement("p"); // which document alone is asked
about.id = "about";
about.hidden = true;
document.getElementById("composer").prepend(about);

let picked = ""; // the words that are selected, while the button is there
let aboutDocument = ""; // whose words stand in the composer

function findPicked() {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const within = isPaper() ? paper : element;
  if (!within.contains(range.commonAncestorContainer)) return null;
  const words = selection.toString().replace(/\s+/g, " ").trim();
  return words ? { words, box: [...range.getClientRects()].findLast((each) => each.width > 0), within } : null;
}

function offerPicking() {
  const found = findPicked();
  picked = found?.words ?? "";
  pick.hidden = !found?.box;
  sayOfPicked("");
  placePicking(found);
}

function placePicking(found) {
  if (!found?.box) return;
  const frame = found.within.getBoundingClientRect();
  const top = Math.min(found.box.bottom + 6, frame.bottom - pick.offsetHeight - 6);
  const left = Math.min(found.box.right - pick.offsetWidth / 2, frame.right - pick.offsetWidth - 12);
  pick.style.top = `${Math.max(frame.top + 6, top)}px`;
  pick.style.left = `${Math.max(frame.left + 12, left)}px`;
}

function takeWords() {
  const field = questionField();
  if (!picked || !field) return;
  const cut = picked.length > LONGEST_PICKED ? `${picked.slice(0, LONGEST_PICKED).replace(/\s\S*$/, "")} …` : picked;
  aboutDocument = shownDocument() ?? "";
  const typed = field.value.trim();
  writeQuestion(`“${cut}” ${typed}`);
  window.getSelection().removeAllRanges();
  pick.hidden = true;
  opener = field; // the sheet of a narrow screen closes onto it
  closeSheet();
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
  showAbout();
}

function showAbout() {
  about.hidden = !aboutDocument;
  if (about.hidden) return about.replaceChildren();
  const title = chooser()?.selectedOptions[0]?.textContent ?? aboutDocument;
  const all = makeButton(_("Ask all documents"), _("Ask all documents instead"), () => {
    letGo();
    questionField()?.focus({ preventScroll: true });
  });
  all.className = "plain";
  about.replaceChildren(_("Asked of “%(title)s” alone.", { title }), " ", all);
}

function letGo() {
  aboutDocument = "";
  showAbout();
}

function askAbout(event) {
  // In place of Gradio's own way of asking; what is typed has been shown and is on its way by now (asking.js).
  const words = questionField()?.value ?? "";
  if (!aboutDocument || !words.trim() || isAsking()) return;
  event.preventDefault();
  event.stopPropagation();
  trigger("ask_about", { text: words, document: aboutDocument });
  letGo();
}

let picking = 0;
document.addEventListener("selectionchange", () => {
  cancelAnimationFrame(picking);
  picking = requestAnimationFrame(offerPicking);
});
for (const scrolling of [element, paper]) scrolling.addEventListener("scroll", () => pick.hidden || placePicking(findPicked()), { passive: true });
pick.addEventListener("pointerdown", (event) => event.preventDefault()); // else the press takes the selection away

document.addEventListener("keydown", (event) => {
  if (event.target === questionField() && !event.isComposing && event.key === "Enter" && !event.shiftKey) askAbout(event);
}, { capture: true });
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("#question .submit-button")) askAbout(event);
}, { capture: true });
document.addEventListener("input", (event) => {
  if (event.target === questionField() && event.target.value === "") letGo();
});
watch("value", () => (pick.hidden = true));
