import { formatNumber } from "../../text/format.ts";
import classes from "./steps-plot.module.css";
import { t } from "./texts.ts";

interface StepsPlotProps {
  steps: readonly { key: string; name: string; sends: boolean; reached: number; sent: number; answered: number }[];
}

const parts = ["reached", "sent", "answered"] as const;
const words = { reached: t.reached, sent: t.sent, answered: t.replied };

/** The funnel: how many leads each step was reached by, written to and answered by. Stands with a table of the same figures. */
export function StepsPlot({ steps }: StepsPlotProps) {
  const most = Math.max(0, ...steps.map(({ reached, sent }) => Math.max(reached, sent)));
  if (most === 0) return null;
  return (
    <div className={classes.root} aria-hidden>
      {steps.map(({ key, name, sends, ...counts }) => (
        <div key={key} className={classes.step}>
          <span className={classes.name} title={name}>
            {name}
          </span>
          <span className={classes.bars}>
            {parts.slice(0, sends ? 3 : 1).map((part) => (
              <span key={part} className={classes.line} title={`${words[part]}: ${formatNumber(counts[part])}`}>
                {counts[part] > 0 && (
                  <span className={classes.bar} data-part={part} style={{ width: `${(counts[part] / most) * 100}%` }} />
                )}
                <span className={classes.count}>{formatNumber(counts[part])}</span>
              </span>
            ))}
          </span>
        </div>
      ))}
      <ul className={classes.legend}>
        {parts.map((part) => (
          <li key={part}>
            <span className={classes.bar} data-part={part} /> {words[part]}
          </li>
        ))}
      </ul>
    </div>
  );
}
