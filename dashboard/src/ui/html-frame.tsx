import { useMemo } from "react";

interface Props {
  /** Anybody's: a provider's, a lead's, a template's with values in it. */
  html: string;
  title: string;
  /** Pixels; what is longer scrolls. Default 260. */
  height?: number;
}

/**
 * An HTML mail as it would look, and nothing more: a frame without scripts, forms, navigation, cookies, or anything loaded from
 * elsewhere. The frame's own sandbox and policy see to that; what they would refuse is taken out before, so that opening a
 * mail doesn't fill the console.
 */
export function HtmlFrame({ html, title, height = 260 }: Props) {
  const srcDoc = useMemo(() => harmless(html), [html]);
  return (
    <iframe
      title={title}
      sandbox=""
      referrerPolicy="no-referrer"
      srcDoc={srcDoc}
      style={{ width: "100%", height, border: "1px solid var(--line)", borderRadius: 7, background: "#fff" }}
    />
  );
}

const policy = '<meta http-equiv="content-security-policy" content="default-src \'none\'; img-src data:">';
const dropped =
  "script, style, link, meta, base, iframe, frame, object, embed, form, video, audio, source, svg, math, template";
/** Attributes that load, act or lead somewhere. Styles would be refused by the page's policy, which the frame inherits. */
const loading = /^(on|style$|src|srcset$|href$|background$|poster$|action$|formaction$|ping$|xlink)/i;

/** Styles go before anything is parsed: the parser, too, is held to the page's policy, and would report each of them. */
const withoutStyles = (html: string) =>
  html
    .replaceAll(/<style\b[\s\S]*?(<\/style\s*>|$)/gi, "")
    .replaceAll(/<[^>]*>/g, (tag) => tag.replaceAll(/([\s"'/])style(\s*=)/gi, "$1data-style$2"));

function harmless(html: string): string {
  const parsed = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  for (const element of parsed.querySelectorAll(dropped)) element.remove();
  for (const element of parsed.querySelectorAll("*")) {
    const shownLink = element.tagName === "A" ? element.getAttribute("href") : null;
    for (const { name, value } of [...element.attributes]) {
      if (loading.test(name) && !(name === "src" && value.startsWith("data:image/"))) element.removeAttribute(name);
    }
    if (shownLink !== null) element.setAttribute("title", shownLink);
  }
  return `<!doctype html><html lang="en"><head>${policy}<title>.</title></head><body>${parsed.body.innerHTML}</body></html>`;
}
