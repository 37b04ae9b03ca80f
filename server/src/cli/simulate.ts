import { Command, InvalidArgumentError } from "commander";
import { count, paragraphs, print, table } from "./print.ts";
import { configOf, type DataOption, dataOption, integer, type WorkspaceOption, workspaceOption } from "./settings.ts";

interface SimulateOptions extends DataOption, WorkspaceOption {
  at?: Date;
  days: number;
  json?: boolean;
}

export function simulateCommand(): Command {
  return new Command("simulate")
    .summary("show what a campaign would send, without sending it")
    .description(
      paragraphs(`Shows what a campaign would send: how many messages on each day through whom, what would be blocked and why, and when
it ends. It runs the code that plans on a virtual clock, on the database directly, and changes nothing.

It supposes that providers take each message at once and that nobody answers. Of other campaigns it counts what they have
sent already.`),
    )
    .argument("<campaign>", "the campaign's ID, as camp_...")
    .option("--at <time>", "when a draft is started or a paused campaign resumed (default: now)", moment)
    .option("--days <n>", "how far to look, from 1 to 400", integer(1, 400), 400)
    .option("--json", "print JSON, for programs: by hours too")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald simulate camp_01kaj3bq8mfq7r6z2x5s9tn4wd
  herald simulate camp_01kaj3bq8mfq7r6z2x5s9tn4wd --at 2026-03-02T08:00:00Z
  herald simulate camp_01kaj3bq8mfq7r6z2x5s9tn4wd --json | jq .endsAt`,
    )
    .action(run);
}

function moment(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError("It must be a time with its offset, such as 2026-03-02T08:00:00Z.");
  }
  return at;
}

async function run(campaignId: string, options: SimulateOptions): Promise<void> {
  const config = configOf(options);
  const { loadSimulation } = await import("../campaigns/simulation-input.ts");
  const { hoursApart } = await import("../campaigns/sender-hours.ts");
  const { simulate } = await import("../campaigns/simulation.ts");
  const { simulationAnswer } = await import("../api/simulate.ts");
  const { PublicLinks } = await import("../domain/public-link.ts");
  const { withDatabase, workspaceIdOf } = await import("./with-database.ts");
  const when = { startsAt: options.at?.getTime() ?? null, horizonDays: options.days };
  const { input, warnings } = await withDatabase(config, async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    const loaded = await loadSimulation(db, workspaceId, campaignId, when);
    return { input: loaded, warnings: await hoursApart(db, workspaceId, { campaignId }) };
  });
  const leads = input.leads.length;
  const links = new PublicLinks(config.publicUrl, Buffer.alloc(32));
  const found = simulationAnswer(simulate({ ...input, links }), warnings);
  if (options.json) print(JSON.stringify(found));
  else report(found, leads, options.days);
}

type Found = ReturnType<typeof import("../api/simulate.ts").simulationAnswer>;

const minuteOf = (at: Date) => `${at.toISOString().slice(0, 16).replace("T", " ")}Z`;
const whole = (n: number) => n.toLocaleString("en-US");

function report(
  { startsAt, endsAt, timeZone, totals, days, blocked, held, warnings }: Found,
  leads: number,
  horizon: number,
) {
  print(`From ${minuteOf(startsAt)}: ${count(totals.sent, "message")} to ${count(leads, "lead")}.`);
  if (days.length > 0) {
    const rows = days.map(({ date, channel, senderId, messages }) => [date, channel, senderId, whole(messages)]);
    print();
    print(table([[`DAY (${timeZone})`, "CHANNEL", "SENDER", "MESSAGES"], ...rows], [3]));
  }
  for (const [title, reasons] of [
    ["BLOCKED", blocked],
    ["HELD", held],
  ] as const) {
    if (reasons.length === 0) continue;
    const rows = reasons.map(({ code, count: n, detail, examples }) => [code, whole(n), examples[0] ?? "", detail]);
    print();
    print(table([[title, "COUNT", "FOR EXAMPLE", "WHY"], ...rows], [1]));
  }
  for (const warning of warnings) {
    print();
    print(warning);
  }
  print();
  if (endsAt) print(`It ends on ${minuteOf(endsAt)}.`);
  else if (totals.unfinished > 0) {
    print(
      `Its end is not in sight: for ${count(totals.unfinished, "lead")} something is left after ${count(horizon, "day")}.`,
    );
  } else print("It has no leads that wait for anything.");
}
