import { Stack } from "@mantine/core";
import type { ReactNode } from "react";

interface UnseenProps {
  /** What stands above has its height. */
  until: boolean;
  children: ReactNode;
}

/** Loads and takes its place, but isn't seen while what stands above may still grow: it would be pushed down while it is read. */
export function Unseen({ until, children }: UnseenProps) {
  return (
    <Stack gap="md" style={{ visibility: until ? undefined : "hidden" }}>
      {children}
    </Stack>
  );
}
