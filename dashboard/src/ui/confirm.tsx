import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { common } from "../text/common.ts";

interface Question {
  title: string;
  /** What will happen, and that it can't be taken back. */
  text: ReactNode;
  /** On the button: what it does, as a verb. */
  action: string;
  /** Default true: the button is red. */
  dangerous?: boolean;
}

/** Over the dialog from which it is asked, which was put into the page later: Mantine's have 200, and their menus 300. */
const overDialogs = 310;

/** The key or click that answered the last question. */
let answeredBy: Event | undefined;

let open: { question: Question; answer: (yes: boolean) => void } | null = null;
const watchers = new Set<() => void>();

function set(next: typeof open): void {
  open = next;
  for (const watcher of watchers) watcher();
}

/**
 * Asks before something that can't be taken back. What can be gets `toastWithUndo` instead.
 *
 *     if (await confirm({ title: t.revoke, text: t.revokeText(key.name), action: t.revoke })) revoke.mutate(...);
 */
export function confirm(question: Question): Promise<boolean> {
  open?.answer(false);
  return new Promise((resolve) => {
    set({
      question,
      answer: (yes) => {
        answeredBy = window.event;
        set(null);
        resolve(yes);
      },
    });
  });
}

/** Whether what is being handled has just answered a question: others hear of the same key. */
export const isAnswering = (): boolean => window.event !== undefined && window.event === answeredBy;

/** Shows the questions of `confirm`; once, in the app. */
export function ConfirmHost() {
  const current = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => open,
  );
  // What is closing keeps its words until it is gone.
  const [last, setLast] = useState(current);
  if (current !== null && current !== last) setLast(current);
  const question = (current ?? last)?.question;
  return (
    <Modal
      opened={current !== null}
      zIndex={overDialogs}
      onClose={() => current?.answer(false)}
      title={question?.title}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <Stack gap="md">
        <Text size="sm" component="div">
          {question?.text}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => current?.answer(false)} data-autofocus>
            {common.cancel}
          </Button>
          <Button color={question?.dangerous === false ? undefined : "red"} onClick={() => current?.answer(true)}>
            {question?.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
