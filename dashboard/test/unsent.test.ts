import { expect, test } from "vitest";
import { createClient, type HeraldApiError } from "../../sdk/src/client.ts";
import { lostReply } from "../src/api/lost-reply.ts";
import { unsentAnswer } from "../src/pages/inbox/unsent.ts";

test("an answer that goes out while another conversation is looked at isn't there to be sent again, and until then has one key", () => {
  const answer = unsentAnswer("user_1", "conv_1");
  const { key } = answer.get();
  answer.set({ text: "Tuesday at ten", subject: "", key, lost: null });
  expect(answer.get()).toEqual({ text: "Tuesday at ten", subject: "", key, lost: null });
  const heard: string[] = [];
  const stop = answer.watch(({ text }) => heard.push(text));
  answer.settled({ key, text: "Tuesday at ten", lost: null });
  stop();
  expect(answer.get()).toMatchObject({ text: "", subject: "" });
  expect(answer.get().key).not.toBe(key);
  expect(heard).toEqual(["Tuesday at ten"]);

  // What was written since is another answer.
  answer.set({ text: "Tuesday at ten. Or at noon", subject: "", key, lost: null });
  answer.settled({ key, text: "Tuesday at ten", lost: null });
  expect(answer.get().text).toBe("Tuesday at ten. Or at noon");
  expect(answer.get().key).not.toBe(key);
  expect(unsentAnswer("user_2", "conv_1").get().text).toBe("");
});

test("an answer whose reply was lost keeps its key until it is known that the key was used", () => {
  const answer = unsentAnswer("user_1", "conv_2");
  const { key } = answer.get();
  answer.set({ text: "Tuesday", subject: "", key, lost: null });
  answer.settled({ key, text: "Tuesday", lost: "unsure" });
  expect(answer.get()).toEqual({ text: "Tuesday", subject: "", key, lost: "unsure" });
  answer.set({ text: "Wednesday", subject: "", key, lost: "unsure" });
  answer.settled({ key, text: "Wednesday", lost: "before" });
  expect(answer.get()).toMatchObject({ text: "Wednesday", lost: "before" });
  expect(answer.get().key).not.toBe(key);
});

test("an answer that broke off, that a proxy gave or that never came leaves it open whether Herald has accepted; a refusal doesn't", async () => {
  const failure = async (answer: () => Response) => {
    const { request } = createClient({ baseUrl: "http://herald", retries: 0, fetch: async () => answer() });
    return await request("POST /v1/campaigns", { body: {} as never }).then(
      () => expect.unreachable(),
      (error: unknown) => error as HeraldApiError,
    );
  };
  const json = { "content-type": "application/json" };
  const proxy = await failure(() => new Response("<h1>Bad Gateway</h1>", { status: 502 }));
  expect([lostReply(proxy), proxy.message]).toEqual(["unsure", expect.stringContaining("Try again in a moment")]);
  expect(lostReply(await failure(() => new Response('{"messageId"', { status: 202, headers: json })))).toBe("unsure");
  expect(lostReply(await failure(() => Response.error()))).toBe("unsure");
  expect(lostReply(await failure(() => Response.json({ message: "No." }, { status: 400 })))).toBeNull();
});
