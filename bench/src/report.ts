import type { Benchmark, Report } from "./benchmark.ts";

/** One line of JSON; numbers with the digits that mean something. */
export function toJson(report: Report): string {
  return JSON.stringify(report, (_key, value: unknown) => {
    if (typeof value !== "number" || Number.isInteger(value)) return value;
    return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  });
}

const whole = (value: number) => Math.round(value).toLocaleString("en");

/** The report for people. */
export function table({ name, title, targets }: Benchmark, report: Report): string {
  const { checked, ratio, perSecond } = report;
  const rows: [string, string][] = [
    ["Herald", `${whole(perSecond)} a second${aim(perSecond, targets.perSecond, whole)}`],
    ["baseline", `${whole(report.baselinePerSecond)} a second: ${report.baseline}`],
    ["ratio", `${ratio.toFixed(2)}${aim(ratio, targets.ratio, String)}`],
  ];
  for (const [peer, result] of Object.entries(report.peers)) {
    const times = perSecond / result.perSecond;
    rows.push([
      peer,
      `${whole(result.perSecond)} a second; Herald is ${times.toFixed(2)} times as fast${aim(times, targets.peers?.[peer], String)}`,
    ]);
  }
  const rss =
    targets.rssMb === undefined
      ? ""
      : report.rssMb <= targets.rssMb
        ? ` (aim: below ${targets.rssMb})`
        : ` (aim: below ${targets.rssMb}, MISSED)`;
  rows.push(["memory", `${whole(report.rssMb)} MiB at its peak${rss}`]);
  for (const [process, microseconds] of Object.entries(report.cpuMicroseconds)) {
    rows.push([`CPU ${process}`, `${microseconds.toFixed(0)} µs an item`]);
  }
  for (const [figure, value] of Object.entries(report.figures))
    rows.push([figure, `${value < 100 ? value.toFixed(2) : whole(value)}${atMost(value, targets.atMost?.[figure])}`]);
  const signed = checked.signaturesValid === null ? "" : `, ${whole(checked.signaturesValid)} valid signatures`;
  rows.push([
    "checked",
    `${whole(checked.sent)} handed in, ${whole(checked.arrivedOnce)} arrived exactly once${signed}`,
  ]);
  rows.push(["valid", report.ok ? "yes" : `NO. ${report.problems.join(" ")}`]);
  const width = Math.max(...rows.map(([label]) => label.length));
  return `\n${name}: ${title}\n${rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}\n`).join("")}`;
}

function atMost(value: number, target: number | undefined): string {
  if (target === undefined) return "";
  return ` (aim: at most ${target}${value > target ? ", MISSED" : ""})`;
}

function aim(value: number, target: number | undefined, format: (value: number) => string): string {
  if (target === undefined) return "";
  return ` (aim: ${format(target)}${value < target ? ", MISSED" : ""})`;
}
