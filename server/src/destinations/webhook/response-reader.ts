/**
 * What an HTTP/1.x server answers, read as it comes (RFC 9112). Strict where leniency could mistake the end of an answer:
 * then the connection would hand one delivery the answer to another.
 */

/** Follows one answer. `bytes` of `data` are only valid during the call. */
export interface ResponseSink {
  head(statusCode: number, headers: ResponseHeaders): void;
  data(bytes: Buffer): void;
  /** The answer is whole. `reusable`: another request may follow on the connection. */
  end(reusable: boolean): void;
}

/** By name in lower case; several of one name are an array. Answers that say the same share one object: it stays as it is. */
export type ResponseHeaders = Record<string, string | string[]>;

/** What came is no HTTP answer; the message says why. */
export class InvalidResponse extends Error {
  readonly code = "HERALD_INVALID_RESPONSE";
}

/** The connection ended in the middle of an answer, or before it. */
export class ResponseCut extends Error {
  readonly code = "HERALD_RESPONSE_CUT";
}

/** Bytes of status line and headers, those of interim answers included. */
const headLimit = 32 * 1024;
/** Interim answers (1xx) before the answer. */
const interimLimit = 16;
/** Bytes of the line that gives a chunk's size, and of all lines after the last chunk. */
const chunkLineLimit = 4 * 1024;
const trailerLimit = 8 * 1024;

type Stage = "idle" | "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "until-close";

export class ResponseReader {
  private readonly sink: ResponseSink;
  private stage: Stage = "idle";
  /** The unfinished line or head so far, in Latin-1. */
  private text = "";
  /** Bytes of heads, or of trailers, so far. */
  private size = 0;
  private interim = 0;
  /** Bytes of the body, or of the chunk, that are still to come. */
  private left = 0;
  private reusable = true;
  /** The answer has come to its end within the bytes that are being read. */
  private complete = false;

  constructor(sink: ResponseSink) {
    this.sink = sink;
  }

  /** A request is being sent: what comes now is its answer. */
  begin(): void {
    this.stage = "head";
    this.text = "";
    this.size = 0;
    this.interim = 0;
    this.reusable = true;
  }

