import type { Medium } from "./chat.ts";
import type { Mail } from "./mail.ts";
import { cut } from "./text.ts";
import type { Digest, Note } from "./words.ts";

/**
 * Notifications as emails: plain text, and HTML that old and dark mail programs show well (tables, styles at the elements).
 * What leads wrote is escaped, stands in quotes, and is never a link.
 */

const escaped = (text: string) =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
/** Programs make links of what looks like an address; a dot that is none ends that. */
const unlinked = (text: string) =>
  escaped(text)
    .replace(/\.(?=\S)/g, "&#8203;.")
    .replace(/:\/\//g, "&#8203;://");

const colours = { good: "#12855f", bad: "#c0143c", plain: "#4a5568" } as const;
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const when = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** `preview`: what lists of mails show behind the subject. */
function page(preview: string, rows: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Herald</title></head>
<body style="margin:0;padding:0">
<div style="display:none;max-height:0;overflow:hidden">${unlinked(preview)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;border:1px solid #d9dee5;border-radius:8px">
${rows}
<tr><td style="${font};font-size:12px;line-height:18px;color:#718096;padding:0 24px 20px">Sent by Herald to those who are told of such events. Settings: destinations.</td></tr>
</table></td></tr></table></body></html>`;
}

const row = (content: string, padding = "0 24px 16px") =>
  `<tr><td style="${font};padding:${padding}">${content}</td></tr>\n`;

const button = (link: string) =>
  `<a href="${escaped(link)}" style="display:inline-block;background:#2b5fd9;color:#ffffff;text-decoration:none;font-size:14px;line-height:20px;padding:9px 18px;border-radius:6px">Open in Herald</a>`;

function noteOf({ icon, title, quote, facts, link, at, tone }: Note): Mail {
  const lines = [
    `${icon} ${title}`,
    ...(quote === null ? [] : ["", ...quote.split("\n").map((line) => `> ${line}`)]),
    "",
    ...facts,
    when(at),
    ...(link === null ? [] : ["", link]),
  ];
  const quoted =
    quote === null
      ? ""
      : row(
          `<div style="border-left:3px solid ${colours[tone]};padding:2px 0 2px 14px;font-size:15px;line-height:22px">${quote.split("\n").map(unlinked).join("<br>")}</div>`,
        );
  const html = page(
    quote ?? facts.join(" · "),
    row(
      `<div style="font-size:18px;line-height:26px;font-weight:600;color:${colours[tone]}">${escaped(icon)} ${unlinked(title)}</div>`,
      "24px 24px 16px",
    ) +
      quoted +
      row(
        `<div style="font-size:13px;line-height:20px;color:#718096">${[...facts.map(unlinked), when(at)].join("<br>")}</div>`,
      ) +
      (link === null ? "" : row(button(link), "4px 24px 24px")),
  );
  return { subject: cut(`${icon} ${title}`, 150), text: `${lines.join("\n")}\n`, html };
}

function digestOf({ title, counts, notes, more }: Digest): Mail {
  const number = (n: number) => n.toLocaleString("en-US");
  const brief = (quote: string | null) => (quote === null ? "" : ` - ${cut(quote.replace(/\n/g, " "), 120)}`);
  const lines = [
    title,
    "",
    ...counts.map(({ label, n }) => `${number(n)} ${label}`),
    "",
    ...notes.flatMap((note) => [
      `${note.icon} ${note.title}${brief(note.quote)}`,
      ...(note.link === null ? [] : [`  ${note.link}`]),
    ]),
    ...(more > 0 ? ["", `... and ${number(more)} more.`] : []),
  ];
  const told = notes.map(({ icon, title: what, quote, link, tone }) => {
    const name = `${escaped(icon)} ${unlinked(what)}`;
    const shown =
      link === null
        ? name
        : `<a href="${escaped(link)}" style="color:${colours[tone]};text-decoration:none">${name}</a>`;
    const words =
      quote === null ? "" : `<br><span style="color:#718096">${unlinked(cut(quote.replace(/\n/g, " "), 120))}</span>`;
    return `<div style="font-size:14px;line-height:21px;padding:8px 0;border-top:1px solid #e6eaf0;color:${colours[tone]}">${shown}${words}</div>`;
  });
  const tally = counts.map(({ label, n }) => `<b>${number(n)}</b> ${escaped(label)}`).join(" &middot; ");
  const html = page(
    counts.map(({ label, n }) => `${number(n)} ${label}`).join(", "),
    row(`<div style="font-size:18px;line-height:26px;font-weight:600">${escaped(title)}</div>`, "24px 24px 8px") +
      row(`<div style="font-size:13px;line-height:20px;color:#4a5568">${tally}</div>`) +
      row(
        told.join("\n") +
          (more > 0 ? `<div style="font-size:13px;padding-top:8px">&hellip; and ${number(more)} more.</div>` : ""),
      ),
  );
  return { subject: cut(title, 150), text: `${lines.join("\n")}\n`, html };
}

export const email: Medium = { kind: "email", name: "email", note: noteOf, digest: digestOf };
