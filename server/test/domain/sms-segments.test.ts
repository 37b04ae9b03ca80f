import { expect, test } from "vitest";
import { smsSize } from "../../src/domain/sms-segments.ts";

test("an SMS is as many segments as a provider charges, by its encoding", () => {
  const sizes = (text: string) => {
    const { encoding, units, segments, left } = smsSize(text);
    return [encoding, units, segments, left];
  };
  expect(sizes("")).toEqual(["GSM-7", 0, 1, 160]);
  expect(sizes("a".repeat(160))).toEqual(["GSM-7", 160, 1, 0]);
  expect(sizes("a".repeat(161))).toEqual(["GSM-7", 161, 2, 145]);
  expect(sizes("a".repeat(306))).toEqual(["GSM-7", 306, 2, 0]);
  expect(sizes("a".repeat(307))).toEqual(["GSM-7", 307, 3, 152]);
  // The euro sign takes two places, and isn't cut: a segment of 153 has 76 of them and a place that stays empty.
  expect(sizes("€".repeat(80))).toEqual(["GSM-7", 160, 1, 0]);
  expect(sizes("€".repeat(153))).toEqual(["GSM-7", 306, 3, 151]);
  // One character that GSM doesn't have makes all of them UCS-2.
  expect(sizes("’".repeat(70))).toEqual(["UCS-2", 70, 1, 0]);
  expect(sizes(`${"a".repeat(70)}’`)).toEqual(["UCS-2", 71, 2, 63]);
  expect(sizes("😀".repeat(35))).toEqual(["UCS-2", 70, 1, 0]);
  expect(sizes("😀".repeat(67))).toEqual(["UCS-2", 134, 3, 65]);
});
