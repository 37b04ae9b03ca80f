/** One block of a stream of server-sent events, up to its empty line. */
export interface Frame {
  /** From here on resume behind this; null: as before. */
  id: string | null;
  /** Null: the block holds no event, only an ID or a comment. */
  data: string | null;
}

/** Characters of one block at most: an event of Herald has some thousand. */
const maxBlock = 16 * 1024 * 1024;

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) out of bytes, which may be
 * cut anywhere. Fields that Herald doesn't send (`event`, `retry`) are passed over; what is unfinished when the bytes
 * end is dropped, as the standard says: it was cut off.
 * @throws Error where a block has no end
 */
export async function* framesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let rest = "";
  let block: string[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be the first half of a line's end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      size += line.length;
      if (line !== "") block.push(line);
      else {
        if (block.length > 0) yield frameOf(block);
        block = [];
        size = 0;
      }
    }
    if (size + rest.length > maxBlock) throw new Error("A block of the stream has no end.");
  }
}

function frameOf(lines: readonly string[]): Frame {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
  return { id, data: data.length > 0 ? data.join("\n") : null };
}