  /**
   * Takes what came; throws InvalidResponse. Also while nothing was asked: what a server says then belongs to no request.
   */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      at = this.step(bytes, at);
      if (!this.complete) continue;
      this.complete = false;
      // What comes after the answer was asked for by nobody: it must not be taken for the answer to the next request.
      this.sink.end(this.reusable && at === bytes.length);
      return;
    }
  }

  private step(bytes: Buffer, at: number): number {
    switch (this.stage) {
      case "head":
        return this.readHead(bytes, at);
      case "length":
      case "until-close":
      case "chunk":
        return this.readBody(bytes, at);
      case "chunk-size":
        return this.readChunkSize(bytes, at);
      case "chunk-end":
        return this.readChunkEnd(bytes, at);
      case "trailers":
        return this.readTrailers(bytes, at);
      case "idle":
        throw new InvalidResponse("It speaks without being asked.");
    }
  }

  /** The connection has ended: which is an answer's end where nothing else says it. Throws ResponseCut in the middle of one. */
  finish(): void {
    if (this.stage === "idle") return;
    if (this.stage === "until-close") {
      this.stage = "idle";
      this.sink.end(false);
    } else if (this.stage !== "head") throw new ResponseCut("the answer was cut off");
    else if (this.text === "" && this.interim === 0) throw new ResponseCut("the other side ended it");
    else throw new ResponseCut("it was cut off within the headers");
  }

  private done(): void {
    this.stage = "idle";
    this.complete = true;
  }

  private readHead(bytes: Buffer, at: number): number {
    const before = this.text.length;
    const text = before === 0 ? bytes.toString("latin1", at) : this.text + bytes.toString("latin1", at);
    const end = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end === -1) {
      // Those that speak another protocol often wait for an answer to theirs: they are told by their first bytes.
      checkBeginning(text);
      if (this.size + text.length > headLimit) throw new InvalidResponse("Its headers have more than 32 KiB.");
      this.text = text;
      return bytes.length;
    }
    this.text = "";
    this.size += end + 4;
    if (this.size > headLimit) throw new InvalidResponse("Its headers have more than 32 KiB.");
    this.takeHead(text.slice(0, end));
    return at + end + 4 - before;
  }

  private takeHead(head: string): void {
    const known = knownHeads.get(head);
    if (known) this.answer(known);
    else this.readNewHead(head);
  }

  private readNewHead(head: string): void {
    checkBeginning(head);
    if (unclean.test(head)) throw new InvalidResponse("Its headers hold control characters.");
    const line = statusLine.exec(head);
    if (!line) throw new InvalidResponse(`It does not begin with a status line, but with "${quote(head)}".`);
    const status = Number(line[2]);
    if (status < 200) {
      if (status === 101) throw new InvalidResponse("It changes to another protocol, which nobody asked for.");
      if (++this.interim > interimLimit) throw new InvalidResponse("Interim answers (1xx) come without end.");
      return;
    }
    const headers = parseHeaders(head, line[0].length);
    const read = { status, headers, ...framing(status, headers, line[1] === "1") };
    this.answer(read);
    if (head.length > knownHeadLimit) return;
    if (knownHeads.size >= knownHeadsMost) knownHeads.clear();
    // A copy: the text is a part of a longer one, which would be kept with it.
    knownHeads.set(Buffer.from(head, "latin1").toString("latin1"), read);
  }

  private answer({ status, headers, stage, left, reusable }: KnownHead): void {
    this.stage = stage;
    this.left = left;
    this.reusable = reusable;
    this.sink.head(status, headers);
    if (stage === "length" && left === 0) this.done();
  }

  private readBody(bytes: Buffer, at: number): number {
    if (this.stage === "until-close") {
      this.sink.data(at === 0 ? bytes : bytes.subarray(at));
      return bytes.length;
    }
    const end = Math.min(bytes.length, at + this.left);
    this.left -= end - at;
    const { stage } = this;
    this.sink.data(bytes.subarray(at, end));
    if (this.left === 0) {
      if (stage === "chunk") this.stage = "chunk-end";
      else this.done();
    }
    return end;
  }

  private readChunkSize(bytes: Buffer, at: number): number {
    const line = this.readLine(bytes, at, chunkLineLimit);
    if (line === null) return bytes.length;
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line);
    if (!size) throw new InvalidResponse(`"${quote(line)}" stands where the size of a chunk should.`);
    this.left = Number.parseInt(size[1]!, 16);
    this.stage = this.left > 0 ? "chunk" : "trailers";
    this.size = 0;
    return this.lineEnd;
  }

  private readChunkEnd(bytes: Buffer, at: number): number {
    const line = this.readLine(bytes, at, 2);
    if (line === null) return bytes.length;
    if (line !== "") throw new InvalidResponse("A chunk is longer than it says.");
    this.stage = "chunk-size";
    return this.lineEnd;
  }

  private readTrailers(bytes: Buffer, at: number): number {
    const line = this.readLine(bytes, at, trailerLimit - this.size);
    if (line === null) return bytes.length;
    this.size += line.length + 2;
    if (line === "") this.done();
    return this.lineEnd;
  }

  /** Where the line ended that `readLine` has given. */
  private lineEnd = 0;

  /** The line that goes on at `at`, without its end; null while that is still to come. */
  private readLine(bytes: Buffer, at: number, limit: number): string | null {
    const feed = bytes.indexOf(10, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    this.text += bytes.toString("latin1", at, end);
    if (this.text.length > limit + 2) throw new InvalidResponse("A line of its chunks is too long.");
    if (feed === -1) return null;
    const line = this.text;
    this.text = "";
    this.lineEnd = end;
    if (!line.endsWith("\r\n")) throw new InvalidResponse("A line of its chunks does not end as lines do in HTTP.");
    return line.slice(0, -2);
  }
}

/** How the end of a body is told, and whether the connection can be used again. */
interface Framing {
  stage: "length" | "chunk-size" | "until-close";
  /** Bytes of the body, where its length is told. */
  left: number;
  reusable: boolean;
}

/** A head and what it was read to be. */
interface KnownHead extends Framing {
  status: number;
  headers: ResponseHeaders;
}

