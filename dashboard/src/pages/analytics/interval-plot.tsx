import type { CSSProperties } from "react";
import { formatNumber, formatPercent } from "../../text/format.ts";
import classes from "./interval-plot.module.css";
import type { Rate } from "./rates.ts";
import { t } from "./texts.ts";

interface IntervalPlotProps {
  /** What is compared: "Answered". */
  label: string;
  rows: readonly { key: string; name: string; rate: Rate }[];
}

/** More lines aren't compared by eye; the table has all. */
const most = 20;

/** The least of these that holds all: so that figures of 2 % aren't a heap at the left. */
const ends = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1];

/**
 * A line a row: the share as a dot, and around it the interval in which the truth probably is. Where lines don't overlap, the
 * rows differ. Stands with a table of the same figures, which is what screen readers get.
 */
export function IntervalPlot({ label, rows }: IntervalPlotProps) {
  const known = rows.filter(({ rate }) => rate.rate !== null).slice(0, most);
  if (known.length === 0) return null;
  // Of a handful of messages the interval is nearly the whole line: it is cut off where others say more.
  const telling = known.filter(({ rate }) => rate.of >= 20);
  const highest = Math.max(...(telling.length > 0 ? telling : known).map(({ rate }) => rate.high ?? rate.rate ?? 0));
  const end = ends.find((each) => each >= highest) ?? 1;
  const at = (share: number | null) => `${Math.min(100, ((share ?? 0) / end) * 100)}%`;
  return (
    <div className={classes.root} aria-hidden>
      <p className={classes.label}>
        {label} · {t.interval}
      </p>
      {known.map(({ key, name, rate: { rate, low, high, of } }) => (
        <div key={key} className={classes.row} title={`${name}: ${formatPercent(rate!)} (${t.ofSent(of)})`}>
          <span className={classes.name}>{name}</span>
          <span
            className={classes.track}
            style={{ "--low": at(low), "--rate": at(rate), "--high": at(high) } as CSSProperties}
          >
            <span className={classes.line} data-cut={(high ?? 0) > end || undefined} />
            <span className={classes.dot} />
          </span>
          <span className={classes.value}>{formatPercent(rate!)}</span>
        </div>
      ))}
      <div className={classes.row}>
        <span />
        <span className={classes.axis}>
          {[0, end / 2, end].map((each) => (
            <span key={each}>{formatPercent(each)}</span>
          ))}
        </span>
        <span />
      </div>
      {rows.length > known.length && rows.length > most && (
        <p className={classes.label}>{t.firstOf(formatNumber(known.length), formatNumber(rows.length))}</p>
      )}
    </div>
  );
}
