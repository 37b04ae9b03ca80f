import { expect, test } from "vitest";
import { readStopPoint, stopPoint } from "../../src/db/stop-point.ts";

test("without the variable there is no stop point, and one that names no point is refused, with the names", () => {
  expect([readStopPoint(undefined), readStopPoint(""), stopPoint]).toEqual([null, null, null]);
  expect(readStopPoint("delivery.claimed:3")).not.toBeNull();
  for (const wrong of ["delivery.claim", "delivery.claimed:0", "delivery.claimed:x", "delivery.claimed:"]) {
    expect(() => readStopPoint(wrong), wrong).toThrow(
      `HERALD_TEST_STOP_AT is "${wrong}"; it can be one of message.accepted`,
    );
  }
});
