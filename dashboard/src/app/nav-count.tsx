import { useApi } from "../api/query.ts";
import { formatCompact } from "../text/format.ts";
import { texts } from "../text/texts.ts";
import classes from "./nav-count.module.css";

const t = texts({ waitForYou: "wait for you" });

/** How many requests wait for a person; nothing where none does. Events keep it current. */
export default function ApprovalCount() {
  const { data } = useApi("GET /v1/approvals/waiting");
  if (!data || data.waiting === 0) return null;
  return (
    <span className={classes.count}>
      {formatCompact(data.waiting)}
      <span className={classes.hidden}> {t.waitForYou}</span>
    </span>
  );
}
