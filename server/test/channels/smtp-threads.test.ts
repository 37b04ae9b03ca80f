import { expect, test } from "vitest";
import type { MessageThread } from "../../src/channels/channel.ts";
import { subjectOf } from "../../src/channels/email/mime.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail, setup } from "./smtp-setup.ts";

function thread(overrides: Partial<MessageThread> = {}): MessageThread {
  return { providerThreadId: null, providerLeadId: null, inReplyTo: null, references: [], subject: null, ...overrides };
}

test.each([
  ["its own", "Hello", null, "Hello"],
  ["its own, also in a thread", "Hello", "First", "Hello"],
  ["Re: and the thread's", null, "First", "Re: First"],
  ["Re: and the thread's, for a blank one", " \t", "First", "Re: First"],
  ["Re: not doubled", null, "Re: First", "Re: First"],
  ["RE: not doubled", null, "RE:First", "RE:First"],
  ["none", null, null, null],
  ["none for a blank thread", null, " ", null],
])("the subject is %s", (_what, subject, first, expected) => {
  expect(subjectOf({ subject, thread: thread({ subject: first }) })).toBe(expected);
});

test("a follow-up answers the latest mail of its thread and names all of them", async () => {
  const { server, sender } = await setup();
  const earlier = { inReplyTo: "<2@example.com>", references: ["<1@example.com>"], subject: "First" };
  const result = await sender.send(mail({ subject: null, thread: thread(earlier) }), noDeadline());
  expect(result).toMatchObject({ outcome: "sent", subject: "Re: First" });
  expect(server.mails[0]?.subject).toBe("Re: First");
  expect(server.mails[0]?.headers.get("in-reply-to")).toBe("<2@example.com>");
  expect(server.mails[0]?.headers.get("references")).toBe("<1@example.com> <2@example.com>");
});

test.each([
  ["the thread's", "First", true],
  ["Re: the thread's", "re: First", true],
  ["another one", "Second", false],
])("a subject that is %s: goes on with the thread: %s", async (_what, subject, threaded) => {
  const { server, sender } = await setup();
  const earlier = { inReplyTo: "<1@example.com>", references: ["<1@example.com>"], subject: "First" };
  await sender.send(mail({ subject, thread: thread(earlier) }), noDeadline());
  expect(server.mails[0]?.headers.has("in-reply-to")).toBe(threaded);
  expect(server.mails[0]?.headers.has("references")).toBe(threaded);
  expect(server.mails[0]?.subject).toBe(subject);
});

test("a long thread keeps its first and its latest Message-IDs", async () => {
  const { server, sender } = await setup();
  const references = Array.from({ length: 500 }, (_, n) => `<${n}@example.com>`);
  await sender.send(mail({ thread: thread({ inReplyTo: "<499@example.com>", references }) }), noDeadline());
  const kept = server.mails[0]?.headers.get("references")?.split(/\s+/);
  expect(kept).toHaveLength(20);
  expect([kept?.[0], kept?.[1], kept?.at(-1)]).toEqual(["<0@example.com>", "<481@example.com>", "<499@example.com>"]);
});

test("Message-IDs of strangers can't bring header fields with them", async () => {
  const { server, sender } = await setup();
  const references = ["<1@example.com>\r\nBcc: <other@example.org>", "<ok@example.com>", "no brackets", "<a b@c>"];
  const bad = "<x@example.com>\r\nX-Evil: 1";
  expect(await sender.send(mail({ thread: thread({ inReplyTo: bad, references }) }), noDeadline())).toMatchObject({
    outcome: "sent",
  });
  expect(server.mails[0]?.headers.get("references")).toBe("<ok@example.com>");
  for (const name of ["in-reply-to", "x-evil", "bcc"]) expect(server.mails[0]?.headers.has(name)).toBe(false);
});
