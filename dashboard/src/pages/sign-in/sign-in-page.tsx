import { Alert } from "@mantine/core";
import { useLocation, useRouter } from "@tanstack/react-router";
import { oidcAddress, useSession } from "../../api/session.ts";
import { useSessionCall } from "../../api/session-calls.ts";
import { useApiForm } from "../../ui/form.ts";
import { SessionCard } from "../../ui/session-card.tsx";
import { nobodyYet, SignInForm } from "../../ui/sign-in-form.tsx";
import { t } from "./texts.ts";

export default function SignInPage() {
  const session = useSession();
  const router = useRouter();
  const { next, error } = useLocation().search as { next?: string; error?: string };
  const form = useApiForm({ initialValues: nobodyYet });
  // The page's guard leads on to where one wanted to go.
  const enter = useSessionCall("POST /v1/session", { onSuccess: () => router.invalidate(), onError: form.refuse });
  return (
    <SessionCard title={t.title}>
      {error !== undefined && (
        <Alert color="orange" role="alert">
          {reasonOf(error)}
        </Alert>
      )}
      <SignInForm form={form} enter={enter} ways={session.signIn} oidc={oidcAddress(session, next)} />
    </SessionCard>
  );
}

/** What the server's `/sign-in?error=` means (docs/people.md). */
function reasonOf(error: string): string {
  const known: Readonly<Record<string, string>> = t.errors;
  return Object.hasOwn(known, error) ? known[error]! : t.errors.oidc_failed;
}
