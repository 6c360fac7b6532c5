// How the page looks, as it was set in this browser: by day or by night, how large its text is, and whether that leaves the
// conversation a narrow column. Runs in the page's head, before anything is drawn; Gradio goes by the system alone.

(() => {
  // What Gradio says itself is in the language that the page came in, which may be another one than the browser's.
  Object.defineProperty(navigator, "language", { get: () => document.documentElement.lang });
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const sizes = { large: "115%", larger: "130%" };
  const [narrow, slim] = [30, 21]; // letters' heights: the conversation's width up to which it is so
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // a browser that lets pages keep nothing
    }
  };
  window.footnoteLook = () => {
    const theme = ["light", "dark"].find((each) => each === read("footnote-theme"));
    const root = document.documentElement;
    root.style.colorScheme = theme ?? "";
    root.style.fontSize = sizes[read("footnote-size")] ?? "";
    // As page.css and splitting.js lay out the two columns; a share beyond what they allow makes no difference worth telling.
    const share = window.matchMedia("(max-width: 900px)").matches ? 100 : Number.parseFloat(read("footnote-split") ?? "") || 50;
    const width = (window.innerWidth * share) / 100 / Number.parseFloat(getComputedStyle(root).fontSize);
    root.dataset.column = width <= slim ? "narrow slim" : width <= narrow ? "narrow" : "";
    const isDark = theme ? theme === "dark" : night.matches;
    if (document.body && document.body.classList.contains("dark") !== isDark) document.body.classList.toggle("dark", isDark);
  };
  window.footnoteLook();
  for (const event of ["storage", "resize"]) window.addEventListener(event, window.footnoteLook); // of another tab, the first
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(window.footnoteLook).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    window.footnoteLook();
  });
})();
