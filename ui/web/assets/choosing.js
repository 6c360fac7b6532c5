// Which document the reading column shows, and what was quoted from one that is here no longer.

const chooser = () => document.querySelector("[data-chooser]");
const isGone = (name) => name.startsWith("gone:"); // as the server names what was removed, or has changed since

function arrangeChooser() {
  const [field, name] = [chooser(), shownDocument()];
  if (field && name !== null && awaited === null && field.value !== name) field.value = name;
}

document.addEventListener("change", (event) => {
  if (event.target !== chooser()) return;
  wanted = null;
  showKept(null);
  trigger("choose_document", { document: event.target.value });
});

watch("value", () => {
  requestAnimationFrame(arrangeChooser);
});

// ---- the kept quote ----------------------------------------------------------------------------------------------

const keptQuote = document.createElement("aside");
keptQuote.id = "kept-quote";
keptQuote.hidden = true;
keptQuote.setAttribute("aria-label", _("Words of a source that is gone"));
element.closest("#source").before(keptQuote);

function showKept(link) {
  keptQuote.hidden = !link;
  if (!link) return;
  const quote = link.dataset.quote ?? link.querySelector(".begins, q")?.textContent ?? "";
  const place = link.dataset.place ?? link.querySelector(".place")?.textContent ?? "";
  const lines = [
    ["p", "lead", _("This source was removed, or has changed since. The words as they were:")],
    ["blockquote", "quote", quote],
    ["p", "place", place],
  ].map(([tag, kind, words]) => {
    const line = document.createElement(tag);
    line.className = kind;
    line.dir = "auto";
    line.textContent = words;
    return line;
  });
  const close = makeButton("✕", _("Close"), () => showKept(null));
  close.className = "close";
  keptQuote.replaceChildren(close, ...lines);
  announce(`${lines[0].textContent} ${quote}`);
}
