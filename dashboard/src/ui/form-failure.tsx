import { Alert, List } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { HeraldApiError } from "../api/client.ts";

/** Above a form's fields: what the API refused that belongs to none of them. */
export function FormFailure({ form }: { form: { failure: HeraldApiError | null } }) {
  const { failure } = form;
  if (!failure) return null;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={16} />} title={failure.message} role="alert">
      {failure.details.length > 0 && (
        <List size="sm">
          {failure.details.map(({ field, reason }) => (
            <List.Item key={field}>
              {field}: {reason}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
