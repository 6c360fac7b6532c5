// The line between the conversation and the source: drawn with the pointer or moved with the arrow keys on wide screens, kept
// by this browser, and in the middle again by a double click.

const SPLIT = "footnote-split"; // in the browser's storage: the conversation's share of the width, in percent
const [LEAST_SHARE, MIDDLE, STEP] = [35, 50, 2];
const LEAST_WIDTH = 380; // pixels of either side

const divider = document.createElement("div");
divider.id = "divider";
divider.tabIndex = 0;
for (const [name, value] of Object.entries({ role: "separator", "aria-orientation": "vertical", "aria-controls": "conversation" }))
  divider.setAttribute(name, value);
divider.setAttribute("aria-label", _("Width of the conversation"));
divider.title = _("Draw to change the widths; a double click evens them");
document.getElementById("reading").append(divider);

const leastShare = () => Math.min(MIDDLE, Math.max(LEAST_SHARE, (100 * LEAST_WIDTH) / (room.clientWidth || 1)));
const bound = (share) => Math.min(100 - leastShare(), Math.max(leastShare(), share));
const isMirrored = () => getComputedStyle(room).direction === "rtl";

function readSplit() {
  const kept = Number.parseFloat(localStorage.getItem(SPLIT) ?? "");
  return bound(Number.isFinite(kept) ? kept : MIDDLE);
}

function showSplit(share) {
  room.style.setProperty("--split", share.toFixed(2));
  divider.setAttribute("aria-valuemin", Math.ceil(leastShare()));
  divider.setAttribute("aria-valuemax", Math.floor(100 - leastShare()));
  divider.setAttribute("aria-valuenow", Math.round(share));
  divider.setAttribute("aria-valuetext", percent(share / 100));
  window.footnoteLook();
  keepInView();
}

function split(share) {
  localStorage.setItem(SPLIT, bound(share).toFixed(2));
  showSplit(bound(share));
}

function evenSplit() {
  localStorage.removeItem(SPLIT);
  showSplit(MIDDLE);
}

divider.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault(); // else words are selected
  divider.setPointerCapture(event.pointerId);
  divider.focus({ preventScroll: true });
});
divider.addEventListener("pointermove", (event) => {
  if (!divider.hasPointerCapture(event.pointerId)) return;
  const { left, width } = room.getBoundingClientRect();
  const share = (100 * (event.clientX - left)) / width;
  split(isMirrored() ? 100 - share : share);
});
divider.addEventListener("dblclick", evenSplit);
divider.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  const share = by ? readSplit() + (isMirrored() ? -by : by) : { Home: 0, End: 100 }[event.key];
  if (share === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  split(share);
});
window.addEventListener("resize", () => showSplit(readSplit()));
showSplit(readSplit());
