import type { ImapFlow, MessageStructureObject } from "imapflow";

/** Bytes of one text part that are kept. */
const mostOfPart = 128 * 1024;
const mostParts = 4;

/**
 * The beginning of a large mail holds its text, but where a file stands first. Then the text is fetched by itself, and what is
 * kept is a mail of its header and its texts. `prefix` is answered where that brings nothing, or can't be done.
 */
export async function withTextParts(client: ImapFlow, uid: number, prefix: Buffer, most: number): Promise<Buffer> {
  const end = headerEnd(prefix);
  if (end === null || hasText(prefix, end)) return prefix;
  try {
    const found = await client.fetchOne(String(uid), { uid: true, bodyStructure: true }, { uid: true });
    const structure = found === false ? undefined : found.bodyStructure;
    const parts = structure ? textParts(structure).slice(0, mostParts) : [];
    if (parts.length === 0) return prefix;
    const keys = parts.map(({ part }) => ({ key: part!, start: 0, maxLength: mostOfPart }));
    const texts = await client.fetchOne(String(uid), { uid: true, bodyParts: keys }, { uid: true });
    const bodies = texts === false ? undefined : texts.bodyParts;
    if (!bodies) return prefix;
    return assembled(prefix.subarray(0, end), parts, bodies).subarray(0, most);
  } catch {
    // A structure that is too much for the client ends the connection; what is here already is kept, and the next one goes on
    // behind this mail.
    return prefix;
  }
}

function headerEnd(mail: Buffer): number | null {
  const at = mail.indexOf("\r\n\r\n");
  return at === -1 || at > 256 * 1024 ? null : at + 2;
}

/** Whether a text begins in what is there: a header of a text part, or a mail that is nothing but text. */
function hasText(mail: Buffer, end: number): boolean {
  const header = mail.toString("latin1", 0, end);
  if (!/^content-type:\s*multipart\//im.test(header)) return true;
  return /^content-type:\s*(?:text\/(?:plain|html)|message\/)/im.test(mail.toString("latin1", end));
}

function textParts(node: MessageStructureObject): MessageStructureObject[] {
  const found: MessageStructureObject[] = [];
  const nodes = [node];
  // Without recursion: the depth is the sender's choice.
  for (let next = nodes.pop(); next && found.length < mostParts; next = nodes.pop()) {
    nodes.push(...(next.childNodes ?? []).slice(0, 1_000).reverse());
    if (/^text\/(?:plain|html)$/i.test(next.type) && next.disposition !== "attachment" && next.part) found.push(next);
  }
  return found;
}

function assembled(
  header: Buffer,
  parts: readonly MessageStructureObject[],
  bodies: ReadonlyMap<string, Buffer>,
): Buffer {
  const boundary = "herald-kept-parts";
  const kept = header.toString("latin1").replace(/^content-(?:type|transfer-encoding):.*\r\n(?:[ \t].*\r\n)*/gim, "");
  const pieces: Uint8Array[] = [
    Buffer.from(`${kept}Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`, "latin1"),
  ];
  for (const { part, type, parameters, encoding } of parts) {
    const body = bodies.get(part!);
    if (!body) continue;
    const word = (text: string | undefined, other: string) => (text && /^[\w.:+-]{1,60}$/.test(text) ? text : other);
    const fields = `Content-Type: ${type}; charset=${word(parameters?.charset, "utf-8")}\r\nContent-Transfer-Encoding: ${word(encoding, "8bit")}`;
    pieces.push(Buffer.from(`--${boundary}\r\n${fields}\r\n\r\n`), body, Buffer.from("\r\n"));
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(pieces);
}
