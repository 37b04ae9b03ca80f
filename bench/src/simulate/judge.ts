import type { Verdict } from "../benchmark.ts";
import { joinVerdicts } from "../judge.ts";
import type { Simulated } from "./herald.ts";
import { stepCount, window } from "./sample.ts";

/** Every lead must get every step exactly once, in their order, and each by its own clock inside the window. */
export function judgeSimulation(leads: ReadonlyMap<string, string>, run: Simulated): Verdict {
  const had = new Map<string, number>();
  const clocks = new Map<string, Intl.DateTimeFormat>();
  let [strangers, disordered, closed] = [0, 0, 0];
  for (const [n, leadId] of run.leadIds.entries()) {
    const zone = leads.get(leadId);
    if (zone === undefined) {
      strangers += 1;
      continue;
    }
    const before = had.get(leadId) ?? 0;
    if (run.positions[n] !== before + 1) disordered += 1;
    had.set(leadId, before + 1);
    if (!isOpen(clocks, zone, run.times[n]!)) closed += 1;
  }
  const whole = [...leads.keys()].filter((leadId) => had.get(leadId) === stepCount).length;
  const wrong = {
    "messages to unknown leads": strangers,
    "messages out of order, or doubled": disordered,
    "messages outside of the lead's window": closed,
    "leads without all steps": leads.size - whole,
    "leads unfinished": run.totals.unfinished,
    "steps blocked": run.totals.blocked,
  };
  const problems = Object.entries(wrong).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}.`] : []));
  if (!run.ends) problems.push("The campaign does not end.");
  if (leads.size === 0) problems.push("Nothing was simulated.");
  const checked = { sent: leads.size * stepCount, arrivedOnce: whole * stepCount, signaturesValid: null };
  return joinVerdicts([{ ok: problems.length === 0, checked, problems }]);
}

/** By Intl, which the simulation doesn't ask: Monday to Friday in the window. */
function isOpen(clocks: Map<string, Intl.DateTimeFormat>, zone: string, at: number): boolean {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(zone, clock);
  }
  const text = clock.format(at);
  const time = /\d\d:\d\d/.exec(text)?.[0] ?? "";
  return !/Sat|Sun/.test(text) && time >= window.from && time < window.to;
}
