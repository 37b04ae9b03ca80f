import { afterAll, beforeAll, expect, test } from "vitest";
import { startImap } from "../../src/loopback/imap.ts";
import { tellFailing, tellResumed } from "../../src/sources/tell-receiving.ts";
import { address, login, mailboxApi } from "./mailbox-setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
beforeAll(async () => {
  given = await mailboxApi();
});
afterAll(() => given.close());

const told = async (senderId: string) =>
  (await given.events())
    .filter(({ type, data }) => type.startsWith("sender.receiving") && data.senderId === senderId)
    .map(({ type, data }) => [type.split("_").at(-1), data.code ?? null]);

test("a mailbox whose login is refused is told of once, at once; and once that it is read again", async () => {
  const imap = await startImap(login);
  imap.faults.refuseLogin = true;
  const senderId = await given.makeSender(imap.port);
  const woken: string[] = [];
  await given.db.query(
    `insert into destination (workspace_id, id, name, url, format, format_bit, secret)
     values ($1, 'dest_1', 'd', 'https://hooks.example.com', 'herald', 1, '')`,
    [given.workspaceId],
  );
  await given.db.query("insert into lane (workspace_id, id, kind, max_leased) values ($1, 'dest_1', 'delivery', 8)", [
    given.workspaceId,
  ]);
  const reading = await given.startReading({
    wakeDeliveries: (lanes) => void woken.push(...lanes.map(({ laneId }) => laneId)),
  });
  const receiving = async () => (await given.call("GET", `/v1/senders/${senderId}`)).body.receiving;
  await expect.poll(() => told(senderId), { interval: 10 }).toEqual([["failed", "login_refused"]]);
  expect(woken).toEqual(["dest_1"]);
  expect(await receiving()).toMatchObject({
    ...{ way: "mailbox", state: "failing", errorCode: "login_refused", lastSuccessAt: null, lagSeconds: null },
    ...{ failures: 1, error: expect.stringContaining("Check the user and the password") },
    ...{ failingSince: expect.any(String), nextAt: expect.any(String) },
  });
  // It is told no second time.
  await given.db.query("update mailbox set retry_at = now() where sender_id = $1", [senderId]);
  reading.mailboxes.wake();
  await expect.poll(async () => (await receiving()).failures, { interval: 10 }).toBe(2);
  expect(await told(senderId)).toHaveLength(1);
  imap.faults.refuseLogin = false;
  await given.db.query("update mailbox set retry_at = now() where sender_id = $1", [senderId]);
  reading.mailboxes.wake();
  await expect.poll(async () => (await told(senderId)).length, { interval: 10 }).toBe(2);
  expect((await told(senderId))[1]).toEqual(["resumed", null]);
  expect(await receiving()).toMatchObject({ state: "ok", lagSeconds: 0, failures: 0, failingSince: null, error: null });
  const { body: list } = await given.call("GET", "/v1/senders");
  expect(list.data.find((one: { id: string }) => one.id === senderId).receiving).toMatchObject({ state: "ok" });
  await reading.die();
  await imap.close();
});

test("what may mend itself is told after half an hour, by mailbox and by asking a provider", async () => {
  const key = { workspaceId: given.workspaceId, senderId: await given.makeSender(1) };
  const { senderId } = key;
  await given.db.query(
    `update mailbox set state = 'failing', error_code = 'connect_failed', error = 'away', failing_since = now(),
       retry_at = now() + interval '1 hour' where sender_id = $1`,
    [senderId],
  );
  await tellFailing(given.db, "mailbox", key);
  expect(await told(senderId)).toEqual([]);
  // Several processes that notice it at once tell it once.
  const later = Date.now() + 31 * 60_000;
  await Promise.all([1, 2, 3].map(() => tellFailing(given.db, "mailbox", key, later)));
  expect(await told(senderId)).toEqual([["failed", "connect_failed"]]);
  await tellResumed(given.db, "mailbox", key);
  expect(await told(senderId)).toHaveLength(1);
  await given.db.query("delete from mailbox where sender_id = $1", [senderId]);
  await given.db.query(
    `insert into poll (workspace_id, sender_id, error, failures, failing_since) values ($1, $2, 'busy', 3, now())`,
    [key.workspaceId, senderId],
  );
  await tellFailing(given.db, "poll", key, later);
  await given.db.query("update poll set error = null, failing_since = null where sender_id = $1", [senderId]);
  await Promise.all([1, 2].map(() => tellResumed(given.db, "poll", key)));
  expect((await told(senderId)).slice(1)).toEqual([
    ["failed", "provider_failed"],
    ["resumed", null],
  ]);
  const { body: sms } = await given.call("POST", "/v1/senders", {
    body: {
      name: "SMS",
      channel: "email",
      provider: "smtp",
      config: { host: "127.0.0.1", security: "none", from: address },
    },
  });
  expect(sms.receiving).toBeNull();
});
