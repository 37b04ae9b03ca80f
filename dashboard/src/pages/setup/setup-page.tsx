import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useSession } from "../../api/session.ts";
import { useSessionCall } from "../../api/session-calls.ts";
import { viewerZone } from "../../text/time.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { SessionCard } from "../../ui/session-card.tsx";
import { t } from "./texts.ts";

export default function SetupPage() {
  const router = useRouter();
  const { setupCodeNeeded } = useSession();
  const form = useApiForm({ initialValues: { name: "", email: "", password: "", workspaceName: "", code: "" } });
  const setUp = useSessionCall("POST /v1/setup", { onSuccess: () => router.invalidate(), onError: form.refuse });
  return (
    <SessionCard title={t.title} text={t.text}>
      <form
        onSubmit={form.onSubmit(({ workspaceName, code, ...body }) =>
          setUp.mutate({
            ...body,
            timeZone: viewerZone(),
            ...(workspaceName && { workspaceName }),
            ...(code && { code }),
          }),
        )}
      >
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput label={t.name} autoComplete="name" required {...form.getInputProps("name")} />
          <TextInput label={t.email} type="email" autoComplete="username" required {...form.getInputProps("email")} />
          <PasswordInput
            label={t.password}
            description={t.passwordHint}
            autoComplete="new-password"
            required
            minLength={10}
            {...form.getInputProps("password")}
          />
          <TextInput
            label={t.workspace}
            description={t.workspaceHint}
            autoComplete="organization"
            {...form.getInputProps("workspaceName")}
          />
          {setupCodeNeeded && (
            <TextInput
              label={t.code}
              description={t.codeHint}
              required
              autoComplete="off"
              {...form.getInputProps("code")}
            />
          )}
          <Button type="submit" size="sm" fullWidth loading={setUp.isPending}>
            {t.submit}
          </Button>
        </Stack>
      </form>
    </SessionCard>
  );
}
