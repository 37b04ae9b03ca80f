import type { InboundBounce } from "../../domain/inbound.ts";
import { messageIds, type ParsedMail } from "./parse.ts";

type Verdict = Omit<InboundBounce, "kind" | "senderId" | "at">;

/** Recipients of one report that are read: Herald's mails have one each. */
const mostRecipients = 20;

/** What a mail says of the delivery of another one; null: it is no such report. */
export function readBounces(mail: ParsedMail): Verdict[] | null {
  const status = mail.reports.find(({ type }) => /delivery-status$/.test(type));
  if (status) return fromReport(mail, status.text);
  return fromWords(mail);
}

/** RFC 3464: fields of the message, then of each recipient, in blocks with an empty line between. */
function fromReport(mail: ParsedMail, text: string): Verdict[] {
  const [message, ...recipients] = text
    .split(/\r?\n[ \t]*\r?\n/)
    .map(fieldsOf)
    .filter((fields) => fields.size > 0);
  // Some leave the first block out.
  const blocks = message?.has("final-recipient") ? [message, ...recipients] : recipients;
  const references = originalIds(mail);
  const envelope = message?.get("original-envelope-id")?.trim();
  if (envelope) references.push(envelope.startsWith("<") ? envelope : `<${envelope}>`);
  return blocks.slice(0, mostRecipients).flatMap((fields) => {
    const diagnostic =
      fields
        .get("diagnostic-code")
        ?.replace(/^[a-z0-9-]+\s*;\s*/i, "")
        .trim() ?? "";
    const recipient = addressOf(fields.get("original-recipient")) ?? addressOf(fields.get("final-recipient"));
    const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get("status") ?? "")?.[0] ?? statusIn(diagnostic);
    const action = fields.get("action")?.trim().toLowerCase().split(/\s/)[0] ?? "";
    // 4.4.7 and its like once a server has given up: the reason would pass, the mail won't arrive (RFC 3464, 2.3.3).
    const gaveUp = action === "failed" && status?.startsWith("5.") !== true;
    const outcome = gaveUp ? "refused" : outcomeOf(action, status, diagnostic);
    if (outcome === null) return [];
    const finals = addressOf(fields.get("final-recipient"));
    return [
      { references, recipient, finalRecipient: finals, outcome, status, detail: (diagnostic || action).slice(0, 500) },
    ];
  });
}

