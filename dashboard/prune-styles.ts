import { hash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postcss from "postcss";

/**
 * Takes out of the page's stylesheet what belongs to parts of Mantine that the dashboard doesn't use: a third of it. Mantine's
 * classes are `m_` and eight hexadecimal digits; a component's script names its own, so a class that no script names can't be on
 * the page. The file gets a new name, since the old one was made of what it held before.
 */
export function pruneStyles(folder: string): void {
  const assets = join(folder, "assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const used = new Set(
    scripts.flatMap((name) => readFileSync(join(assets, name), "utf8").match(/\bm_[0-9a-f]{6,8}\b/g) ?? []),
  );
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const name = /assets\/([\w-]+\.css)/.exec(page)?.[1];
  if (name === undefined) return;
  const root = postcss.parse(readFileSync(join(assets, name), "utf8"));
  root.walkRules((rule) => {
    // What is within :not() is just what needn't be there.
    const kept = rule.selectors.filter(
      (selector) =>
        selector.includes(":not(") || (selector.match(/m_[0-9a-f]{6,8}\b/g) ?? []).every((one) => used.has(one)),
    );
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  root.walkAtRules((rule) => {
    if (rule.nodes?.length === 0 && rule.name !== "layer") rule.remove();
  });
  const css = root.toString();
  const renamed = `index-${hash("sha256", css, "base64url").slice(0, 8)}.css`;
  writeFileSync(join(assets, name), css);
  renameSync(join(assets, name), join(assets, renamed));
  const files = [
    join(folder, "index.html"),
    join(folder, ".vite/manifest.json"),
    ...scripts.map((one) => join(assets, one)),
  ];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    if (text.includes(name)) writeFileSync(file, text.replaceAll(name, renamed));
  }
}
