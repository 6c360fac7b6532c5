// Links to passages: copied for a footnote or for words that are selected in the source, and followed when an address has
// one. What such a link says is made and read by the server alone. Follows picking.js in the same function.

const LINK = "#words="; // how the part of an address begins that leads to a passage
const LONGEST_LINK = 2000; // characters

// ---- copying -----------------------------------------------------------------------------------------------------

const copyLink = (words) => trigger("link_passage", words);

function findEdge(block, container, offset, isEnd) {
  // Where an end of a selection stands in the text, in code points.
  const before = document.createRange();
  before.selectNodeContents(block);
  if (block.contains(container)) before.setEnd(container, offset);
  else if (!isEnd) before.collapse(true);
  return Number(block.dataset.start) + countPoints(before.toString());
}

function measurePicked(range) {
  // What the server needs to know of selected words: their offsets, or on a page the words themselves.
  const name = shownDocument();
  if (isPaper()) {
    const sheetOf = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".sheet")?.dataset.page;
    const page = Number(sheetOf(range.startContainer));
    const last = Number(sheetOf(range.endContainer) ?? page);
    return { document: name, page, last, words: range.toString() };
  }
  const blocks = [...element.querySelectorAll("[data-start]")].filter((block) => range.intersectsNode(block));
  if (!blocks.length) return null;
  const start = findEdge(blocks[0], range.startContainer, range.startOffset, false);
  const end = findEdge(blocks.at(-1), range.endContainer, range.endOffset, true);
  return { document: name, start, end };
}

linkPicked.addEventListener("click", () => {
  const selection = window.getSelection();
  const words = selection.rangeCount ? measurePicked(selection.getRangeAt(0)) : null;
  if (words) copyLink(words);
});

// ---- following ---------------------------------------------------------------------------------------------------

function followAddress() {
  if (location.hash.startsWith(LINK)) trigger("open_passage", { link: location.hash.slice(1, LONGEST_LINK + 2) });
}

// The conversation that the browser kept is here by then: the visit would else begin without it.
window.addEventListener("footnote-kept", followAddress, { once: true });
window.addEventListener("hashchange", () => {
  if (!history.state?.landed) followAddress(); // one comes back to it by Back
  else if (!pointed) leaveAddress();
});

window.addEventListener("footnote-landed", ({ detail }) => {
  if (!detail || detail.problem) {
    leaveAddress();
    return sayAloud(detail?.problem ?? _("The link could not be followed; try again"));
  }
  history.replaceState({ ...history.state, landed: true }, "");
  noticeAnswers(); // those that the browser kept: only a new one takes the place of what is pointed at
  pointed = { document: detail.document, start: detail.start, end: detail.end };
  wanted = { kind: "pointed", number: 0, document: pointed.document };
  detour = false;
  showKept(null);
  for (const other of document.querySelectorAll("#chat .followed")) other.classList.remove("followed");
  if (narrow.matches && room.dataset.sheet !== "open") openSheet(document.querySelector("[data-open-source]"));
  if (wanted.document === shownDocument()) arrive(shown);
  else awaited = wanted.document; // it came with this, and stands there in a moment
});

function leaveAddress() {
  // Once one goes on to something else the address is that of the page again; loaded anew, it does not lead back.
  if (location.hash.startsWith(LINK)) history.replaceState(history.state, "", location.pathname + location.search);
}

element.addEventListener("marks", () => {
  if (!pointed && history.state?.landed) leaveAddress();
});