/** Of RFC 9112, section 6.3. */
function framing(status: number, headers: ResponseHeaders, version11: boolean): Framing {
  const connection = (headers.connection ?? "").toString().toLowerCase();
  const reusable = version11 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  const coding = headers["transfer-encoding"];
  const length = headers["content-length"];
  if (status === 204 || status === 304) {
    // They have no body, whatever they say of one. What is sent of it all the same may come after the next request.
    const lies = coding !== undefined || (length ?? "0") !== "0";
    return { stage: "length", left: 0, reusable: reusable && !lies };
  }
  if (coding !== undefined) {
    // One of the two is a lie, and each end that is chosen may be the wrong one.
    if (length !== undefined) throw new InvalidResponse("It says both a length and a transfer coding.");
    const chunked = /(?:^|,)[ \t]*chunked$/i.test(coding.toString());
    // HTTP/1.0 knows no codings: what is between here and there may have passed on what it didn't understand.
    return { stage: chunked ? "chunk-size" : "until-close", left: 0, reusable: reusable && chunked && version11 };
  }
  if (length !== undefined) return { stage: "length", left: parseLength(length), reusable };
  return { stage: "until-close", left: 0, reusable: false };
}

/**
 * Heads that came lately, of all connections. A receiver answers in the same words again and again, but for a date that
 * changes once a second: reading them anew took a tenth of what an exchange costs. At most a quarter of a megabyte.
 */
const knownHeads = new Map<string, KnownHead>();
const knownHeadsMost = 128;
const knownHeadLimit = 1_024;

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?(?=\r\n|$)/;
/** Control characters, and half line ends: what they mean is read differently by different programs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
const unclean = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Throws if these can't be the first characters of an answer. */
function checkBeginning(text: string): void {
  const begins = text.length < 7 ? "HTTP/1.".startsWith(text) : text.startsWith("HTTP/1.");
  if (!begins) throw new InvalidResponse(`It begins with "${quote(text)}".`);
  const feed = text.indexOf("\n");
  if (feed > 0 && text[feed - 1] !== "\r") throw new InvalidResponse("Its lines do not end as lines do in HTTP.");
}

function parseHeaders(head: string, from: number): ResponseHeaders {
  const headers: ResponseHeaders = {};
  let last = "";
  for (let at = from + 2; at < head.length; ) {
    const found = head.indexOf("\r\n", at);
    const end = found === -1 ? head.length : found;
    const first = head.charCodeAt(at);
    if (first === 32 || first === 9) {
      // A line folded as was once allowed.
      if (last === "") throw new InvalidResponse("Its first header begins with a blank.");
      append(headers, last, head.slice(at, end).trim());
    } else {
      const colon = head.indexOf(":", at);
      const name = colon === -1 || colon > end ? "" : head.slice(at, colon);
      if (!token.test(name)) throw new InvalidResponse(`"${quote(head.slice(at, end))}" is not a header.`);
      last = name.toLowerCase();
      add(headers, last, head.slice(colon + 1, end).trim());
    }
    at = end + 2;
  }
  return headers;
}

function add(headers: ResponseHeaders, name: string, value: string): void {
  // Not `in`, nor a plain assignment: a header may be called like something that objects have.
  if (!Object.hasOwn(headers, name)) {
    if (name === "__proto__")
      Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    else headers[name] = value;
    return;
  }
  const present = headers[name]!;
  if (typeof present === "string") headers[name] = [present, value];
  else present.push(value);
}

function append(headers: ResponseHeaders, name: string, more: string): void {
  const present = headers[name]!;
  if (typeof present === "string") headers[name] = `${present} ${more}`;
  else present[present.length - 1] += ` ${more}`;
}

/** Several lengths that say the same are one (RFC 9110, section 8.6). */
function parseLength(value: string | string[]): number {
  const all = (typeof value === "string" ? value : value.join(",")).split(",").map((one) => one.trim());
  const first = all[0]!;
  if (!/^\d{1,15}$/.test(first) || all.some((one) => one !== first))
    throw new InvalidResponse(`"${quote(all.join(", "))}" is not a length.`);
  return Number(first);
}

function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would garble the log.
  return text.slice(0, 60).replace(/[\0-\x1f\x7f-\x9f]/g, "\u00b7");
}
