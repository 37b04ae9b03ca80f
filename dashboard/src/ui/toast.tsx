import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import type { HeraldApiError } from "../api/client.ts";
import { common } from "../text/common.ts";
import classes from "./toast.module.css";

const looks = { withBorder: true, closeButtonProps: { "aria-label": common.close } };

/** Says briefly that something was done. */
export function toast(message: string): void {
  const look = { ...looks, className: classes.through!, icon: <IconCheck size={16} />, color: "teal" };
  notifications.show({ ...look, message, autoClose: 4_000 });
}

/** What was done, and won't do what is meant by it as things are. It stays until it is closed. */
export function toastWarning(message: string): void {
  notifications.show({
    ...{ ...looks, message, icon: <IconAlertTriangle size={16} />, color: "yellow", autoClose: false },
  });
}

/** What the API refused, in its own words: they say what is wrong and what to do. */
export function showFailure(error: HeraldApiError): void {
  notifications.show({
    ...{ ...looks, icon: <IconAlertTriangle size={16} />, color: "red", autoClose: 12_000 },
    message: (
      <>
        <Text size="sm">{error.message}</Text>
        {(error.details ?? []).slice(0, 3).map(({ field, reason }) => (
          <Text key={field} size="xs" c="dimmed">
            {field}: {reason}
          </Text>
        ))}
        {error.requestId && error.statusCode >= 500 && (
          <Text size="xs" c="dimmed">
            {common.requestId(error.requestId)}
          </Text>
        )}
      </>
    ),
  });
}

/** Milliseconds to think again. */
const undoMs = 10_000;

/** Toasts that offer to take something back, by their IDs. */
const undos = new Set<string>();

function hideUndo(id: string): void {
  undos.delete(id);
  notifications.hide(id);
}

/** Takes all offers away: in another workspace, or for another person, they would do what nobody means. */
export function hideUndos(): void {
  for (const id of undos) hideUndo(id);
}

/**
 * Says that something was done, with a button that takes it back. For what can be taken back; what can't needs a `Confirm` first.
 *
 *     toastWithUndo(t.archived, () => restore.mutate({ params: { id } }));
 *
 * Gives what takes the toast away, for what only the page that shows it can take back.
 */
export function toastWithUndo(message: string, undo: () => void): () => void {
  const id = notifications.show({
    ...{ ...looks, icon: <IconCheck size={16} />, color: "teal", autoClose: undoMs },
    onClose: () => void undos.delete(id),
    message: (
      // On a narrow screen the button comes below the words.
      <Group justify="space-between" gap="xs">
        <Text size="sm" style={{ flex: "1 1 150px", minWidth: 0, overflowWrap: "anywhere" }}>
          {message}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ flex: "none", marginInlineStart: "auto" }}
          onClick={() => {
            hideUndo(id);
            undo();
          }}
        >
          {common.undo}
        </Button>
      </Group>
    ),
  });
  undos.add(id);
  return () => hideUndo(id);
}
