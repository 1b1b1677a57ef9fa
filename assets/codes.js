/* The page that shows recovery codes: copying and printing them, where the browser can. */
(() => {
  "use strict";
  const list = document.getElementById("codes");
  const said = document.getElementById("copied");
  const text = () => [...list.querySelectorAll("li")].map((one) => one.textContent.trim()).join("\n");
  for (const button of document.querySelectorAll("[data-copy],[data-print]")) button.hidden = false;
  document.querySelector("[data-print]").addEventListener("click", () => window.print());
  document.querySelector("[data-copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(list);
      said.textContent = "This browser does not let us copy. They are marked: copy them with Ctrl C.";
    }
  });
})();
