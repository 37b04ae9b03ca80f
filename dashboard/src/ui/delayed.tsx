import { Center, Loader } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { common } from "../text/common.ts";

/** What is ready sooner shows no spinner at all: a flash of one reads as slower. */
const delayMs = 200;

/** Whether `active` has lasted for 200 ms. */
export function useDelayed(active: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) return;
    const timer = setTimeout(() => setLate(true), delayMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [active]);
  return active && late;
}

/** Its children after 200 ms. */
export function Delayed({ children }: { children: ReactNode }) {
  return useDelayed(true) ? children : null;
}

/** For a whole page or panel that has no skeleton. */
export function DelayedSpinner() {
  return (
    <Delayed>
      <Center mih={240} role="status" aria-label={common.loading}>
        <Loader size="sm" type="dots" />
      </Center>
    </Delayed>
  );
}
