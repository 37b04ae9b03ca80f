import { HeraldError } from "../domain/error.ts";

/** What files begin with that people take for CSV. */
const notCsv: readonly { bytes: readonly number[]; reason: string }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], reason: "This is an Excel workbook or another zip file" },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], reason: "This is an old Excel workbook" },
  { bytes: [0x1f, 0x8b], reason: "This file is compressed" },
  { bytes: [0x25, 0x50, 0x44, 0x46], reason: "This is a PDF" },
];

/**
 * The text of a file: UTF-8, or UTF-16 if its byte order mark says so; the mark is dropped. Bytes that are no text
 * become U+FFFD, so that one bad row doesn't cost the file.
 * @throws HeraldError `invalid_request` if the file is surely no text.
 */
export async function* decodeText(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let head = new Uint8Array(0);
  for await (const chunk of stream) {
    if (decoder !== null) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 4) continue;
    decoder = decoderFor(head);
    yield decoder.decode(head, { stream: true });
  }
  decoder ??= decoderFor(head);
  yield head.length < 4 ? decoder.decode(head) : decoder.decode();
}

function decoderFor(head: Uint8Array): TextDecoder {
  for (const { bytes, reason } of notCsv) {
    if (bytes.every((byte, index) => head[index] === byte)) {
      throw new HeraldError("invalid_request", `${reason}, not CSV. Save the table as "CSV UTF-8" and try again.`);
    }
  }
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder("utf-16le");
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder("utf-16be");
  if (head.length > 0 && head.subarray(0, 4).includes(0)) {
    throw new HeraldError(
      "invalid_request",
      'This file is not UTF-8 text. Save the table as "CSV UTF-8" and try again.',
    );
  }
  return new TextDecoder("utf-8");
}
