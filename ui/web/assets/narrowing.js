// Which documents are asked: those that are ticked in the library, or one by the button of its row. The server says in the
// composer what holds; it alone knows which there are.

const SETTLED = 1500; // milliseconds after a tick in which older words of the server do not undo it

let narrowedAt = -Infinity;
let settling = 0;

const ticks = () => [...document.querySelectorAll("#documents [data-ask-in]")];
const readNarrowed = () => JSON.parse(document.querySelector("#narrowed .narrowed")?.dataset.documents ?? "[]");

function narrowTo(ids) {
  narrowedAt = performance.now();
  for (const tick of ticks()) tick.checked = ids.includes(tick.dataset.askIn);
  trigger("narrow", { documents: ids });
  letGo();
}

function showTicks() {
  clearTimeout(settling);
  const early = narrowedAt + SETTLED - performance.now();
  if (early > 0) return (settling = setTimeout(showTicks, early));
  const ids = readNarrowed();
  for (const tick of ticks()) tick.checked = ids.includes(tick.dataset.askIn);
}

document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-ask-in]"))
    narrowTo(ticks().filter((tick) => tick.checked).map((tick) => tick.dataset.askIn));
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-ask-alone], [data-widen]") : null;
  if (!button) return;
  const alone = button.dataset.askAlone;
  narrowTo(alone ? [alone] : []);
  if (alone) {
    closePanel();
    wanted = null;
    showKept(null);
    trigger("choose_document", { document: alone });
  }
  questionField()?.focus({ preventScroll: true });
});

new MutationObserver(showTicks).observe(document.body, { subtree: true, childList: true });
showTicks();
