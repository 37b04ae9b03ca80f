import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useSessionCall } from "../../api/session-calls.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { SessionCard } from "../../ui/session-card.tsx";
import { t } from "./texts.ts";

export default function SetupPage() {
  const router = useRouter();
  const form = useApiForm({ initialValues: { name: "", email: "", password: "", workspaceName: "", code: "" } });
  const setUp = useSessionCall("POST /v1/setup", { onSuccess: () => router.invalidate(), onError: form.refuse });
  // Asked for only where Herald says that it needs one: when it is reached from another machine.
  const needsCode = form.errors.code !== undefined || form.values.code !== "";
  return (
    <SessionCard title={t.title} text={t.text}>
      <form
        onSubmit={form.onSubmit(({ workspaceName, code, ...body }) =>
          setUp.mutate({ ...body, ...(workspaceName && { workspaceName }), ...(code && { code }) }),
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
          {needsCode && <TextInput label={t.code} description={t.codeHint} {...form.getInputProps("code")} />}
          <Button type="submit" size="sm" fullWidth loading={setUp.isPending}>
            {t.submit}
          </Button>
        </Stack>
      </form>
    </SessionCard>
  );
}
