import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { common } from "../text/common.ts";
import classes from "./code-block.module.css";

/** Copies a text: an ID, a key, an address. */
export function Copy({ value, label = common.copy }: { value: string; label?: string }) {
  return (
    <CopyButton value={value} timeout={1_500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? common.copied : label}>
          <ActionIcon size="sm" onClick={copy} aria-label={copied ? common.copied : label}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

interface CodeBlockProps {
  /** Shown as it is; an object as indented JSON. */
  code: string | object;
  /** What it is, for screen readers and above it: "Request", "handler.ts". */
  label: string;
  /** Pixels; what is longer scrolls. Default 420. */
  maxHeight?: number;
  /** What is copied, where it is shown in another form. */
  exact?: string;
}

export function CodeBlock({ code, label, maxHeight = 420, exact }: CodeBlockProps) {
  const text = typeof code === "string" ? code : JSON.stringify(code, null, 2);
  return (
    <figure className={classes.block} aria-label={label}>
      <figcaption className={classes.caption}>
        <span>{label}</span>
        <Copy value={exact ?? text} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre className={classes.code} style={{ maxHeight }} tabIndex={0}>
        {text}
      </pre>
    </figure>
  );
}
