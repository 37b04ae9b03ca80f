import type { InboundBounce } from "../../domain/inbound.ts";
import { saysFlooded, saysNobodyThere, saysOtherReason } from "../../domain/mail-refusal.ts";
import { messageIds, type ParsedMail } from "./parse.ts";

type Verdict = Omit<InboundBounce, "kind" | "senderId" | "at">;

/** Recipients of one report that are read: Herald's mails have one each. */
const mostRecipients = 20;

/** What a mail says of the delivery of another one; null: it is no such report. */
export function readBounces(mail: ParsedMail): Verdict[] | null {
  const status = mail.reports.find(({ type }) => /delivery-status$/.test(type));
  if (status && byProgram(mail)) return fromReport(mail, status.text);
  return fromWords(mail);
}

/** Who writes in the name of a mail server. */
const daemon = /^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|bounces?|mdaemon|microsoftexchange[0-9a-f]*)@/;

/** Nobody at all: postmasters write themselves, too. */
export const isDaemon = (address: string): boolean =>
  /^(?:mailer-?daemon|mail-daemon|mdaemon|microsoftexchange[0-9a-f]{16,})@/.test(address);

const hasEmptyPath = (mail: ParsedMail) => mail.header("return-path").some((path) => /^<\s*>$/.test(path.trim()));

/** Whether a mail may be a report. People attach reports, too: such a mail is what they write. */
export function byProgram(mail: ParsedMail): boolean {
  const [type = ""] = mail.header("content-type");
  const [submitted = "no"] = mail.header("auto-submitted");
  const isReport = /^\s*multipart\/report\b/i.test(type) || !/^\s*no\b/i.test(submitted);
  return isReport || mail.from === null || daemon.test(mail.from.address) || hasEmptyPath(mail);
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
    const { status, exact } = statusOf(/\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get("status") ?? "")?.[0], diagnostic);
    const action = fields.get("action")?.trim().toLowerCase().split(/\s/)[0] ?? "";
    // 4.4.7 and its like once a server has given up: the reason would pass, the mail won't arrive (RFC 3464, 2.3.3).
    const gaveUp = action === "failed" && status?.startsWith("5.") !== true;
    const outcome = gaveUp ? "refused" : outcomeOf(action, status, diagnostic, exact);
    if (outcome === null) return [];
    const finals = addressOf(fields.get("final-recipient"));
    return [
      { references, recipient, finalRecipient: finals, outcome, status, detail: (diagnostic || action).slice(0, 500) },
    ];
  });
}

/**
 * Exim and others write 5.0.0 whatever it was, and the server's own words behind it. `exact`: the status is a server's own, and not one
 * that a reply code stands for.
 */
function statusOf(field: string | undefined, diagnostic: string): { status: string | null; exact: boolean } {
  const said = statusIn(diagnostic);
  const hasCode = enhanced.test(diagnostic);
  if (field === undefined) return { status: said, exact: hasCode };
  if (!field.endsWith(".0.0")) return { status: field, exact: true };
  // Of a reply code alone only a full mailbox says more.
  const better = said?.startsWith(field.slice(0, 2)) === true && (hasCode || said.endsWith(".2.2"));
  return { status: better ? said : field, exact: hasCode };
}

/**
 * 5.x.x: it won't arrive. Whether the address is dead is another question: a full mailbox, a mail that is too large, or one that
 * a filter takes for spam (5.7.x) says nothing about that (RFC 3463, 3). Those who send for many tell the two apart as well, as
 * bounces and blocks: to suppress an address because of the sender's reputation would take leads away for good, for a
 * reason that lies with the sender, and that the next day may be gone.
 */
function outcomeOf(action: string, status: string | null, words: string, exact: boolean): Verdict["outcome"] | null {
  if (action === "delivered") return "delivered";
  // It went on to somebody else, who may report as well.
  if (action === "relayed" || action === "expanded") return null;
  if (action === "delayed" || status === null || !status.startsWith("5.")) return "soft";
  const said = words.slice(0, 2_000);
  if (neverOfAddress.test(status)) return "refused";
  // Some filters answer 5.7.1 for whatever they refuse, and say in words that nobody is called so.
  const ofOther = notOfAddress.test(status) || ((!exact || undefinedStatus.test(status)) && saysOtherReason(said));
  if (ofOther || (status === "5.2.1" && saysFlooded(said))) return saysNobodyThere(said) ? "hard" : "refused";
  return "hard";
}

/**
 * The sender (5.1.7, 5.1.8, and Microsoft's 5.1.90, the day's limit), a mailbox or a mail that is too full or large, how much a recipient takes
 * an hour (Microsoft's 5.2.120 and following): RFC 3463, 3, and
 * https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online.
 */
const neverOfAddress = /^5\.(?:1\.(?:7|8|90)|2\.(?:[23]|12\d)|3\.4)$/;

/**
 * A server that takes nothing now (3), a way to it that fails, leads in circles or takes too long (4), the protocol (5), a form that isn't
 * taken (6), policy (7).
 */
