// Sets the colour scheme before the first paint. The key is that of src/ui/theme.ts.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("herald-colour-scheme");
  } catch {
    // Storage may be forbidden; the system's scheme is used then.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
