// On a phone a tap on a footnote shows its quote at the bottom of the screen: with where it stands, ways of copying it, and the
// way to the source. Follows preview.js in the same function, and uses what stands there.

const coarse = window.matchMedia("(pointer: coarse)");

const quoteSheet = document.createElement("div");
quoteSheet.id = "quote-sheet";
quoteSheet.hidden = true;
quoteSheet.setAttribute("role", "dialog");
quoteSheet.setAttribute("aria-modal", "true");
preview.after(quoteSheet);

let quoted = null; // the footnote

function openQuote(link) {
  quoted = link;
  const name = nameFootnote(link.dataset.citation);
  quoteSheet.setAttribute("aria-label", name);
  const head = Object.assign(document.createElement("div"), { className: "drawer-head" });
  const heading = Object.assign(document.createElement("h2"), { textContent: name });
  const close = makeButton("✕", _("Close"), () => closeQuote());
  close.className = "close";
  head.append(heading, close);
  const text = Object.assign(document.createElement("div"), { className: "text", tabIndex: 0 });
  const go = makeButton(_("Show in the source"), "", () => {
    stepLeft = closeQuote; // the source takes its place: Back leads to the conversation
    putAway();
    follow(link);
  });
  go.className = "main";
  quoteSheet.replaceChildren(head, text);
  addFootnote(link, text, quoteSheet);
  quoteSheet.append(go);
  quoteSheet.hidden = false;
  document.body.dataset.quoting = "";
  room.inert = true;
  enterLayer(closeQuote);
  go.focus({ preventScroll: true });
}

function putAway() {
  quoteSheet.hidden = true;
  delete document.body.dataset.quoting;
  room.inert = false;
}

function closeQuote() {
  if (quoteSheet.hidden) return false;
  putAway();
  leaveLayer(closeQuote);
  (quoted.isConnected ? quoted : questionField())?.focus({ preventScroll: true });
  return true;
}

document.addEventListener(
  "click",
  (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.id === "shade" && closeQuote()) return event.stopPropagation();
    const link = target?.closest("#chat a.footnote");
    const isTap = event.pointerType === "touch" || (coarse.matches && event.pointerType !== "mouse");
    if (!link || !narrow.matches || !isTap) return;
    event.preventDefault();
    event.stopPropagation(); // it is not followed yet
    openQuote(link);
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && closeQuote()) event.preventDefault();
});
narrow.addEventListener("change", () => narrow.matches || closeQuote());