/** Some filters answer 5.7.1 for whatever they refuse, and say in words that nobody is called so. */
const nobodyThere =
  /\b(?:user|mailbox|recipient|address|account)\b.{0,60}\b(?:unknown|not found|(?:does not|doesn't|doesn’t) exist|no longer (?:exists|available|valid))|\b(?:unknown|no such) (?:user|mailbox|recipient|address|account)\b/i;

/**
 * 5.x.x: it won't arrive. Whether the address is dead is another question: a full mailbox, a mail that is too large, or one that
 * a filter takes for spam (5.7.x) says nothing about that (RFC 3463, 3). Those who send for many tell the two apart as well, as
 * bounces and blocks: to suppress an address because of the sender's reputation would take leads away for good, for a
 * reason that lies with the sender, and that the next day may be gone.
 */
function outcomeOf(action: string, status: string | null, words: string): Verdict["outcome"] | null {
  if (action === "delivered") return "delivered";
  // It went on to somebody else, who may report as well.
  if (action === "relayed" || action === "expanded") return null;
  if (action === "delayed" || status === null || !status.startsWith("5.")) return "soft";
  if (/^5\.7\.\d+$/.test(status)) return nobodyThere.test(words.slice(0, 2_000)) ? "hard" : "refused";
  return /^5\.(?:2\.[23]|3\.4|6\.\d+)$/.test(status) ? "refused" : "hard";
}

/** Servers that report in prose: qmail, old Exim and Exchange, gateways. Only of who has no address to answer to. */
function fromWords(mail: ParsedMail): Verdict[] | null {
  const nobody =
    /^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|bounces?|mdaemon|microsoftexchange[0-9a-f]*)@/.test(
      mail.from?.address ?? "",
    );
  const empty = mail.header("return-path").some((path) => /^<\s*>$/.test(path.trim()));
  const failed = mail.header("x-failed-recipients")[0]?.split(",")[0]?.trim().toLowerCase() ?? null;
  if (!nobody && !(empty && failed !== null)) return null;
  const [words = "", copy = ""] = split(mail.text);
  const qmail = /^<([^<>\s@]{1,64}@[^<>\s]{1,255})>:[ \t]*$/m.exec(words);
  const status = statusIn(words);
  const recipient =
    failed ??
    qmail?.[1]?.toLowerCase() ??
    /<?\b([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\b/.exec(words)?.[1]?.toLowerCase() ??
    null;
  if (status === null || recipient === null) return null;
  const given =
    /^.{0,300}\b[45]\d\d[ -].{0,300}$/m.exec(words)?.[0] ??
    /^.{0,300}#?[45]\.\d{1,3}\.\d{1,3}.{0,300}$/m.exec(words)?.[0];
  const references = [
    ...new Set([...originalIds(mail), ...messageIds(/^message-id:\s*(<.{1,250}>)/im.exec(copy || words)?.[1] ?? "")]),
  ];
  const delayed = /\b(?:delayed|will (?:be )?retr(?:y|ied)|warning: message|no action is required)\b/i.test(
    words.slice(0, 2_000),
  );
  const outcome = outcomeOf(delayed ? "delayed" : "failed", status, given ?? "") ?? "soft";
  return [
    {
      references,
      recipient,
      finalRecipient: recipient,
      outcome,
      status,
      detail: (given ?? status).trim().slice(0, 500),
    },
  ];
}

/** What the server says, and the copy of the mail below it. */
function split(text: string): string[] {
  const at = text.search(
    /^-{2,}.{0,80}(?:copy of the message|original message|returned message|this is a copy).{0,80}$/im,
  );
  return at === -1 ? [text.slice(0, 20_000)] : [text.slice(0, at).slice(0, 20_000), text.slice(at, at + 20_000)];
}

/** An enhanced status, else the one that a reply code stands for. */
function statusIn(text: string): string | null {
  const enhanced = /(?:^|[\s#(;:])([245]\.\d{1,3}\.\d{1,3})(?=$|[\s);,:.])/m.exec(text.slice(0, 20_000))?.[1];
  if (enhanced) return enhanced;
  const code = /(?:^|[\s#(;:])([45])(\d)(\d)(?=[\s-])/m.exec(text.slice(0, 20_000));
  if (!code) return null;
  // 550 and 553 are of the mailbox, 552 of its size, 554 of anything (RFC 5321, 4.2.3).
  const rest =
    ({ "50": "1.1", "51": "1.6", "52": "2.2", "53": "1.3" } as Record<string, string>)[`${code[2]}${code[3]}`] ?? "0.0";
  return `${code[1]}.${rest}`;
}

/** Message-IDs of the mail that it is about. */
export function originalIds(mail: ParsedMail): string[] {
  const ids = mail.reports.flatMap(({ type, text }) => {
    if (/delivery-status|feedback-report/.test(type)) return [];
    const head = text.split(/\r?\n\r?\n/, 1)[0] ?? "";
    return messageIds(/^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,250}>)/im.exec(head)?.[1] ?? "");
  });
  return [...new Set(ids)];
}

/** Fields by their names in lower case, unfolded; the first one counts. */
export function fieldsOf(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .slice(0, 100)) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && /^[a-z0-9-]{1,60}$/.test(name) && !fields.has(name))
      fields.set(
        name,
        line
          .slice(colon + 1)
          .trim()
          .slice(0, 2_000),
      );
  }
  return fields;
}

/** `rfc822; ada@example.com`. */
function addressOf(field: string | undefined): string | null {
  const address = field
    ?.replace(/^[a-z0-9-]+\s*;\s*/i, "")
    .trim()
    .replace(/^<|>$/g, "")
    .toLowerCase();
  return address && /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(address) ? address : null;
}
