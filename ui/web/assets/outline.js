// The headings of the document that is shown: a choice to jump to one of them, which tells in which part the text stands.

const MOST_HEADINGS = 500;
const LONGEST_HEADING = 90; // characters

const outline = () => document.getElementById("outline");
let headings = [];

function showOutline() {
  const field = outline();
  if (!field) return;
  headings = [...element.querySelectorAll(".document :is(h2, h3, h4, h5, h6)[data-start]")].slice(0, MOST_HEADINGS);
  field.hidden = headings.length < 2;
  const options = headings.map((heading, at) => {
    const words = heading.textContent.replace(/\s+/g, " ").trim();
    const option = new Option(`${"\u2003".repeat(Number(heading.tagName[1]) - 2)}${words.slice(0, LONGEST_HEADING)}`, at);
    option.lang = "en"; // as documents are taken to be
    option.dir = "auto";
    return option;
  });
  field.replaceChildren(new Option(_("Outline"), ""), ...options);
  tellPart();
}

const ABOVE = 20; // pixels that stay free above a heading

function tellPart() {
  const field = outline();
  if (!field || field.hidden) return;
  const top = element.getBoundingClientRect().top + 3 * ABOVE;
  const at = headings.findLastIndex((heading) => heading.getBoundingClientRect().top <= top);
  const value = at < 0 || element.scrollTop === 0 ? "" : String(at);
  if (field.value !== value) field.value = value;
}

function goToHeading(heading, behavior, tries = 4) {
  // What was never on screen has a guessed height, so the heading may have moved on by the time that it is reached.
  const own = (journey += 1);
  const before = element.scrollTop;
  element.scrollTo({ top: before + heading.getBoundingClientRect().top - element.getBoundingClientRect().top - ABOVE, behavior });
  if (!tries) return;
  const goOn = () => own === journey && heading.isConnected && goToHeading(heading, "auto", tries - 1);
  if (behavior === "smooth") element.addEventListener("scrollend", goOn, { once: true });
  else requestAnimationFrame(() => requestAnimationFrame(goOn));
}

document.addEventListener("change", (event) => {
  if (event.target !== outline()) return;
  const heading = headings[Number(event.target.value)];
  if (event.target.value === "" || !heading) return element.scrollTo({ top: 0 });
  goToHeading(heading, calm.matches ? "auto" : "smooth");
  announce(heading.textContent);
});

element.addEventListener("scrollend", tellPart);
watch("value", () => requestAnimationFrame(showOutline));
showOutline();
