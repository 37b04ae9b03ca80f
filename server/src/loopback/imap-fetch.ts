import type { ImapFolder, ImapMail } from "./imap.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The answer to `UID FETCH <set> (<items>)`, without its last line; a sentence: what is wrong with the command. */
export function answerFetch({ mails }: ImapFolder, command: string): { uids: number[]; bytes: Buffer } | string {
  const match = /^([\d,:]+) \((.*)\)$/.exec(command);
  if (!match) return "UID FETCH takes a set of UIDs, and items in parentheses";
  const wanted = new Set(
    match[1]!.split(",").flatMap((part) => {
      const [from, to = from] = part.split(":").map(Number);
      return Array.from({ length: to! - from! + 1 }, (_, n) => from! + n);
    }),
  );
  const items = match[2]!.match(/BODY(?:\.PEEK)?\[[^\]]*\](?:<\d+\.\d+>)?|\S+/g) ?? [];
  const pieces: Buffer[] = [];
  const uids: number[] = [];
  for (const [n, mail] of mails.entries()) {
    if (!wanted.has(mail.uid)) continue;
    uids.push(mail.uid);
    pieces.push(Buffer.from(`* ${n + 1} FETCH (`));
    for (const [i, item] of items.entries()) {
      const answer = answerItem(mail, item);
      if (typeof answer === "string") return answer;
      if (i > 0) pieces.push(Buffer.from(" "));
      pieces.push(answer);
    }
    pieces.push(Buffer.from(")\r\n"));
  }
  return { uids, bytes: Buffer.concat(pieces) };
}

function answerItem({ uid, raw, internalDate, flags }: ImapMail, item: string): Buffer | string {
  if (item === "UID") return Buffer.from(`UID ${uid}`);
  if (item === "FLAGS") return Buffer.from(`FLAGS (${flags.join(" ")})`);
  if (item === "RFC822.SIZE") return Buffer.from(`RFC822.SIZE ${raw.length}`);
  if (item === "BODYSTRUCTURE") return Buffer.from(`BODYSTRUCTURE ${structureOf(raw)}`);
  if (item === "INTERNALDATE") {
    const [day, time] = [internalDate.toISOString().slice(8, 10), internalDate.toISOString().slice(11, 19)];
    const date = `${day}-${months[internalDate.getUTCMonth()]}-${internalDate.getUTCFullYear()} ${time} +0000`;
    return Buffer.from(`INTERNALDATE "${date}"`);
  }
  const body = /^BODY(\.PEEK)?\[([\d.]*)\](?:<(\d+)\.(\d+)>)?$/.exec(item);
  if (!body) return `${item} is not known here`;
  const [, peek, part, start = "0", length = String(raw.length)] = body;
  if (!peek) return `${item} marks the mail as seen: BODY.PEEK doesn't`;
  const whole = part === "" ? raw : partsOf(raw)[Number(part) - 1]?.body;
  if (whole === undefined) return `there is no part ${part}`;
  const bytes = whole.subarray(Number(start), Number(start) + Number(length));
  const name = `BODY[${part}]${body[3] === undefined ? "" : `<${start}>`}`;
  return Buffer.concat([Buffer.from(`${name} {${bytes.length}}\r\n`), bytes]);
}

/** The parts of a multipart mail, one level deep: what a test needs. */
function partsOf(raw: Buffer): { type: string; head: string; body: Buffer }[] {
  const text = raw.toString("latin1");
  const boundary = /boundary="?([^"\r\n;]+)"?/.exec(text)?.[1];
  if (boundary === undefined) return [];
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const end = part.indexOf("\r\n\r\n");
      const head = part.slice(0, end);
      const type = /content-type:\s*([\w/.+-]+)/i.exec(head)?.[1] ?? "text/plain";
      return { type, head, body: Buffer.from(part.slice(end + 4), "latin1") };
    });
}

function structureOf(raw: Buffer): string {
  const parts = partsOf(raw).map(({ type, head, body }) => {
    const [main, sub] = type.toUpperCase().split("/");
    const lines = main === "TEXT" ? " 1" : "";
    const of = (form: RegExp) => form.exec(head)?.[1] ?? null;
    const string = (text: string | null) => (text === null ? "NIL" : `"${text}"`);
    const id = string(of(/content-id:\s*(<[^>]*>)/i));
    const encoding = of(/content-transfer-encoding:\s*([\w-]+)/i) ?? "7BIT";
    const name = of(/filename="([^"]*)"/i);
    const disposition = of(/content-disposition:\s*(\w+)/i);
    const told = disposition && `("${disposition}" ${name === null ? "NIL" : `("FILENAME" "${name}")`})`;
    // Behind the fields that each part has: its MD5, then how it is to be shown.
    const extension = told ? ` NIL ${told}` : "";
    return `("${main}" "${sub}" ("CHARSET" "utf-8") ${id} NIL "${encoding}" ${body.length}${lines}${extension})`;
  });
  return parts.length === 0 ? `("TEXT" "PLAIN" NIL NIL NIL "7BIT" ${raw.length} 1)` : `(${parts.join("")} "MIXED")`;
}
