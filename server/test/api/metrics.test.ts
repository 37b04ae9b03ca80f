import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attemptMetrics, renderMetrics } from "../../src/metrics.ts";
import { makeDestination } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

const scrape = (key: string | null = null, headers: Record<string, string> = {}) =>
  api.call("GET", "/metrics", { key, headers });
const value = (text: string, series: string) => {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length));
};

test("what is due counts, what waits in a parked lane or for later doesn't", async () => {
  const [open, parked] = [
    (await makeDestination(api.db, api.workspaceId)).id,
    (await makeDestination(api.db, api.workspaceId)).id,
  ];
  await api.db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at)
     select $1, lane, 'evt', now() + wait from unnest($2::text[], $3::interval[]) as t (lane, wait)`,
    [api.workspaceId, [open, open, open, parked], ["-90 seconds", "-5 seconds", "1 hour", "-1 hour"]],
  );
  await api.db.query("update lane set ready_at = now()");
  await api.db.query("update lane set parked_until = 'infinity' where id = $1", [parked]);
  const { body } = await scrape();
  expect(value(body, 'herald_lane_ready{kind="delivery"}')).toBe(1);
  expect(value(body, 'herald_outbox_due{kind="delivery"}')).toBe(2);
  expect(value(body, 'herald_outbox_oldest_due_age_seconds{kind="delivery"}')).toBeGreaterThanOrEqual(90);
  expect(value(body, 'herald_outbox_oldest_due_age_seconds{kind="delivery"}')).toBeLessThan(120);
  expect(value(body, 'herald_outbox_due{kind="message"}')).toBe(0);
});

test("attempts are counted by outcome, requests by route and not by path", async () => {
  const series = 'herald_attempts_total{kind="message",outcome="uncertain"}';
  const first = (await scrape()).body;
  // There before the first one: what a series begins with, an alert doesn't see as a rise.
  expect(value(first, 'herald_attempts_total{kind="delivery",outcome="filtered"}')).toBe(0);
  const before = value(first, series)!;
  attemptMetrics("message", { outcome: "uncertain", durationMs: 250 });
  attemptMetrics("message", null);
  await api.call("GET", "/v1/senders/sender_1");
  await api.call("GET", "/secret-path");
  const { body } = await scrape();
  expect(value(body, series)).toBe(before + 1);
  expect(body).toContain(
    'herald_http_request_duration_seconds_count{method="GET",route="/v1/senders/:id",status="404"}',
  );
  expect(body).toContain('route="none"');
  expect(body).not.toMatch(/sender_1|secret-path/);
});

test("this machine reads metrics without a key; what came through a proxy needs one with the scope read", async () => {
  expect((await scrape()).status).toBe(200);
  const proxied = { "x-forwarded-for": "203.0.113.7" };
  expect((await scrape(null, proxied)).status).toBe(401);
  expect((await scrape(api.keys.send, proxied)).status).toBe(403);
  expect((await scrape(api.keys.read, proxied)).status).toBe(200);
  const { statusCode } = await api.app.inject({ url: "/metrics", remoteAddress: "203.0.113.7" });
  expect(statusCode).toBe(401);
});

test("every metric that the dashboard and the alert rules name is there", async () => {
  const { body } = await scrape();
  const folder = new URL("../../../docs/monitoring/", import.meta.url);
  for (const file of ["grafana.json", "alerts.yaml"]) {
    const named = new Set(readFileSync(new URL(file, folder), "utf8").match(/\bherald_\w+/g));
    expect(named.size).toBeGreaterThan(5);
    for (const name of named)
      expect(body, `${name} of ${file}`).toMatch(new RegExp(`^# TYPE ${name.replace(/_(bucket|count)$/, "")} `, "m"));
  }
});

test("while the database is away its numbers are missing, not 0", async () => {
  expect((await scrape()).body).toMatch(/^herald_database_size_bytes [1-9]/m);
  const { text } = await renderMetrics({ query: () => Promise.reject(new Error("away")) });
  expect(text).not.toMatch(/^herald_database_size_bytes /m);
  expect(text).toMatch(/^herald_attempts_total/m);
});
