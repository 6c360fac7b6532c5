// Saving the conversation as a file, and copying one answer. The server makes the words of both: the file comes as an
// event's output, since no route of Gradio's that gives out files is open; the answer stands beside its button.

const SHOWN_COPIED = 2000; // milliseconds for which a button says that it has copied

const saving = () => document.querySelector("#save details");

function sayNearby(words) {
  // Not the source's announcer: on a narrow screen that is hidden together with the source.
  const place = document.getElementById("saying");
  if (!place) return;
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = words)); // said again, though it be the same
}

function closeSaving({ focus = false } = {}) {
  const menu = saving();
  if (!menu?.open) return false;
  menu.open = false;
  if (focus) menu.querySelector("summary").focus();
  return true;
}

function downloadFile({ name, kind, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // some browsers begin to read it only later
}

// The page sends this event once the server has made the file.
window.addEventListener("footnote-saved", ({ detail }) => {
  if (!detail?.text) {
    sayNearby(_("There is no answer to save yet"));
    return;
  }
  downloadFile(detail);
  sayNearby(_("Saved as %(name)s", { name: detail.name }));
});

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Only pages on this machine or over https have a clipboard; the older way works everywhere.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

async function copyAnswer(button) {
  const copied = await copyText(button.dataset.copy);
  sayNearby(copied ? _("Copied") : _("The browser did not let the page copy"));
  button.focus({ preventScroll: true });
  if (!copied) return;
  button.textContent = _("Copied");
  setTimeout(() => (button.textContent = _("Copy")), SHOWN_COPIED);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const copy = target?.closest("button[data-copy]");
  const save = target?.closest("button[data-save]");
  if (copy) copyAnswer(copy);
  else if (save) {
    closeSaving({ focus: true });
    trigger("save_conversation", { form: save.dataset.save, turns: turnsBefore() });
  } else if (!target?.closest("#save")) closeSaving();
});

document.addEventListener("focusin", (event) => {
  if (event.target instanceof Element && !event.target.closest("#save")) closeSaving();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeSaving({ focus: true })) event.preventDefault();
});
