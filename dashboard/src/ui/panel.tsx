import type { ReactNode } from "react";
import { useId } from "react";
import classes from "./panel.module.css";

interface PanelProps {
  /** An h2. */
  title: string;
  /** At the right of the title. */
  actions?: ReactNode;
  /** Without a margin inside: for tables and lists that reach the border. */
  flush?: boolean;
  children: ReactNode;
}

/** A part of a page with a heading, in a frame. */
export function Panel({ title, actions, flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={classes.root} aria-labelledby={id}>
      <div className={classes.head}>
        <h2 className={classes.title} id={id}>
          {title}
        </h2>
        {actions}
      </div>
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
