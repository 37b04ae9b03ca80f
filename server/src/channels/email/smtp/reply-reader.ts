/** Far above any real reply. */
const maxLength = 64 * 1024;

/** Cuts what a server says into replies (RFC 5321, 4.2): lines of which all but the last have a hyphen behind the code. */
export class ReplyReader {
  /** What came of a line that hasn't ended. Each character stands for a byte. */
  #rest = "";
  /** The lines of a reply that hasn't ended. */
  #lines: string[] = [];
  #length = 0;

  /** The replies that ended in this piece. Null: what comes is no reply, and never ends. */
  read(chunk: Buffer): string[] | null {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    const replies: string[] = [];
    for (const ended of lines) {
      const line = ended.endsWith("\r") ? ended.slice(0, -1) : ended;
      // Some servers put an empty line between replies.
      if (line.trim() === "" && this.#lines.length === 0) continue;
      this.#lines.push(line);
      this.#length += line.length;
      if (/^\d{3}-/.test(line)) continue;
      replies.push(decode(this.#lines.join("\n")));
      this.#lines = [];
      this.#length = 0;
    }
    return this.#length + this.#rest.length > maxLength ? null : replies;
  }
}

function decode(bytes: string): string {
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}
