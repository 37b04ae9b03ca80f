import { useIsFetching } from "@tanstack/react-query";
import { useLiveState } from "../api/live-queries.ts";
import { common } from "../text/common.ts";
import classes from "./live-mark.module.css";

/** Whether what is shown changes by itself. */
export default function LiveMark() {
  const state = useLiveState();
  // Only so that a look of the queries is seen; the mark itself doesn't move.
  const busy = useIsFetching() > 0;
  if (state === "connecting") return <p className={classes.root}>&nbsp;</p>;
  return (
    <p className={classes.root} role="status">
      <span className={classes.dot} data-state={state} data-busy={busy || undefined} aria-hidden />
      {state === "live" ? common.live : common.livePaused}
    </p>
  );
}
