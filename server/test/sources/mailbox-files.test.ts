import { afterAll, beforeAll, expect, test } from "vitest";
import { dispositionOf } from "../../src/api/message-attachment.ts";
import { type LoopbackImap, startImap } from "../../src/loopback/imap.ts";
import { login, mail, mailboxApi } from "./mailbox-setup.ts";

let given: Awaited<ReturnType<typeof mailboxApi>>;
let imap: LoopbackImap;
beforeAll(async () => {
  given = await mailboxApi();
  imap = await startImap(login);
});
afterAll(async () => {
  await given.close();
  await imap.close();
});

const pdf = Buffer.from("%PDF-1.7 a file \0 of bytes \xff", "latin1");

test("a file of an email is fetched when it is asked for, as a download, and only while the mail is there", async () => {
  await given.makeSender(imap.port);
  const lead = await given.makeLead("files@lead.example");
  const parts = [
    "--b\nContent-Type: text/plain\n\nSee the files.\n",
    '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="offer.pdf"\nContent-Transfer-Encoding: base64\n\n',
    `${pdf.toString("base64")}\n`,
    '--b\nContent-Type: text/html\nContent-Disposition: attachment; filename="page.html"\n\n<script>alert(1)</script>\n--b--',
  ].join("");
  imap.deliver(
    "INBOX",
    mail(
      {
        From: "files@lead.example",
        "Content-Type": 'multipart/mixed; boundary="b"',
        "Message-ID": "<f1@lead.example>",
      },
      parts,
    ),
  );
  const reading = await given.startReading();
  await reading.caughtUp(1);
  await given.drain();
  const [message] = await given.messages(lead);
  expect(message.attachments.map(({ contentType }: { contentType: string }) => contentType)).toEqual([
    "application/pdf",
    "text/html",
  ]);
  const fetch = (n: number, key?: string) =>
    given.api.app.inject({
      method: "GET",
      url: `/v1/messages/${message.id}/attachments/${n}`,
      headers: { "x-api-key": key ?? given.api.keys.read },
    });
  const file = await fetch(0);
  expect([file.statusCode, file.rawPayload.equals(pdf)]).toEqual([200, true]);
  expect(file.headers).toMatchObject({
    ...{ "content-type": "application/octet-stream", "x-content-type-options": "nosniff" },
    ...{ "content-length": String(pdf.length), "content-security-policy": "sandbox; default-src 'none'" },
    "content-disposition": `attachment; filename="offer.pdf"; filename*=UTF-8''offer.pdf`,
  });
  const page = await fetch(1);
  expect([page.headers["content-type"], page.body.trim()]).toEqual([
    "application/octet-stream",
    "<script>alert(1)</script>",
  ]);
  expect((await fetch(2)).statusCode).toBe(404);
  expect((await fetch(0, "hk_nobody")).statusCode).toBe(401);
  const box = imap.folder("INBOX");
  box.mails.splice(0);
  const gone = await fetch(0);
  expect([gone.statusCode, gone.json().message]).toEqual([404, "The mail is not in the mailbox any more."]);
  imap.faults.refuseLogin = true;
  expect((await fetch(0)).statusCode).toBe(502);
  imap.faults.refuseLogin = false;
  await reading.die();
  expect(imap.violations).toEqual([]);
  expect(given.errors).toEqual([]);
});

test("a file's name can be no path, and ends no header", () => {
  expect(dispositionOf('../../etc/"pass\r\nwd".txt')).toBe(
    `attachment; filename=".._.._etc__pass_wd_.txt"; filename*=UTF-8''.._.._etc_%22pass_wd%22.txt`,
  );
  expect(dispositionOf("Überblick’s.pdf")).toBe(
    `attachment; filename="_berblick_s.pdf"; filename*=UTF-8''%C3%9Cberblick%E2%80%99s.pdf`,
  );
  expect(dispositionOf(null)).toBe(`attachment; filename="attachment"; filename*=UTF-8''attachment`);
});
