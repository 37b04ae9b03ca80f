import { Alert, Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useLocation, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { client, type Output } from "../../api/client.ts";
import { oidcAddress, useSession } from "../../api/session.ts";
import { useSessionCall } from "../../api/session-calls.ts";
import { common } from "../../text/common.ts";
import { DelayedSpinner } from "../../ui/delayed.tsx";
import { type UseApiForm, useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { SessionCard } from "../../ui/session-card.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { t } from "./texts.ts";

type Invitation = Output<"POST /v1/invitations/lookup">;

const lookUp = (token: string | undefined) =>
  queryOptions({
    queryKey: ["POST /v1/invitations/lookup", { body: { token } }],
    queryFn: async ({ signal }) =>
      await client.request("POST /v1/invitations/lookup", { body: { token: token! }, signal }),
    enabled: token !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where the token waits while its person is at the identity provider, whose way back must not name it: logs have addresses. */
const waiting = "herald-invitation";

export default function InvitationPage() {
  // Behind the #, so that it is in no server's log.
  const inAddress = new URLSearchParams(useLocation().hash).get("token") ?? undefined;
  const [returned] = useState(() => sessionStorage.getItem(waiting) ?? undefined);
  const token = inAddress ?? returned;
  const router = useRouter();
  useEffect(() => {
    sessionStorage.removeItem(waiting);
    if (inAddress === undefined && returned !== undefined)
      void router.navigate({ to: "/invitation" as string, hash: `token=${returned}`, replace: true });
  }, [inAddress, returned, router]);
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
  const { user } = useSession();
  const isThem = user?.email === email;
  const form = useApiForm({ initialValues: { name: "", password: "" } });
  const accept = useSessionCall("POST /v1/invitations/accept", {
    onSuccess: () => router.navigate({ to: "/" as string, replace: true }),
    onError: form.refuse,
  });
  const submit = form.onSubmit(({ name, password }) => {
    const known = isThem ? {} : { password, ...(!hasAccount && { name }) };
    accept.mutate({ token, ...known });
  });
  return (
    <SessionCard title={t.title} text={t.invited(workspace.name, common.roles[role])}>
      {user && <Text size="sm">{isThem ? t.signedInAs(email) : t.otherPerson(email, user.email)}</Text>}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <FormFailure form={form} />
          {!isThem && <Fields form={form} {...{ email, hasAccount }} />}
          <Button type="submit" size="sm" fullWidth loading={accept.isPending}>
            {t.accept}
          </Button>
        </Stack>
      </form>
      {!isThem && <ByProvider token={token} hasAccount={hasAccount} />}
    </SessionCard>
  );
}

interface FieldsProps {
  form: UseApiForm<{ name: string; password: string }>;
  email: string;
  hasAccount: boolean;
}

/** Of who isn't signed in as that person. */
function Fields({ form, email, hasAccount }: FieldsProps) {
  return (
    <>
      <TextInput label={t.email} type="email" autoComplete="username" value={email} readOnly />
      {!hasAccount && <TextInput label={t.name} autoComplete="name" required {...form.getInputProps("name")} />}
      <PasswordInput
        label={t.password}
        description={hasAccount ? t.knownPasswordHint : t.newPasswordHint}
        autoComplete={hasAccount ? "current-password" : "new-password"}
        required
        {...form.getInputProps("password")}
      />
    </>
  );
}

/** An account that the provider made has no password. Who is new is taken in on the way back; others come here again, and accept. */
function ByProvider({ token, hasAccount }: { token: string; hasAccount: boolean }) {
  const session = useSession();
  const address = oidcAddress(session, hasAccount ? "/invitation" : "/");
  if (!session.signIn.oidc || !address) return null;
  return (
    <>
      <Divider label={t.or} />
      <Button
        component="a"
        variant="default"
        size="sm"
        fullWidth
        href={address}
        onClick={() => hasAccount && sessionStorage.setItem(waiting, token)}
      >
        {t.with(session.signIn.oidc.name)}
      </Button>
    </>
  );
}
