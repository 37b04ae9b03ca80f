import { type RefObject, useLayoutEffect, useRef } from "react";

/**
 * For a row of tabs or links that scrolls sideways where it is narrow: the chosen one is in sight, also of a page that was come to by a link.
 * Gives the row's `ref`. `chosen`: which one it is.
 */
export function useChosenInSight<Row extends HTMLElement>(chosen: string): RefObject<Row | null> {
  const row = useRef<Row>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is chosen.
  useLayoutEffect(() => {
    const element = row.current;
    const one = element?.querySelector('[aria-current="page"], [aria-selected="true"]');
    if (!element || !one) return;
    // Not scrollIntoView, which scrolls the page, too.
    const [all, own] = [element.getBoundingClientRect(), one.getBoundingClientRect()];
    element.scrollLeft += own.left + own.width / 2 - (all.left + all.width / 2);
  }, [chosen]);
  return row;
}
