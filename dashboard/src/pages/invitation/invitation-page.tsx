import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { client, type Output } from "../../api/client.ts";
import { useSessionCall } from "../../api/session-calls.ts";
import { common } from "../../text/common.ts";
import { DelayedSpinner } from "../../ui/delayed.tsx";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { SessionCard } from "../../ui/session-card.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { t } from "./texts.ts";

type Invitation = Output<"GET /v1/invitations/lookup">;

const lookUp = (token: string | undefined) =>
  queryOptions({
    queryKey: ["GET /v1/invitations/lookup", { query: { token } }],
    queryFn: async ({ signal }) =>
      await client.request("GET /v1/invitations/lookup", { query: { token: token! }, signal }),
    enabled: token !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

export default function InvitationPage() {
  // Behind the #, so that it is in no server's log.
  const token = new URLSearchParams(useLocation().hash).get("token") ?? undefined;
  const { data, error } = useQuery(lookUp(token));
  if (token === undefined) {
    return (
      <SessionCard title={t.title}>
        <Alert color="orange">{t.noToken}</Alert>
      </SessionCard>
    );
  }
  if (error) {
    return (
      <SessionCard title={t.title}>
        <ErrorState error={error} />
      </SessionCard>
    );
  }
  if (!data) return <DelayedSpinner />;
  return <Accept token={token} invitation={data} />;
}

function Accept({ token, invitation }: { token: string; invitation: Invitation }) {
  const router = useRouter();
  const { email, role, workspace, hasAccount } = invitation;
  const form = useApiForm({ initialValues: { name: "", password: "" } });
  const accept = useSessionCall("POST /v1/invitations/accept", {
    onSuccess: () => router.navigate({ to: "/" as string, replace: true }),
    onError: form.refuse,
  });
  return (
    <SessionCard title={t.title} text={t.invited(workspace.name, common.roles[role])}>
      <form
        onSubmit={form.onSubmit(({ name, password }) =>
          accept.mutate({ token, password, ...(!hasAccount && { name }) }),
        )}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput label="Email" type="email" autoComplete="username" value={email} readOnly />
          {!hasAccount && <TextInput label={t.name} autoComplete="name" required {...form.getInputProps("name")} />}
          <PasswordInput
            label={t.password}
            description={hasAccount ? t.knownPasswordHint : t.newPasswordHint}
            autoComplete={hasAccount ? "current-password" : "new-password"}
            required
            {...form.getInputProps("password")}
          />
          <Button type="submit" size="sm" fullWidth loading={accept.isPending}>
            {t.accept}
          </Button>
        </Stack>
      </form>
    </SessionCard>
  );
}
