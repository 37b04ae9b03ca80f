import type { BenchmarkOptions, Verdict } from "../benchmark.ts";
import { joinVerdicts } from "../judge.ts";
import { Meter } from "../meter.ts";
import { sendContest } from "../send/contest.ts";

/** What sealing costs beside sending. */
export interface SealedSending {
  verdict: Verdict;
  /** Processor time of sealing a message's entries, by that of sending it: Herald's, PostgreSQL's, and of all the other end's too. */
  sealingShare: number;
  /** Messages a second where all are sealed before the clock stops, by those without sealing. */
  sealedSendRatio: number;
  /** Of sealing, microseconds of Herald and PostgreSQL for a message. */
  sealMicrosecondsAMessage: number;
}

/**
 * SMS as in `send`, after each round of which the trail is sealed. Sealing waits until sending is over, as it would for the
 * end of the minute, so that both are measured in the same run, and nothing is left to what else the machine does in between.
 */
export async function sealedSending(
  { quick, progress }: BenchmarkOptions,
  undo: AsyncDisposableStack,
): Promise<SealedSending> {
  const contest = await sendContest("twilio", undo);
  progress("sending: warming up");
  await contest.measureHerald(quick ? 500 : 4_000);
  await contest.seal();
  await contest.scratch.db.query("analyze");
  const rounds = quick ? 1 : 3;
  const messages = quick ? 4_000 : 15_000;
  const [sending, both, sealing] = [new Meter(), new Meter(), new Meter()];
  const verdicts: Verdict[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`sending: round ${round} of ${rounds}, ${messages} messages`);
    const sent = await contest.measureHerald(messages);
    verdicts.push(sent.verdict);
    const sealed = await contest.seal();
    if (sealed.count < messages) throw new Error(`Of ${messages} messages ${sealed.count} entries were sealed.`);
    sending.add(sent);
    sealing.add({ ...sealed, count: messages });
    both.add({ count: messages, seconds: sent.seconds + sealed.seconds });
  }
  const total = (meter: Meter) => Object.values(meter.cpuEach).reduce((sum, each) => sum + each, 0);
  return {
    verdict: joinVerdicts(verdicts),
    sealingShare: total(sealing) / total(sending),
    sealedSendRatio: both.perSecond / sending.perSecond,
    sealMicrosecondsAMessage: total(sealing),
  };
}
