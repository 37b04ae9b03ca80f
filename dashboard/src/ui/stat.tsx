import { Skeleton } from "@mantine/core";
import classes from "./stat.module.css";

interface StatProps {
  label: string;
  /** Undefined: it loads; its place is kept. */
  value: string | undefined;
  /** Small below it: what it is compared with, its interval. */
  note?: string | undefined;
}

/** One figure with its name. */
export function Stat({ label, value, note }: StatProps) {
  return (
    <dl className={classes.root}>
      <dt className={classes.label}>{label}</dt>
      <dd className={classes.value}>{value ?? <Skeleton height={24} width={72} />}</dd>
      <dd className={classes.note}>{note}</dd>
    </dl>
  );
}
