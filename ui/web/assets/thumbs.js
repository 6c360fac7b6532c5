// A strip of small pictures of the pages, to jump to one: it stands there once its button is pressed, and asks for those in
// sight, when nothing larger is wanted. One of them is reached by Tab, the others by the arrow keys. Follows paper.js.

const THUMBS = "footnote-thumbs"; // in the browser's storage, where they are to be seen
const THUMB_WIDTH = 200; // dots, the fewest that the server draws (NARROWEST in ui/web/page/page_handlers.py)
const MOST_THUMBS = 150; // pictures that are held at once

const thumbs = document.createElement("div");
thumbs.id = "thumbs";
thumbs.hidden = true;
thumbs.setAttribute("role", "group");
thumbs.setAttribute("aria-label", _("Thumbnails of the pages"));
paper.before(thumbs);

let thumbsOf = ""; // the document whose they are
const seenThumbs = new Set();
const pictured = new Set(); // those with a picture, the oldest first

const showsThumbs = () => isPaper() && countPages() > 1 && localStorage.getItem(THUMBS) !== null;
const thumbOf = (page) => thumbs.children[page - 1];

const thumbWatcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? seenThumbs.add(target) : seenThumbs.delete(target);
    askNext();
  },
  { root: thumbs, rootMargin: "0px 50%" },
);

function arrangeThumbs() {
  const isOn = showsThumbs();
  const button = document.querySelector("[data-thumbs]");
  if (button) {
    button.hidden = !isPaper() || countPages() < 2;
    button.setAttribute("aria-pressed", String(isOn));
  }
  thumbs.hidden = !isOn;
  room.toggleAttribute("data-thumbs-on", isOn);
  if (isOn && thumbsOf !== papered) layOutThumbs();
  if (isOn) followThumb({ scroll: true });
}

function layOutThumbs() {
  thumbsOf = papered;
  thumbWatcher.disconnect();
  seenThumbs.clear();
  pictured.clear();
  const all = sheets.map((_sheet, at) => {
    const thumb = makeButton((at + 1).toLocaleString(LANGUAGE), _("Page %(number)s", { number: at + 1 }), () => goToPage(at + 1));
    thumb.dataset.thumb = at + 1;
    thumb.tabIndex = -1;
    return thumb;
  });
  thumbs.replaceChildren(...all);
  all.forEach((thumb) => thumbWatcher.observe(thumb));
}

function followThumb({ scroll = false } = {}) {
  // Which page is in sight; the strip goes along, but not under somebody's fingers.
  const now = thumbOf(findPageInSight()?.dataset.page);
  const before = thumbs.querySelector("[aria-current]");
  if (!now || (now === before && !scroll)) return;
  before?.removeAttribute("aria-current");
  now.setAttribute("aria-current", "true");
  if (thumbs.contains(document.activeElement)) return;
  for (const each of thumbs.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
  now.tabIndex = 0;
  if (!thumbs.matches(":hover") || scroll) thumbs.scrollLeft += now.getBoundingClientRect().left - thumbs.getBoundingClientRect().left - thumbs.clientWidth / 2 + now.offsetWidth / 2;
}

function findThumbToDraw() {
  if (!showsThumbs()) return null;
  const rest = [...seenThumbs].filter((thumb) => !("drawn" in thumb.dataset || "failed" in thumb.dataset));
  return rest.sort((one, other) => one.dataset.thumb - other.dataset.thumb)[0] ?? null;
}

function takeThumb(page, { picture }) {
  const thumb = thumbOf(page);
  if (!thumb) return;
  if (!picture) {
    thumb.dataset.failed = "";
    return;
  }
  thumb.style.backgroundImage = `url("${picture}")`;
  thumb.dataset.drawn = "";
  pictured.add(thumb);
  for (const old of pictured) {
    if (pictured.size <= MOST_THUMBS) break;
    if (seenThumbs.has(old)) continue;
    old.style.backgroundImage = "";
    delete old.dataset.drawn;
    pictured.delete(old);
  }
}

thumbs.addEventListener("keydown", (event) => {
  const at = [...thumbs.children].indexOf(document.activeElement);
  const by = getComputedStyle(thumbs).direction === "rtl" ? -1 : 1;
  const next = { ArrowRight: at + by, ArrowLeft: at - by, Home: 0, End: thumbs.children.length - 1 }[event.key];
  if (at < 0 || next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const thumb = thumbs.children[next];
  if (!thumb) return;
  thumbs.children[at].tabIndex = -1;
  thumb.tabIndex = 0;
  thumb.focus();
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-thumbs]")) return;
  if (localStorage.getItem(THUMBS) === null) localStorage.setItem(THUMBS, "");
  else localStorage.removeItem(THUMBS);
  arrangeThumbs();
  askNext();
});

paper.addEventListener("scroll", () => thumbs.hidden || followThumb(), { passive: true });
element.addEventListener("paper", arrangeThumbs);
arrangeThumbs();
