import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newEvent } from "../../src/db/new-event.ts";
import { storePastEvents } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("truncate event, consumer");
});

const data = { campaignId: "camp_1", campaignName: "A", pausedAt: new Date(0).toISOString(), pausedBy: "api" as const };

async function happened(agoMs: number): Promise<string> {
  const event = newEvent(api.workspaceId, "campaign.paused", data, {}, Date.now() - agoMs);
  await storePastEvents(api.db, [event]);
  return event.id;
}

const key = () => api.keys.read;
const put = (name: string, body?: object) =>
  api.call("PUT", `/v1/consumers/${name}`, { key: key(), ...(body && { body }) });
const ack = (name: string, cursor: string) =>
  api.call("POST", `/v1/consumers/${name}/ack`, { key: key(), body: { cursor } });
const fetched = async (name: string, more = "") =>
  (await api.call("GET", `/v1/events?consumer=${name}${more}`, { key: key() })).body.data?.map(
    (event: { eventId: string }) => event.eventId,
  );
const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

test("a consumer gets events again until it acknowledges them, and then only what is behind", async () => {
  const [a, b, c] = [await happened(9_000), await happened(8_000), await happened(7_000)];
  await put("crm", { after: hourAgo() });
  expect(await fetched("crm")).toEqual([a, b, c]);
  // It crashes.
  expect(await fetched("crm", "&limit=2")).toEqual([a, b]);
  const { body } = await ack("crm", b);
  expect(body).toMatchObject({ name: "crm", position: b, acknowledgedAt: expect.any(String) });
  expect(await fetched("crm")).toEqual([c]);
  // Other consumers have places of their own.
  await put("audit", { after: hourAgo() });
  expect(await fetched("audit")).toEqual([a, b, c]);
});

test("acknowledgements that overtake each other, or come twice, never move a consumer back", async () => {
  const [a, b, c] = [await happened(9_000), await happened(8_000), await happened(7_000)];
  await put("crm", { after: hourAgo() });
  await Promise.all([a, c, b, c, a].map((id) => ack("crm", id)));
  expect((await ack("crm", a)).body.position).toBe(c);
  // A time stands behind all events of its millisecond.
  const at = new Date(Number(c.slice(4, 17))).toISOString();
  expect((await ack("crm", at)).body.position).toBe(at);
  expect((await ack("crm", c)).body.position).toBe(at);
});

test("a new consumer begins at the end of the log; calling it again changes nothing, and `after` moves it", async () => {
  const a = await happened(9_000);
  const { status, body } = await put("crm");
  expect(status).toBe(200);
  expect(Date.now() - Date.parse(body.position)).toBeLessThan(10_000);
  expect(await fetched("crm")).toEqual([]);
  expect((await put("crm")).body).toEqual(body);
  expect((await put("crm", { after: hourAgo() })).status).toBe(200);
  expect(await fetched("crm")).toEqual([a]);
});

test("a place that nobody can have read is refused: what is committed there later would be skipped", async () => {
  await put("crm");
  const refused = await ack("crm", "evt_9999999999999_aaaaaaaaa");
  expect(refused.body).toMatchObject({
    code: "invalid_request",
    details: [{ field: "cursor", reason: expect.stringContaining("beyond the end of the log") }],
  });
  expect((await ack("crm", "the last one")).body.details[0].field).toBe("cursor");
  const future = new Date(Date.now() + 60_000).toISOString();
  expect((await put("new", { after: future })).body.details[0].field).toBe("after");
  expect((await api.call("GET", "/v1/consumers/new")).status).toBe(404);
});

test("unknown names and wrong ones are told apart, and other workspaces' are unknown", async () => {
  await put("crm");
  const unknown = await api.call("GET", "/v1/events?consumer=crn");
  expect(unknown).toMatchObject({ status: 404, body: { message: expect.stringContaining("PUT /v1/consumers/crn") } });
  expect((await ack("crn", await happened(5_000))).status).toBe(404);
  expect((await put("a%20b")).body).toMatchObject({ code: "invalid_request", details: [{ field: "name" }] });
  expect((await api.call("GET", "/v1/events?consumer=crm&after=2026-01-01T00:00:00Z")).body.details[0].field).toBe(
    "after",
  );
  const other = await api.db.query<{ id: string }>(
    "insert into workspace (id, name) values ('ws_x', 'X') returning id",
  );
  const stranger = await api.secretOf("admin", other.rows[0]!.id);
  expect((await api.call("GET", "/v1/consumers/crm", { key: stranger })).status).toBe(404);
  expect((await api.call("DELETE", "/v1/consumers/crm", { key: stranger })).status).toBe(404);
});

test("consumers are listed by name, page by page, and deleted", async () => {
  for (const name of ["b", "a", "c"]) await put(name);
  const names = async (query: string) => {
    const { body } = await api.call("GET", `/v1/consumers?limit=2${query}`);
    return [body.data.map((consumer: { name: string }) => consumer.name), body.nextCursor];
  };
  const [first, cursor] = await names("");
  expect([first, await names(`&cursor=${cursor}`)]).toEqual([
    ["a", "b"],
    [["c"], null],
  ]);
  expect((await api.call("DELETE", "/v1/consumers/b")).status).toBe(204);
  expect((await names(""))[0]).toEqual(["a", "c"]);
});

test("a workspace has a bounded number of consumers", async () => {
  await api.db.query(
    "insert into consumer (workspace_id, name, position_at) select $1, 'n' || n, now() from generate_series(1, 1000) n",
    [api.workspaceId],
  );
  expect((await put("one-more")).body).toMatchObject({ code: "invalid_state" });
  expect((await put("n7")).status).toBe(200);
});
