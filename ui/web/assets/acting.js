// The buttons under an answer, and the suggested questions.

const RETRY = "retry";
const ALL = "all"; // the last question asked again for all of a long list ...
const WIDEN = "widen"; // ... or of all documents

function askForReasons(button) {
  const reasons = button.parentElement.querySelector(".reasons");
  reasons.hidden = !reasons.hidden;
  button.setAttribute("aria-expanded", String(!reasons.hidden));
  if (!reasons.hidden) reasons.querySelector("button").focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-act], [data-ask], [data-thumb-down]") : null;
  if (!button) return;
  if (button.dataset.thumbDown !== undefined) return askForReasons(button);
  if (button.dataset.ask !== undefined) {
    if (isAsking()) return;
    showEcho(button.dataset.ask);
    trigger("ask_suggested", { text: button.dataset.ask });
    questionField()?.focus({ preventScroll: true });
    return;
  }
  const { act: action, turn } = button.dataset;
  if ([RETRY, ALL, WIDEN].includes(action)) {
    if (!isAsking()) trigger("retry", { turn, all: action === ALL ? "yes" : "", wide: action === WIDEN ? "yes" : "" });
    questionField()?.focus({ preventScroll: true });
    return;
  }
  trigger("act", { action, turn });
  if (["edit", "undo", "keep"].includes(action)) questionField()?.focus({ preventScroll: true });
  else sayNearby(button.getAttribute("aria-pressed") === "true" ? _("Taken back") : _("Kept, thank you"));
});
