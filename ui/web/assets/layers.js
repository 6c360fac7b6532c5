// What lies over the page, the sheet with the source or a panel, is a step in the browser's history: Back closes it, as a
// person with a phone in their hand expects, and only then leaves the page.

const layers = []; // what closes each, the topmost last

let stepLeft = null; // of a layer that another one takes the place of, with its step

function enterLayer(close) {
  const at = layers.indexOf(stepLeft);
  stepLeft = null;
  if (at >= 0) {
    layers[at] = close;
    return;
  }
  layers.push(close);
  if (!isStepHeld) history.pushState({ ...history.state, layer: layers.length }, "");
  isStepHeld = false;
}

function leaveLayer(close) {
  // Closed otherwise than by Back: the step goes, too.
  const at = layers.indexOf(close);
  if (at < 0) return;
  const steps = layers.length - at;
  layers.length = at;
  history.go(-steps);
}

window.addEventListener("popstate", (event) => {
  const depth = Number(event.state?.layer) || 0;
  while (layers.length > depth) layers.pop()();
});

// The page was loaded anew while something lay over it: its step goes, unless the settings are opened again (choices.js).
const REOPENED = "footnote-reopened"; // in the tab's storage: where the focus was in them, and how far they were scrolled
const reopened = sessionStorage.getItem(REOPENED);
sessionStorage.removeItem(REOPENED);
let isStepHeld = reopened !== null && history.state?.layer === 1;
if (history.state?.layer && !isStepHeld) history.go(-history.state.layer);

// ---- the sheet on narrow screens ---------------------------------------------------------------------------------

let opener = null; // where the focus returns when the sheet closes

function openSheet(from) {
  opener = from;
  room.dataset.sheet = "open";
  arrangeSheet();
  enterLayer(closeSheet);
  document.querySelector("[data-close-source]")?.focus({ preventScroll: true });
}

function closeSheet() {
  if (room.dataset.sheet !== "open") return false;
  delete room.dataset.sheet;
  leaveLayer(closeSheet);
  arrangeSheet();
  opener?.focus({ preventScroll: true });
  opener = null;
  return true;
}

function arrangeSheet() {
  // What cannot be seen cannot be reached: by keyboard, or by a screen reader.
  const reading = document.getElementById("reading");
  const conversation = document.getElementById("conversation");
  const open = room.dataset.sheet === "open";
  conversation.inert = narrow.matches && open;
  if (narrow.matches && open) {
    reading.setAttribute("role", "dialog");
    reading.setAttribute("aria-modal", "true");
  } else {
    reading.setAttribute("role", "complementary");
    reading.removeAttribute("aria-modal");
  }
  reading.setAttribute("aria-label", _("Source"));
}
narrow.addEventListener("change", () => {
  if (!narrow.matches) closeSheet(); // beside the conversation there is nothing to close
  arrangeSheet();
});
