import { Alert, Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useLocation, useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { oidcAddress, useSession } from "../../api/session.ts";
import { useSessionCall } from "../../api/session-calls.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { SessionCard } from "../../ui/session-card.tsx";
import { t } from "./texts.ts";

export default function SignInPage() {
  const session = useSession();
  const { signIn } = session;
  const router = useRouter();
  const { next, error } = useLocation().search as { next?: string; error?: string };
  const oidc = oidcAddress(session, next);
  const form = useApiForm({ initialValues: { email: "", password: "" } });
  // The page's guard leads on to where one wanted to go.
  const enter = useSessionCall("POST /v1/session", { onSuccess: () => router.invalidate(), onError: form.refuse });
  // There is nothing else to do here: who comes by keyboard types at once.
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <SessionCard title={t.title}>
      {error !== undefined && (
        <Alert color="orange" role="alert">
          {reasonOf(error)}
        </Alert>
      )}
      {signIn.password && (
        <form onSubmit={form.onSubmit((body) => enter.mutate(body))}>
          <Stack gap="sm">
            <FormFailure form={form} />
            <TextInput
              label={t.email}
              type="email"
              autoComplete="username"
              required
              ref={first}
              {...form.getInputProps("email")}
            />
            <PasswordInput
              label={t.password}
              autoComplete="current-password"
              required
              {...form.getInputProps("password")}
            />
            <Button type="submit" size="sm" fullWidth loading={enter.isPending}>
              {t.submit}
            </Button>
          </Stack>
        </form>
      )}
      {signIn.oidc && oidc && (
        <>
          {signIn.password && <Divider label={t.or} />}
          <Button component="a" variant="default" size="sm" fullWidth href={oidc}>
            {t.with(signIn.oidc.name)}
          </Button>
        </>
      )}
      {signIn.password && (
        <Text size="xs" c="dimmed">
          {t.forgotten}
        </Text>
      )}
    </SessionCard>
  );
}

/** What the server's `/sign-in?error=` means (docs/people.md). */
function reasonOf(error: string): string {
  const known: Readonly<Record<string, string>> = t.errors;
  return Object.hasOwn(known, error) ? known[error]! : t.errors.oidc_failed;
}
