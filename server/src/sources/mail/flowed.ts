const named = /format\s{0,20}=\s{0,20}"?flowed/i;
const [space, mark, lineEnd, carriageReturn] = [0x20, 0x3e, 0x0a, 0x0d];

/**
 * A mail whose lines may go on in the next ones (`format=flowed`, RFC 3676), so that the parser joins none across an empty line, or into
 * and out of a quote (4.5: a line that ends so is to be taken as one that ends). Programs leave a space at the end of what they wrote above
 * a quote; with it the answer, the words "Ada wrote:" and the quote were one line, of which nothing could be told apart. Quoted lines stay
 * as they are.
 */
export function withEndedLines(raw: Buffer): Buffer {
  if (!named.test(raw.toString("latin1"))) return raw;
  const lines: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    const next = raw.indexOf(lineEnd, at) + 1 || raw.length;
    lines.push(ended(raw, at, next));
    at = next;
  }
  return Buffer.concat(lines);
}

/** The line from `start` up to `next`, without spaces at its end where it doesn't go on. */
function ended(raw: Buffer, start: number, next: number): Buffer {
  let content = next;
  while (content > start && (raw[content - 1] === lineEnd || raw[content - 1] === carriageReturn)) content -= 1;
  const following = raw[next];
  const goesOn = following !== lineEnd && following !== carriageReturn && following !== mark && raw[start] !== mark;
  let end = content;
  for (;;) {
    if (raw[end - 1] === space && end > start) end -= 1;
    else if (end - 3 >= start && raw.toString("latin1", end - 3, end) === "=20") end -= 3;
    else break;
  }
  // The line above a signature is no flowed one.
  if (goesOn || end === content || /^--(?: |=20)$/.test(raw.toString("latin1", start, Math.min(content, start + 9))))
    return raw.subarray(start, next);
  return Buffer.concat([raw.subarray(start, end), raw.subarray(content, next)]);
}
