import { expect, test } from "vitest";
import { unsentAnswer } from "../src/pages/inbox/unsent.ts";

test("an answer that goes out while another conversation is looked at isn't there to be sent again, and until then has one key", () => {
  const answer = unsentAnswer("user_1", "conv_1");
  const { key } = answer.get();
  answer.set({ text: "Tuesday at ten", subject: "", key });
  expect(answer.get()).toEqual({ text: "Tuesday at ten", subject: "", key });
  const heard: string[] = [];
  const stop = answer.watch(({ text }) => heard.push(text));
  answer.sent(key, "Tuesday at ten");
  stop();
  expect(answer.get()).toMatchObject({ text: "", subject: "" });
  expect(answer.get().key).not.toBe(key);
  expect(heard).toEqual(["Tuesday at ten"]);

  // What was written since is another answer.
  answer.set({ text: "Tuesday at ten. Or at noon", subject: "", key });
  answer.sent(key, "Tuesday at ten");
  expect(answer.get().text).toBe("Tuesday at ten. Or at noon");
  expect(answer.get().key).not.toBe(key);
  expect(unsentAnswer("user_2", "conv_1").get().text).toBe("");
});
