import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

test("an address is suppressed in its canonical spelling, once, and found in any", async () => {
  const body = { channel: "sms", address: "+1 (202) 555-0143", reason: "Asked by phone" };
  expect((await api.call("POST", "/v1/suppressions", { body })).body).toEqual({
    channel: "sms",
    address: "+12025550143",
    added: true,
  });
  expect((await api.call("POST", "/v1/suppressions", { body })).body.added).toBe(false);
  const { body: list } = await api.call("GET", `/v1/suppressions?address=${encodeURIComponent("+1 202 555 0143")}`);
  expect(list.data).toMatchObject([
    { channel: "sms", address: "+12025550143", reason: "Asked by phone", source: "api" },
  ]);
});

test("the channel says how an address is read; `all` reads it by its looks", async () => {
  const post = (body: object) => api.call("POST", "/v1/suppressions", { body });
  expect((await post({ address: "Ada@Example.com" })).body).toMatchObject({
    channel: "all",
    address: "ada@example.com",
  });
  expect((await post({ address: "jane@LinkedIn.com" })).body.address).toBe("jane@linkedin.com");
  expect((await post({ address: "linkedin.com/in/Ada/" })).body.address).toMatch(
    /^https:\/\/www\.linkedin\.com\/in\/ada$/i,
  );
  expect((await post({ channel: "sms", address: "ada@example.com" })).body.details).toEqual([
    { field: "address", reason: expect.any(String) },
  ]);
});

test("a suppression can be lifted, by an admin's key alone", async () => {
  await api.call("POST", "/v1/suppressions", { body: { channel: "email", address: "b@example.com" } });
  const lift = (key: string) =>
    api.call("DELETE", "/v1/suppressions?channel=email&address=B@example.com&reason=asked", { key });
  expect((await lift(api.keys.send)).status).toBe(403);
  expect((await lift(api.keys.admin)).status).toBe(204);
  expect((await lift(api.keys.admin)).status).toBe(404);
});
