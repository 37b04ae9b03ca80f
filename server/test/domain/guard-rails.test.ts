import { expect, test } from "vitest";
import { brokenRail } from "../../src/domain/guard-rails.ts";

const health = (part: object) => ({ sent: 100, failed: 0, bounced: 0, complaints: 0, ...part });

test("each limit stops a campaign with its figures, and just below it does not", () => {
  expect(brokenRail(health({ sent: 96, failed: 4, bounced: 4 }))).toBeNull();
  expect(brokenRail(health({ sent: 95, failed: 5, bounced: 5 }))).toBe(
    "5 of 100 messages bounced in 7 days (5 %; the limit is 5 %)",
  );
  expect(brokenRail(health({ sent: 81, failed: 19 }))).toBeNull();
  expect(brokenRail(health({ sent: 80, failed: 20 }))).toMatch(/^20 of 100 messages failed/);
  expect(brokenRail(health({ sent: 1_001, complaints: 1 }))).toBeNull();
  expect(brokenRail(health({ sent: 1_000, complaints: 1 }))).toMatch(/drew complaints/);
});

test("below fifty messages nothing is judged", () => {
  expect(brokenRail(health({ sent: 0, failed: 49, bounced: 49 }))).toBeNull();
  expect(brokenRail(health({ sent: 0, failed: 50, bounced: 50 }))).not.toBeNull();
});
