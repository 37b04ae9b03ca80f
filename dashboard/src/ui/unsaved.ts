import { useBlocker } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { isTurnedAway } from "../api/session.ts";
import { common } from "../text/common.ts";
import { confirm, isAnswering } from "./confirm.tsx";

interface Form {
  /** What would be lost, in a sentence. */
  lost: string;
  /** Search parameters whose change takes the form away, too: the tab that it is on. */
  within: readonly string[];
}

/** All forms that are shown and have changes which aren't saved. */
const unsaved = new Set<Form>();
let asks = false;

/** Whether what isn't saved may be lost; asked once, however many forms have some. */
async function mayLose(forms: readonly Form[]): Promise<boolean> {
  if (forms.length === 0) return true;
  // The Escape that closes the question is heard by the dialog below it as well; the next one is the person's own.
  if (asks || isAnswering()) return false;
  asks = true;
  // Nor is the question there before the Escape that it is asked for is over: where it hears of keys after the dialog, it would take that
  // for its own, and be gone at once.
  await new Promise((resolve) => setTimeout(resolve));
  const text = [...new Set(forms.map(({ lost }) => lost))].join(" ");
  const yes = await confirm({ title: common.leaveTitle, text, action: common.leave });
  asks = false;
  if (yes) for (const form of forms) unsaved.delete(form);
  return yes;
}

/** For what takes the whole page away and is no navigation, such as signing out: asks where anything isn't saved. */
export const mayLeave = (): Promise<boolean> => mayLose([...unsaved]);

interface Unsaved {
  /** What comes next asks nothing: it was saved, or the person has said that they don't want it. */
  release: () => void;
  /** Before a dialog is closed that has the form in it: whether it may be. */
  mayClose: () => Promise<boolean>;
}

/**
 * For a form that is written in: asks before the page, the browser's tab, or (`mayClose`) the dialog is left while it has changes
 * that aren't saved. `options` stay as they are at first.
 */
export function useUnsaved(isDirty: boolean, options: Partial<Form> = {}): Unsaved {
  const [form] = useState<Form>(() => ({ lost: common.leaveText, within: [], ...options }));
  useEffect(() => {
    if (!isDirty) return;
    unsaved.add(form);
    return () => void unsaved.delete(form);
  }, [form, isDirty]);
  useBlocker({
    disabled: !isDirty,
    // Whose page it no longer is isn't asked whether it may stay.
    enableBeforeUnload: () => unsaved.has(form) && !isTurnedAway(),
    shouldBlockFn: async ({ current, next }) => {
      const isLeft = ({ within }: Form) =>
        current.pathname !== next.pathname || within.some((name) => valueIn(current, name) !== valueIn(next, name));
      const left = [...unsaved].filter(isLeft);
      // The first one asks for all of them.
      return left[0] === form && !isTurnedAway() && !(await mayLose(left));
    },
  });
  const [way] = useState<Unsaved>(() => ({
    release: () => void unsaved.delete(form),
    mayClose: () => mayLose(unsaved.has(form) ? [form] : []),
  }));
  return way;
}

const valueIn = ({ search }: { search: unknown }, name: string) => (search as Record<string, unknown>)[name];
