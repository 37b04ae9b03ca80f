import { describe, expect, test } from "vitest";
import type { SendResult } from "../../src/channels/channel.ts";
import type { SmtpFault } from "../../src/loopback/smtp-faults.ts";
import { noDeadline } from "./outbound-message.ts";
import { mail, setup } from "./smtp-setup.ts";

const says = (at: SmtpFault["at"], reply: string): SmtpFault => ({ at, reply });
const cuts = (at: SmtpFault["at"]): SmtpFault => ({ at, drop: true });
/** After the whole content: the mail is taken, but the answer doesn't say so. */
const takes = (fault: Partial<SmtpFault>): SmtpFault => ({ at: "end", store: true, ...fault });

const retry = (code: string) => ({ outcome: "retry", code });
const waits = (code: string) => ({ outcome: "retry", code, throttled: true });
const broken = (code: string) => ({ outcome: "sender_broken", code });
const failed = (code: string, suppress?: string) => ({ outcome: "failed", code, ...(suppress && { suppress }) });
const uncertain = { outcome: "uncertain", code: "answer_lost" };

/** What happens, how the server is made to do it, the result, and how many copies the server then holds (else 0). */
const cases: [string, SmtpFault, { outcome: string }, number?][] = [
  // Before a session is open, the whole sender waits.
  ["421 as greeting", says("greeting", "421 4.3.2 Busy"), waits("server_unavailable")],
  ["554 as greeting", says("greeting", "554 No service"), waits("server_unavailable")],
  ["garbage as greeting", says("greeting", "SSH-2.0-OpenSSH_9.6"), waits("protocol_error")],
  ["line cut before the greeting", cuts("greeting"), waits("connect_failed")],

  ["535 at login", says("auth", "535 5.7.8 Bad credentials"), broken("login_refused")],
  ["534 at login", says("auth", "534 5.7.9 Log in with your browser"), broken("login_refused")],
  ["432 at login", says("auth", "432 4.7.12 A password transition is needed"), broken("login_refused")],
  ["454 at login", says("auth", "454 4.7.0 Temporary authentication failure"), waits("login_unavailable")],
  ["421 at login", says("auth", "421 4.7.0 Too many login attempts"), waits("login_unavailable")],
  ["line cut at login", cuts("auth"), waits("connection_lost")],

  ["451 at MAIL", says("mail", "451 4.3.0 Later"), retry("refused_for_now")],
  ["530 at MAIL", says("mail", "530 5.7.0 Authentication required"), broken("login_required")],
  ["553 at MAIL", says("mail", "553 5.7.1 Sender not owned by user"), broken("sender_refused")],
  ["552 for the size at MAIL", says("mail", "552 5.3.4 Too big"), failed("message_too_large")],
  ["line cut at MAIL", cuts("mail"), retry("connection_lost")],
  ["garbage at MAIL", says("mail", "what?"), retry("protocol_error")],

  ["450 at RCPT (greylisting)", says("rcpt", "450 4.7.1 Greylisted"), retry("refused_for_now")],
  ["451 at RCPT", says("rcpt", "451 4.3.0 Later"), retry("refused_for_now")],
  ["452 for a full mailbox at RCPT", says("rcpt", "452 4.2.2 Too many mails in it"), retry("refused_for_now")],
  ["450 'too many' at RCPT", says("rcpt", "450 4.7.1 Too many messages"), waits("throttled")],
  ["421 4.7.x at RCPT", says("rcpt", "421 4.7.28 Unusual rate of mail"), waits("throttled")],
  ["454 at RCPT", says("rcpt", "454 Throttling failure"), waits("throttled")],
  ["421 at RCPT", says("rcpt", "421 4.3.2 Shutting down"), retry("refused_for_now")],
  ["550 5.1.1 at RCPT", says("rcpt", "550 5.1.1 No such user"), failed("recipient_unknown", "bounced")],
  ["550 'user unknown' at RCPT", says("rcpt", "550 User unknown"), failed("recipient_unknown", "bounced")],
  [
    "550 of GMX for policy at RCPT",
    says("rcpt", "550 mailbox unavailable, reject due to policy restrictions"),
    failed("recipient_refused"),
  ],
  [
    "550 5.2.1 of Gmail for what comes at RCPT",
    says("rcpt", "550 5.2.1 The user is receiving mail at a rate that prevents more"),
    failed("recipient_refused"),
  ],
  ["550 5.7.1 at RCPT", says("rcpt", "550 5.7.1 Blocked by policy"), failed("recipient_refused")],
  ["553 5.1.3 at RCPT", says("rcpt", "553 5.1.3 Bad address"), failed("invalid_recipient", "invalid")],
  ["550 5.4.5 at RCPT (the day's limit)", says("rcpt", "550 5.4.5 Daily limit exceeded"), waits("sending_limit")],
  ["554 'relay denied' at RCPT", says("rcpt", "554 5.7.1 Relay access denied"), broken("relay_denied")],
  ["line cut at RCPT", cuts("rcpt"), retry("connection_lost")],

  ["451 at DATA", says("data", "451 4.3.0 Later"), retry("refused_for_now")],
  ["503 at DATA", says("data", "503 5.5.1 Bad sequence"), retry("bad_sequence")],
  ["554 at DATA", says("data", "554 5.7.1 No"), failed("message_refused")],
  ["line cut at DATA", cuts("data"), retry("connection_lost")],
  ["garbage at DATA", says("data", "%$#!"), retry("protocol_error")],

  // From here on the content is out: only a refusal in words is certain.
  ["421 after the content", says("end", "421 4.3.2 Shutting down"), retry("refused_for_now")],
  ["421 4.7.x after the content", says("end", "421 4.7.0 Slow down"), waits("throttled")],
  ["451 after the content", says("end", "451 4.3.0 Later"), retry("refused_for_now")],
  ["454 after the content", says("end", "454 Throttling failure: Maximum rate exceeded."), waits("throttled")],
  ["554 after the content", says("end", "554 5.7.1 Spam"), failed("message_refused")],
  ["550 5.1.1 after the content", says("end", "550 5.1.1 No such user"), failed("recipient_unknown", "bounced")],
  ["535 after the content", says("end", "535 5.7.8 Token expired"), broken("login_required")],
  ["line cut within the content", cuts("content"), uncertain],
  ["line cut after the content, mail not taken", cuts("end"), uncertain],
  ["line cut after the content, mail taken", takes({ drop: true }), uncertain, 1],
  ["garbage for an answer, mail taken", takes({ reply: "<html>" }), uncertain, 1],
  ["'2xx' that is no reply, mail taken", takes({ reply: "2banana" }), uncertain, 1],
  ["354 for an answer, mail taken", takes({ reply: "354 Go ahead" }), uncertain, 1],
  ["half a refusal and a cut line, mail taken", takes({ reply: "55", drop: true }), uncertain, 1],
];

for (const pipelining of [true, false]) {
  describe(pipelining ? "with pipelining" : "without pipelining", () => {
    test.each(cases)("%s: $2.outcome", async (_claim, fault, expected, held = 0) => {
      const { server, sender } = await setup({ server: { pipelining } });
      server.fault(fault);

      const { detail, ...result } = notSent(await sender.send(mail(), noDeadline()));
      expect(result).toEqual(expected);
      expect(detail).not.toBe("");
      expect(server.count("lead@example.org"), "copies at the server").toBe(held);
      expect(server.faultsLeft(), "faults that were not reached").toBe(0);

      // The sender gets over it: the next message goes out, once.
      const next = mail({ messageId: "msg_01k00000000000000000000001", to: "next@example.org" });
      expect(await sender.send(next, noDeadline())).toMatchObject({ outcome: "sent" });
      expect(server.count("next@example.org")).toBe(1);
    });
  });
}

function notSent(result: SendResult) {
  if (result.outcome === "sent") throw new Error("It was sent.");
  const { retryAfterMs: _, ...rest } = { retryAfterMs: 0, ...result };
  return rest;
}
