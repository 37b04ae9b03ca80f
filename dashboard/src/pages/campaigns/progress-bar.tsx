import type { Output } from "../../api/client.ts";
import classes from "./progress-bar.module.css";
import { t } from "./texts.ts";

export type Progress = Output<"GET /v1/campaigns/progress">["data"][number];

/** How many of a campaign's leads have nothing more to come. Its place is the same while it loads. */
export function ProgressBar({ progress, isLoading }: { progress: Progress | undefined; isLoading: boolean }) {
  if (!progress) return <span className={classes.text}>{isLoading ? "\u00a0" : t.noLeads}</span>;
  const { leads, finished, stopped, held } = progress;
  const done = finished + stopped;
  const share = (count: number) => `${(100 * count) / leads}%`;
  return (
    <span className={classes.root}>
      <span className={classes.track} aria-hidden>
        <span className={classes.done} style={{ width: share(done) }} />
        <span className={classes.held} style={{ width: share(held) }} />
      </span>
      <span className={classes.text}>{t.progressOf(done, leads)}</span>
    </span>
  );
}
