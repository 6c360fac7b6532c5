// The buttons under an answer, the suggested questions, and the draft of a question that a reload would lose.

const RETRY = "retry";
const ALL = "all"; // the last question asked again for all of a long list
const DRAFT = "footnote-draft";

const questionField = () => document.querySelector("#question textarea");
const isAsking = () => document.querySelector("#question .stop-button") !== null;

function writeQuestion(text) {
  const field = questionField();
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-act], [data-ask]") : null;
  if (!button) return;
  if (button.dataset.ask !== undefined) {
    if (!isAsking()) trigger("ask_suggested", { text: button.dataset.ask });
    questionField()?.focus({ preventScroll: true });
    return;
  }
  const { act: action, turn } = button.dataset;
  if (action === RETRY || action === ALL) {
    if (!isAsking()) trigger("retry", { turn, all: action === ALL ? "yes" : "" });
    questionField()?.focus({ preventScroll: true });
    return;
  }
  trigger("act", { action, turn });
  if (["edit", "undo", "keep"].includes(action)) questionField()?.focus({ preventScroll: true });
  else sayNearby(button.getAttribute("aria-pressed") === "true" ? "Taken back" : "Kept, thank you");
});

// A question that is being typed outlives a reload: Gradio loads the page anew when a server comes back.
document.addEventListener("input", (event) => {
  if (event.target === questionField()) sessionStorage.setItem(DRAFT, event.target.value);
});

let draft = sessionStorage.getItem(DRAFT);
new MutationObserver(() => {
  // Gradio calls its suggestions a list, and puts buttons into it that are no items.
  document.querySelector('#chat .examples[role="list"]')?.setAttribute("role", "group");
  if (isAsking()) sessionStorage.removeItem(DRAFT);
  else if (draft && questionField()) {
    if (questionField().value === "") writeQuestion(draft);
    draft = null;
  }
}).observe(room, { subtree: true, childList: true });

// ---- a login that has ended ------------------------------------------------------------------------------------

const plainFetch = window.fetch;
window.fetch = async (...asked) => {
  const reply = await plainFetch(...asked);
  // The page for logging in stands where this one does; the question that is being typed outlives it.
  if (reply.status === 401) window.location.reload();
  return reply;
};