const notOfAddress = /^5\.(?:3\.[1-5]|4\.(?:[235-7]|14|300|31[25-8])|5\.[1-6]|6\.\d+|7\.\d+)$/;

/** Other or undefined, of the whole or of one subject: the words behind it say more. */
const undefinedStatus = /^5\.(?:0\.\d+|\d\.0)$/;

/** Servers that report in prose: qmail, old Exim and Exchange, gateways. Only of who has no address to answer to. */
function fromWords(mail: ParsedMail): Verdict[] | null {
  const nobody = daemon.test(mail.from?.address ?? "");
  const empty = hasEmptyPath(mail);
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
  // Exim says in a field who didn't get it, and at times no code ("Unrouteable address"); others say in words alone that it failed. Who
  // sends newsletters as bounces@ may speak of parcels.
  const inWords = !/^bounces?@/.test(mail.from?.address ?? "") && undelivered.test(words);
  if (recipient === null || (status === null && failed === null && !inWords)) return null;
  const given =
    /^.{0,300}\b[45]\d\d[ -].{0,300}$/m.exec(words)?.[0] ??
    /^.{0,300}#?[45]\.\d{1,3}\.\d{1,3}.{0,300}$/m.exec(words)?.[0];
  const references = [
    ...new Set([...originalIds(mail), ...messageIds(/^message-id:\s*(<.{1,250}>)/im.exec(copy || words)?.[1] ?? "")]),
  ];
  const delayed =
    /\b(?:delayed|not yet|(?:will|we['’]ll) (?:be retried|retry|keep trying|try again|continue (?:to (?:try|attempt)|trying|attempting))|still trying|warning: message|no action is required)\b/i.test(
      words.slice(0, 2_000),
    );
  const gone = saysNobodyThere(words.slice(0, 2_000)) || /\bunrouteable address\b/i.test(words.slice(0, 2_000));
  const uncoded = delayed ? "soft" : gone ? "hard" : "refused";
  // The reason would have passed, the mail won't arrive: as with `Action: failed` of a report with fields.
  const gaveUp = !delayed && status?.startsWith("4.") === true && (failed !== null || finalWords.test(words));
  const coded = (code: string) =>
    gaveUp ? "refused" : outcomeOf(delayed ? "delayed" : "failed", code, given ?? "", enhanced.test(words));
  const outcome = status === null ? uncoded : (coded(status) ?? "soft");
  return [
    {
      references,
      recipient,
      finalRecipient: recipient,
      outcome,
      status,
      detail: (given ?? status ?? reasonBelow(words, recipient)).trim().slice(0, 500),
    },
  ];
}

/** In English, German, French, Spanish, Italian, Portuguese, Dutch. */
const undelivered =
  /\b(?:could(?:n['’]t| not)|can(?:['’]t|not)|was(?:n['’]t| not)|has not been|not|un(?:able|successful)[^.\n]{0,30}) (?:able )?(?:be |been |to )?(?:deliver|sent\b|reach)|\bundeliver(?:able|ed)\b|\bdelivery (?:has )?failed\b|\bnicht zugestellt\b|\bunzustellbar\b|\bpas (?:pu )?être (?:remis|délivré|distribué|acheminé)|\bno (?:se )?(?:ha podido|pudo|puede|ha sido posible) (?:ser )?entrega|\b(?:non|impossibile|possibile) (?:è stato possibile |è stata |è stato )?(?:consegna|recapita)|\bnão (?:foi possível entregar|pôde ser entregue|foi entregue)|\bniet (?:worden )?(?:bezorgd|afgeleverd)\b/i;

/** qmail, which reports nothing but the end, and others: no further try is made. Exim names its field in such reports alone. */
const finalWords =
  /\b(?:permanent (?:fatal )?error|given up|giving up|not going to try again|in the queue too long|retry time(?:out)? exceeded)\b/i;

/** Exim's words stand below the address. */
function reasonBelow(words: string, recipient: string): string {
  const lines = words.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.toLowerCase() === recipient);
  return (at === -1 ? undefined : lines[at + 1]) || "No reason was given.";
}

/** What the server says, and the copy of the mail below it. */
function split(text: string): string[] {
  const at = text.search(
    /^-{2,}.{0,80}(?:copy of the message|original message|returned message|this is a copy).{0,80}$/im,
  );
  return at === -1 ? [text.slice(0, 20_000)] : [text.slice(0, at).slice(0, 20_000), text.slice(at, at + 20_000)];
}

const enhanced = /(?:^|[\s#(;:])([245]\.\d{1,3}\.\d{1,3})(?=$|[\s);,:.])/m;

/** An enhanced status, else the one that a reply code stands for. */
function statusIn(text: string): string | null {
  const written = enhanced.exec(text.slice(0, 20_000))?.[1];
  if (written) return written;
  // Yahoo writes "554: 30: Sorry", at the beginning of a line; elsewhere such a number is a port.
  const code = /(?:^|[\s#(;:])([45])(\d)(\d)(?=[\s-])|^([45])(\d)(\d)(?=: )/m
    .exec(text.slice(0, 20_000))
    ?.filter((digit) => digit !== undefined);
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
