import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FlightRecorder, forgetFlights, readFlights } from "../../src/campaigns/flight-recorder.ts";

const folder = mkdtempSync(join(tmpdir(), "herald-flight-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let no = 0;
const sent = { outcome: "sent", providerMessageId: "<1@x>" } as const;

test("a dead process's record says what was handed over and what was answered, and nothing of the rest", () => {
  const recorder = new FlightRecorder(folder, ++no);
  recorder.handOver("msg_a", 1);
  recorder.handOver("msg_b", 2);
  recorder.answered("msg_b", 2, sent);
  expect(readFlights(folder, no)).toEqual([
    { messageId: "msg_a", attempts: 1, handedOver: true, result: null },
    { messageId: "msg_b", attempts: 2, handedOver: true, result: sent },
  ]);
});

test("a line that the kill cut off counts as not written", () => {
  const recorder = new FlightRecorder(folder, ++no);
  recorder.handOver("msg_a", 1);
  appendFileSync(join(folder, `${no}.jsonl`), '["answer","msg_a",1,{"outcome":"se');
  expect(readFlights(folder, no)).toEqual([{ messageId: "msg_a", attempts: 1, handedOver: true, result: null }]);
});

test("a record of another boot, or none, is not believed: its last lines may be missing", () => {
  const recorder = new FlightRecorder(folder, ++no);
  recorder.handOver("msg_a", 1);
  const file = join(folder, `${no}.jsonl`);
  writeFileSync(file, readFileSync(file, "utf8").replace(/"header","[^"]+"/, '"header","another boot"'));
  expect(readFlights(folder, no)).toBeNull();
  forgetFlights(folder, no);
  expect(readFlights(folder, no)).toBeNull();
});

test("the file stays small: what is settled is left out when it is written anew, what is open is kept", () => {
  const recorder = new FlightRecorder(folder, ++no);
  recorder.handOver("msg_open", 3);
  const long = { outcome: "failed", code: "x", detail: "d".repeat(2_000) } as const;
  for (let i = 0; i < 5_000; i++) {
    recorder.handOver(`msg_${i}`, 1);
    recorder.answered(`msg_${i}`, 1, long);
    recorder.settled(`msg_${i}`);
  }
  const size = readFileSync(join(folder, `${no}.jsonl`)).length;
  expect(size).toBeLessThan(5 * 1024 * 1024);
  expect(readFlights(folder, no)).toContainEqual({
    messageId: "msg_open",
    attempts: 3,
    handedOver: true,
    result: null,
  });
});

test("a folder that can't be written makes a recorder that records nothing, and no error", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  const recorder = new FlightRecorder(join(file, "below"), ++no);
  recorder.handOver("msg_a", 1);
  recorder.settled("msg_a");
  recorder.close();
});

test("where the disk is full nothing more is recorded, nothing of it is believed, and nothing else fails", () => {
  const recorder = new FlightRecorder(folder, ++no);
  recorder.handOver("msg_a", 1);
  // As a write that the system refuses.
  const fd = openSync("/dev/full", "w");
  closeSync(Reflect.get(recorder, "fd") as number);
  Reflect.set(recorder, "fd", fd);
  recorder.answered("msg_a", 1, sent);
  recorder.handOver("msg_b", 1);
  expect(readFlights(folder, no)).toBeNull();
});
