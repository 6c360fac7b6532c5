// How the page looks, as it was set in this browser: by day or by night, and how large its text is. Runs in the page's head,
// before anything is drawn; Gradio goes by the system alone.

(() => {
  // What Gradio says itself is in the language that the page came in, which may be another one than the browser's.
  Object.defineProperty(navigator, "language", { get: () => document.documentElement.lang });
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const sizes = { large: "115%", larger: "130%" };
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
    const isDark = theme ? theme === "dark" : night.matches;
    if (document.body && document.body.classList.contains("dark") !== isDark) document.body.classList.toggle("dark", isDark);
  };
  window.footnoteLook();
  window.addEventListener("storage", window.footnoteLook); // another tab
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(window.footnoteLook).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    window.footnoteLook();
  });
})();
