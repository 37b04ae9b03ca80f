import fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, framesOf } from "../../../src/cli/listen/server-sent-events.ts";

async function framesIn(...chunks: (string | Uint8Array)[]): Promise<Frame[]> {
  const bytes = async function* () {
    for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  };
  const frames: Frame[] = [];
  for await (const frame of framesOf(bytes())) frames.push(frame);
  return frames;
}

test("IDs and data are read, whatever the ends of lines, and comments and unknown fields are passed over", async () => {
  const text = ": hi\n\nretry: 5\nid: a\n\nid: b\r\ndata: {}\r\n\r\nevent: x\rdata:one\rdata: two\r\rid\n\n";
  expect(await framesIn(text)).toEqual([
    { id: null, data: null },
    { id: "a", data: null },
    { id: "b", data: "{}" },
    { id: null, data: "one\ntwo" },
    { id: "", data: null },
  ]);
});

test("what was cut off at the end is no event", async () => {
  expect(await framesIn('id: a\ndata: {"a":1}\n')).toEqual([]);
});

test("where the bytes are cut changes nothing, not even inside a character or a line's end", async () => {
  const text = 'id: 1\r\ndata: {"text":"Grüße 🎉"}\r\n\r\n: x\n\nid: 2\ndata: b\n\n';
  const whole = await framesIn(text);
  const bytes = Buffer.from(text);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, n) => bytes.subarray(at[n], end));
      expect(await framesIn(...chunks)).toEqual(whole);
    }),
  );
});
