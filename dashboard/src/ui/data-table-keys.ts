import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";

interface Options {
  setActive: (index: number) => void;
  count: number;
  scrollTo: (index: number) => void;
  open: (index: number) => void;
  toggle: (index: number) => void;
  box: RefObject<HTMLElement | null>;
}

/** Rows by keyboard: one of them is in the tab order, and the arrows move which. */
export function useRowKeys({ setActive, count, scrollTo, open, toggle, box }: Options) {
  const wanted = useRef<number | null>(null);
  // A row that was out of sight exists only once it is the active one.
  useEffect(() => {
    if (wanted.current === null) return;
    const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${wanted.current}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  const move = (to: number) => {
    const index = Math.min(Math.max(to, 0), count - 1);
    wanted.current = index;
    setActive(index);
    scrollTo(index);
    const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // In a cell's own control the keys are that control's.
    const { target } = event;
    if (!(target instanceof HTMLElement) || target.tagName !== "TR") return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(target.dataset.index);
    const keys: Record<string, () => void> = {
      ArrowDown: () => move(index + 1),
      j: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      k: () => move(index - 1),
      PageDown: () => move(index + 10),
      PageUp: () => move(index - 10),
      Home: () => move(0),
      End: () => move(count - 1),
      Enter: () => open(index),
      " ": () => toggle(index),
      x: () => toggle(index),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return onKeyDown;
}
