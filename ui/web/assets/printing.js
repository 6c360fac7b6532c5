// On paper a footnote cannot be followed: under each answer its quotes are printed, with where they stand.

function printNotes(answer) {
  const list = document.createElement("ol");
  list.className = "printed";
  const seen = new Set();
  for (const link of answer.querySelectorAll("a.footnote[data-citation]")) {
    if (seen.has(link.dataset.citation)) continue;
    seen.add(link.dataset.citation);
    const note = document.createElement("li");
    note.value = Number(link.dataset.citation);
    note.dir = "auto";
    const place = document.createElement("span");
    place.className = "place";
    place.textContent = link.dataset.place;
    note.append(`“${link.dataset.quote}” `, place);
    list.append(note);
  }
  if (seen.size) answer.append(list);
}

window.addEventListener("beforeprint", () => {
  hidePreview();
  closePanel();
  answers().forEach(printNotes);
});
window.addEventListener("afterprint", () => document.querySelectorAll("#chat .printed").forEach((list) => list.remove()));
