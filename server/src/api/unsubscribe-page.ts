import { createHash } from "node:crypto";
import type { ChannelName } from "../domain/event.ts";

/**
 * The pages behind a link to unsubscribe: plain HTML that works without scripts, in any browser, with a keyboard and read
 * aloud. They say nothing about the person, who may not be the one who opened the link.
 */

const style =
  "body{font:18px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:34em;margin:3em auto;padding:0 1em}" +
  "fieldset{border:1px solid #767676;border-radius:4px;margin:1.5em 0;padding:1em}label{display:block;padding:.3em 0}" +
  "button{font:inherit;padding:.6em 1.2em;color:#fff;background:#1a4d8f;border:0;border-radius:4px;cursor:pointer}" +
  "button:focus-visible,input:focus-visible{outline:3px solid #d97706;outline-offset:2px}" +
  "@media (prefers-color-scheme:dark){body{color:#eee;background:#111}button{color:#111;background:#8ab8f5}}";

const styleHash = createHash("sha256").update(style).digest("base64");

export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "x-robots-tag": "noindex, nofollow",
} as const;

/** `title` and `content` are HTML. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}

const words: { readonly [C in ChannelName]: string } = {
  linkedin: "LinkedIn messages",
  sms: "text messages",
  email: "emails",
};

export function unsubscribePage(channel: ChannelName): string {
  return page(
    "Unsubscribe",
    `<form method="post">
<fieldset>
<legend>What do you not want to get any more?</legend>
<label><input type="radio" name="scope" value="channel" checked> ${words[channel][0]!.toUpperCase()}${words[channel].slice(1)} from this sender</label>
<label><input type="radio" name="scope" value="all"> Any messages: emails, text messages and LinkedIn messages</label>
</fieldset>
<button type="submit">Unsubscribe</button>
</form>`,
  );
}

export function unsubscribedPage(channel: ChannelName, all: boolean): string {
  const what = all ? "messages" : words[channel];
  return page("You are unsubscribed", `<p>You will get no more ${what} from us. You can close this page.</p>`);
}

export const invalidLinkPage = page(
  "This link is not valid",
  "<p>It may have been cut off. Open it from the message again, or answer the message and ask to be left alone.</p>",
);

/** After signing in to a sender's mail account. */
export const signedInPage = page("Signed in", "<p>Herald can use the mail account now. You can close this page.</p>");

/** `problem`: for people; shown as text. */
export function signInFailedPage(problem: string): string {
  const text = problem.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return page("Not signed in", `<p>${text}</p>`);
}
