import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useChange } from "../../../api/mutation.ts";
import { useSignedIn } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { SettingsFrame } from "../settings-frame.tsx";
import { Sessions } from "./sessions.tsx";
import { t } from "./texts.ts";

export default function ProfilePage() {
  return (
    <SettingsFrame title={t.title} description={t.description} width={880}>
      <Stack gap="md">
        <AboutYou />
        <Password />
        <Sessions />
      </Stack>
    </SettingsFrame>
  );
}

function AboutYou() {
  const { user } = useSignedIn();
  const form = useApiForm({ initialValues: { name: user.name } });
  useUnsaved(form.isDirty());
  const save = useChange("PATCH /v1/session/user", {
    outdates: ["session", "members"],
    onDone: (_, { body }) => {
      form.resetDirty({ name: body.name ?? user.name });
      toast(t.saved);
    },
    onError: form.refuse,
  });
  return (
    <Panel title={t.about}>
      <form onSubmit={form.onSubmit((body) => save.mutate({ body }))}>
        <Stack gap="sm" maw={420}>
          <FormFailure form={form} />
          <TextInput label={t.name} autoComplete="name" required {...form.getInputProps("name")} />
          <TextInput label={t.email} description={t.emailHint} value={user.email} readOnly />
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Password() {
  const { user, signIn } = useSignedIn();
  const { hasPassword } = user;
  const form = useApiForm({ initialValues: { currentPassword: "", password: "" } });
  const save = useChange("PATCH /v1/session/user", {
    outdates: ["session", "sessions"],
    onDone: (_, { body }) => {
      form.reset();
      toast(body.currentPassword === undefined ? t.passwordSet : t.passwordChanged);
    },
    onError: form.refuse,
  });
  return (
    <Panel title={t.password}>
      <form
        onSubmit={form.onSubmit(({ currentPassword, password }) =>
          save.mutate({ body: hasPassword ? { currentPassword, password } : { password } }),
        )}
      >
        <Stack gap="sm" maw={420}>
          {!hasPassword && <Text size="sm">{t.noPassword(signIn.oidc?.name)}</Text>}
          <FormFailure form={form} />
          {/* Password managers see by it whose password changes. */}
          <input type="hidden" name="username" autoComplete="username" value={user.email} />
          {hasPassword && (
            <PasswordInput
              label={t.current}
              autoComplete="current-password"
              required
              {...form.getInputProps("currentPassword")}
            />
          )}
          <PasswordInput
            label={t.next}
            description={t.nextHint}
            autoComplete="new-password"
            required
            minLength={10}
            {...form.getInputProps("password")}
          />
          <Group>
            <Button type="submit" loading={save.isPending}>
              {hasPassword ? t.change : t.setPassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
