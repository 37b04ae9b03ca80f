import { Skeleton, Text } from "@mantine/core";
import { useApi } from "../../../api/query.ts";
import { useSignedIn } from "../../../api/session.ts";
import { Copy } from "../../../ui/code-block.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { SettingsFrame } from "../settings-frame.tsx";
import { t } from "./texts.ts";
import { WorkspaceForm } from "./workspace-form.tsx";

export default function WorkspacePage() {
  const { workspace } = useSignedIn();
  const { data, error, refetch } = useApi("GET /v1/workspace");
  const id = (
    <Text size="xs" c="dimmed" component="span">
      {t.id} {workspace.id} <Copy value={workspace.id} />
    </Text>
  );
  return (
    <SettingsFrame title={t.title} description={t.description} actions={id} width={880}>
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data ? (
        <WorkspaceForm key={data.id} workspace={data} />
      ) : (
        <Skeleton height={520} radius="md" />
      )}
    </SettingsFrame>
  );
}
