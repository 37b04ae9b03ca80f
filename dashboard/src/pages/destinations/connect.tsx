import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected } from "@tabler/icons-react";
import { useChange } from "../../api/mutation.ts";
import type { Destination } from "./destination-looks.tsx";
import { systemTexts as s } from "./system-texts.ts";
import { t } from "./texts.ts";

/** Sends the browser to the CRM, which asks and leads back here (`?connected=1`). */
export function Connect({ destination }: { destination: Pick<Destination, "id" | "kind"> }) {
  const start = useChange("POST /v1/destinations/{id}/oauth/start", {
    outdates: [],
    onDone: ({ url }) => window.location.assign(url),
    // Why it can't be done stands here: it says what to change.
    onError: () => {},
  });
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm" c="dimmed">
        {s.connectText(t.kinds[destination.kind])}
      </Text>
      <Button
        leftSection={<IconPlugConnected size={14} aria-hidden />}
        loading={start.isPending || start.isSuccess}
        onClick={() => start.mutate({ params: { id: destination.id } })}
      >
        {s.connect}
      </Button>
      {start.error && (
        <Alert w="100%" color="red" icon={<IconAlertTriangle size={16} />} role="alert">
          {start.error.message}
        </Alert>
      )}
    </Stack>
  );
}
