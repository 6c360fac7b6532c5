// A small window beside a footnote, on hover and on keyboard focus: the words it stands for, where they stand, and how
// close the sentence is to them. Beside the mark of an unproven sentence: why. Data becomes text and never HTML.

const NEAR = 8; // pixels between the window, what it belongs to, and the edge of the screen
const STATUSES = {
  verbatim: _("verbatim"),
  close: _("close, though not word for word"), // "close" alone reads like a button
  unverified: _("not found word for word"),
};
const SUBJECTS = "#chat a.footnote, #chat .unproven";

const preview = document.createElement("div");
preview.id = "preview";
const told = document.createElement("div"); // what describes the footnote; the buttons below it do not
told.id = "preview-words";
told.setAttribute("role", "tooltip");
preview.hidden = true;
// Outside the room, which watches itself for new answers.
(element.closest(".gradio-container") ?? document.body).append(preview);

const rowOfFootnote = (of) => {
  const answer = findAnswer(of.dataset.answer);
  return answer && readMarks(answer).citations.find(([number]) => number === Number(of.dataset.citation));
};

const COPIED = { text: _("Text"), markdown: "Markdown", bibtex: "BibTeX", apa: "APA" };

function addCopying(of, into) {
  // The quote with its source; the server knows who wrote it, and when.
  const line = document.createElement("p");
  line.className = "copying";
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", _("Copy the quote with its source as"));
  line.append(`${_("Copy as")} `);
  for (const [form, name] of Object.entries(COPIED)) {
    const copying = { turn: of.dataset.answer, number: Number(of.dataset.citation), form, kept: keptOf(of) };
    line.append(makeButton(name, _("Copy the quote with its source as %(form)s", { form: name }), () => trigger("cite", copying)));
  }
  const row = rowOfFootnote(of);
  if (row && !isGone(row[1])) {
    const [, name, start, end] = row;
    line.append(makeButton(_("Link"), _("Copy a link to these words"), () => copyLink({ document: name, start, end })));
  }
  into.append(line);
}

window.addEventListener("footnote-cited", async ({ detail }) => {
  const text = detail?.link ? `${location.origin}${location.pathname}#${detail.link}` : detail?.text;
  const copied = text ? await copyText(text) : false;
  const said = text ? (copied ? _("Copied") : _("The browser did not let the page copy")) : detail?.problem ?? _("The quote is here no longer");
  sayNearby(said);
  sayOfPicked(said);
  if (copied) for (const line of document.querySelectorAll(".copying")) line.firstChild.textContent = `${_("Copied. Again as")} `;
});

let subject = null; // what the window belongs to
let previewTimer = 0;

function addLine(kind, text, into = told) {
  if (!text) return;
  const line = document.createElement("p");
  line.className = kind;
  line.dir = "auto";
  line.textContent = text;
  into.append(line);
}

function addFootnote(of, words, into) {
  const status = Object.keys(STATUSES).find((name) => of.classList.contains(name)) ?? "verbatim";
  addLine("quote", `“${of.dataset.quote}”`, words);
  addLine("place", of.dataset.place, words);
  addLine(`kind ${status}`, STATUSES[status], words);
  addCopying(of, into);
}

function showPreview(of) {
  clearTimeout(previewTimer);
  if (subject === of) return;
  hidePreview();
  subject = of;
  told.replaceChildren();
  preview.replaceChildren(told);
  if (of.matches(".unproven")) addLine("reason", of.dataset.reason);
  else addFootnote(of, told, preview);
  of.setAttribute("aria-describedby", told.id);
  preview.hidden = false;
  placePreview();
}

function hidePreview() {
  clearTimeout(previewTimer);
  subject?.removeAttribute("aria-describedby");
  subject = null;
  preview.hidden = true;
}

function placePreview() {
  if (!subject) return;
  const box = subject.getClientRects()[0];
  const frame = subject.closest(".panel-wrap")?.getBoundingClientRect();
  const isOut = !box || (frame && (box.bottom < frame.top || box.top > frame.bottom));
  if (!subject.isConnected || isOut) {
    hidePreview();
    return;
  }
  // Below where it fits, since above is the sentence that one holds the quote against; else where there is more room.
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  preview.style.maxHeight = "";
  const above = box.top - 2 * NEAR;
  const below = height - box.bottom - 2 * NEAR;
  const isAbove = preview.offsetHeight > below && above > below;
  preview.style.maxHeight = `${isAbove ? above : below}px`;
  const top = isAbove ? box.top - NEAR - preview.offsetHeight : box.bottom + NEAR;
  const left = box.left + box.width / 2 - preview.offsetWidth / 2;
  preview.style.top = `${top}px`;
  preview.style.left = `${Math.max(NEAR, Math.min(left, width - preview.offsetWidth - NEAR))}px`;
}

const findSubject = (target) => (target instanceof Element ? target.closest(SUBJECTS) : null);

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return; // a tap follows the footnote
  const over = findSubject(event.target);
  if (over === subject && over) clearTimeout(previewTimer);
  else if (over) {
    clearTimeout(previewTimer);
    previewTimer = setTimeout(() => over.matches(":hover") && showPreview(over), 150);
  } else if (preview.contains(event.target)) clearTimeout(previewTimer); // one may move onto it
});

document.addEventListener("pointerout", (event) => {
  const from = findSubject(event.target);
  if (!from && !preview.contains(event.target)) return;
  clearTimeout(previewTimer);
  if (subject !== document.activeElement) previewTimer = setTimeout(hidePreview, 250);
});

document.addEventListener("focusin", (event) => {
  const focused = findSubject(event.target);
  if (focused?.matches(":focus-visible")) showPreview(focused);
});

document.addEventListener("focusout", (event) => {
  const within = event.target === subject || preview.contains(event.target);
  if (within && event.relatedTarget !== subject && !preview.contains(event.relatedTarget)) hidePreview();
});

document.addEventListener("keydown", (event) => {
  // "c" at a footnote leads to the buttons of its window; Escape leads back.
  if (event.target !== subject || event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey) return;
  const first = preview.querySelector("button");
  if (!first) return;
  event.preventDefault();
  first.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const clicked = findSubject(event.target);
  if (clicked?.matches(".unproven") || (clicked && event.pointerType === "touch")) showPreview(clicked); // nothing hovers
  else if (!preview.contains(event.target)) hidePreview();
});

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !subject) return;
    event.preventDefault();
    event.stopPropagation(); // what else Escape closes stays open
    if (preview.contains(document.activeElement)) subject.focus({ preventScroll: true });
    hidePreview();
  },
  { capture: true },
);

let placing = false;
function placeSoon() {
  if (placing || !subject) return;
  placing = true;
  requestAnimationFrame(() => {
    placing = false;
    placePreview();
  });
}
document.addEventListener("scroll", placeSoon, { capture: true, passive: true });
window.addEventListener("resize", placeSoon);
new MutationObserver(placeSoon).observe(document.querySelector("#chat") ?? room, { subtree: true, childList: true });
