import { VisuallyHidden } from "@mantine/core";
import { useApi } from "../api/query.ts";
import { common } from "../text/common.ts";
import { formatCompact } from "../text/format.ts";
import classes from "./navigation.module.css";

/** How many requests wait for a person; nothing where none does. Events keep it current. */
export function ApprovalCount() {
  const { data } = useApi("GET /v1/approvals/waiting");
  if (!data || data.waiting === 0) return null;
  return (
    <span className={classes.count}>
      {formatCompact(data.waiting)}
      <VisuallyHidden> {common.waitForYou}</VisuallyHidden>
    </span>
  );
}
