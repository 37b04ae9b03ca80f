import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconShieldCheck } from "@tabler/icons-react";
import { useChange } from "../../api/mutation.ts";
import { t } from "./texts.ts";

/** Asks the CRM or chat whether Herald is let in, and says what was found. */
export function Verify({ destinationId }: { destinationId: string }) {
  const verify = useChange("POST /v1/destinations/{id}/verify");
  return (
    <Stack gap="sm" align="flex-start">
      <Button
        variant="default"
        leftSection={<IconShieldCheck size={14} aria-hidden />}
        loading={verify.isPending}
        onClick={() => verify.mutate({ params: { id: destinationId } })}
      >
        {t.verify}
      </Button>
      {verify.data && (
        <Alert
          w="100%"
          role="status"
          color={verify.data.verified ? "teal" : "red"}
          icon={verify.data.verified ? <IconCheck size={16} /> : <IconAlertTriangle size={16} />}
          title={verify.data.verified ? t.verified : t.notVerified}
        >
          {verify.data.detail}
        </Alert>
      )}
    </Stack>
  );
}
