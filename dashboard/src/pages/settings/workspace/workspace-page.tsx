import { Skeleton, Stack, Text } from "@mantine/core";
import { useApi } from "../../../api/query.ts";
import { useRight, useSignedIn } from "../../../api/session.ts";
import { Copy } from "../../../ui/code-block.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { Unseen } from "../../../ui/unseen.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import { SettingsFrame } from "../settings-frame.tsx";
import { CreateWorkspace } from "./create-workspace.tsx";
import { t } from "./texts.ts";
import { WorkspaceForm } from "./workspace-form.tsx";
import { Workspaces } from "./workspaces.tsx";

// As the switcher's "New workspace" links to it.
const defaults = { new: "" };

export default function WorkspacePage() {
  const { workspace } = useSignedIn();
  const mayCreate = useRight("workspaces.create");
  const [state, setState] = useUrlState(defaults);
  const { data, error, refetch } = useApi("GET /v1/workspace");
  const id = (
    <Text size="xs" c="dimmed" component="span">
      {t.id} {workspace.id} <Copy value={workspace.id} />
    </Text>
  );
  return (
    <SettingsFrame title={t.title} description={t.description} actions={id} width={880}>
      <Stack gap="md">
        {error && !data ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : data ? (
          <WorkspaceForm key={data.id} workspace={data} />
        ) : (
          <Skeleton height={520} radius="md" />
        )}
        <Unseen until={data !== undefined || error !== null}>
          <Workspaces onCreate={() => setState({ new: "1" })} />
        </Unseen>
      </Stack>
      {mayCreate && state.new !== "" && <CreateWorkspace onClose={() => setState({ new: "" }, { replace: true })} />}
    </SettingsFrame>
  );
}
