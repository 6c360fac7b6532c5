// The conversation scrolls along with the answer that is being written, until the person scrolls by whatever means, and
// again once it is where it would be anyway. Follows page.js in the same function, and uses what stands there.

const NEARLY = 8; // pixels that make no difference: browsers round
const FAR_AWAY = 48; // pixels above the newest answer from which on there is a button to go there

let asked = 0; // how many questions the conversation shows
let askedLast = ""; // the newest of them: where the oldest goes as it comes, there are no more than before
let following = true;
let putAt = -1; // where this script has last scrolled to

const findScroller = () => document.querySelector("#chat .panel-wrap");
const findQuestions = (scroller) => scroller?.querySelectorAll(".asked") ?? [];

function findAim(scroller) {
  // Down to the end of the newest answer, but never past its question.
  const newest = [...(scroller?.querySelectorAll(".asked, #echo .said") ?? [])].at(-1);
  if (!newest) return 0;
  const top = newest.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  return Math.max(0, Math.min(scroller.scrollHeight - scroller.clientHeight, scroller.scrollTop + top - 8));
}

function keepInView() {
  const scroller = findScroller();
  const questions = findQuestions(scroller);
  const newest = questions[questions.length - 1]?.textContent ?? "";
  if (questions.length > asked || (questions.length === asked && newest !== askedLast)) following = true;
  [asked, askedLast] = [questions.length, newest];
  if (scroller && following) {
    scroller.scrollTop = findAim(scroller);
    putAt = scroller.scrollTop;
  }
  offerLatest();
}

const latest = document.createElement("button");
latest.type = "button";
latest.id = "latest";
latest.hidden = true;
latest.innerHTML = '<span aria-hidden="true">↓</span> ';
latest.append(_("Latest"));
latest.setAttribute("aria-label", _("Go to the latest answer"));
document.getElementById("conversation").append(latest); // outside of what Gradio draws anew

function offerLatest() {
  const scroller = findScroller();
  const isAway = Boolean(scroller && asked) && findAim(scroller) - scroller.scrollTop > FAR_AWAY;
  if (latest.hidden === isAway) latest.hidden = !isAway;
  if (!isAway) return;
  const bottom = document.getElementById("conversation").getBoundingClientRect().bottom;
  latest.style.bottom = `${bottom - scroller.getBoundingClientRect().bottom + 8}px`;
}

latest.addEventListener("click", () => {
  const scroller = findScroller();
  scroller.scrollTo({ top: findAim(scroller), behavior: calm.matches ? "auto" : "smooth" });
  questionField()?.focus({ preventScroll: true });
});

// However the person scrolls (wheel, finger, keys, the scrollbar), it ends up here; so does what this script does itself, a
// frame later, when the answer may have grown again.
document.addEventListener(
  "scroll",
  (event) => {
    if (event.target !== findScroller()) return;
    const isThere = Math.abs(findAim(event.target) - event.target.scrollTop) <= NEARLY;
    const isOurs = following && Math.abs(event.target.scrollTop - putAt) <= 1;
    if (isOurs && !isThere) return keepInView();
    following = isThere;
    offerLatest();
  },
  { capture: true, passive: true },
);
window.addEventListener("resize", keepInView);
new ResizeObserver(keepInView).observe(document.getElementById("composer")); // what it gains the conversation loses
