// The library's table: sorted by a press on a column's head, and filtered by typing. The server sends it anew after each
// change; how it was sorted and what was typed stay.

let sorting = { column: "", falls: false }; // by none: in the order of adding
const COUNTED = ["pages", "characters"];

let sentShelf = []; // the ids of the documents, in the order of the server ...
let arrangedShelf = []; // ... and in that in which they stand

const idOfRow = (row) => row.querySelector("[data-read]")?.dataset.read ?? "";
const shelfRows = () => [...document.querySelectorAll("#documents tbody tr")];
const compareWords = new Intl.Collator(LANGUAGE, { numeric: true, sensitivity: "base" }).compare;

function compareRows(one, other) {
  const { column, falls } = sorting;
  const [first, second] = [one.dataset[column], other.dataset[column]];
  if (!first !== !second) return first ? -1 : 1; // what is not known comes last, either way
  const found = COUNTED.includes(column) ? Number(first) - Number(second) : compareWords(first, second);
  return falls ? -found : found;
}

function arrangeShelf() {
  const rows = shelfRows();
  const filter = document.querySelector("#library .filter");
  if (!filter) return;
  filter.hidden = rows.length < 2;
  for (const button of document.querySelectorAll("#documents [data-sort]")) {
    const isOn = button.dataset.sort === sorting.column;
    const order = isOn ? (sorting.falls ? "descending" : "ascending") : "none";
    if (button.parentElement.getAttribute("aria-sort") !== order) button.parentElement.setAttribute("aria-sort", order);
  }
  const place = new Map(sentShelf.map((id, at) => [id, at]));
  const sorted = [...rows].sort((one, other) => place.get(idOfRow(one)) - place.get(idOfRow(other)));
  if (sorting.column) sorted.sort(compareRows);
  arrangedShelf = sorted.map(idOfRow);
  if (sorted.some((row, at) => row !== rows[at])) rows[0].parentElement.append(...sorted);
  const wanted = fold(document.getElementById("filter-documents").value).split(" ").filter(Boolean);
  let shownRows = 0;
  for (const row of rows) {
    const words = fold(row.textContent);
    row.hidden = !wanted.every((word) => words.includes(word));
    shownRows += row.hidden ? 0 : 1;
  }
  const said = wanted.length ? tellPlace(shownRows, rows.length) : "";
  const counter = document.getElementById("filtered");
  if (counter.textContent !== said) counter.textContent = said;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("#documents [data-sort]") : null;
  if (!button) return;
  const column = button.dataset.sort;
  // First as people look for it: names from A, the newest and the largest on top; a third press undoes it.
  const begins = column !== "title" && column !== "kind";
  if (sorting.column !== column) sorting = { column, falls: begins };
  else if (sorting.falls === begins) sorting = { column, falls: !begins };
  else sorting = { column: "", falls: false };
  arrangeShelf();
});

function noticeShelf() {
  // Rows that stand in another order than the last that was made here come from the server.
  const ids = shelfRows().map(idOfRow);
  if (ids.join("\n") === arrangedShelf.join("\n")) return;
  sentShelf = ids;
  arrangeShelf();
}

document.addEventListener("input", (event) => {
  if (event.target.id === "filter-documents") arrangeShelf();
});
new MutationObserver(noticeShelf).observe(document.body, { subtree: true, childList: true });
noticeShelf();
