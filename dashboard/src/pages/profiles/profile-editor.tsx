import { ActionIcon, Alert, Button, Fieldset, Menu, Stack, Tabs, Tooltip } from "@mantine/core";
import { IconDots, IconInfoCircle, IconTrash } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { confirm } from "../../ui/confirm.tsx";
import { changesOf, useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { TextLink } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { useUrlState } from "../../ui/url-state.ts";
import { CheckFields } from "./check-fields.tsx";
import { FollowUpFields } from "./follow-up-fields.tsx";
import { KnowledgeList } from "./knowledge.tsx";
import { type Content, contentOf, type Profile } from "./looks.tsx";
import { ModeSwitch } from "./mode-switch.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";
import { TryOut } from "./try-out.tsx";
import { UsageChart } from "./usage-chart.tsx";
import { Versions } from "./versions.tsx";
import { WhenFields } from "./when-fields.tsx";
import { WriteFields } from "./write-fields.tsx";

const fields = { write: WriteFields, when: WhenFields, checks: CheckFields, followUps: FollowUpFields } as const;
const tabs = ["write", "when", "checks", "followUps", "knowledge", "versions", "cost"] as const;
const defaults = { tab: "write" };

/** The profile's content as one form over several tabs, with a chat beside it that knows what isn't saved yet. */
export function ProfileEditor({ profile }: { profile: Profile }) {
  const router = useRouter();
  const mayWrite = useRight("assistant.write");
  const [state, setState] = useUrlState(defaults);
  const tab = tabs.find((known) => known === state.tab) ?? "write";
  // The version that this form began with.
  const [base, setBase] = useState(profile.version);
  const form = useApiForm({ initialValues: { content: contentOf(profile) } });
  const dirty = form.isDirty();
  const begin = (from: Profile) => {
    form.setInitialValues({ content: contentOf(from) });
    form.setValues({ content: contentOf(from) });
    form.clearErrors();
    setBase(from.version);
  };
  // Nothing of ours is lost by somebody else's version.
  if (profile.version > base && !dirty) begin(profile);
  const save = useChange("PATCH /v1/profiles/{id}", {
    onDone: (saved, { body }) => {
      // What was written while it was under way stays.
      const sent = { ...form.getInitialValues().content, ...(body.content as Partial<Content>) };
      const later = changesOf(form.getValues().content, sent);
      begin(saved);
      form.setFieldValue("content", { ...contentOf(saved), ...later });
      toast(t.saved(saved.version));
    },
    onError: form.refuse,
  });
  const unsaved = useUnsaved(dirty, { lost: t.leaveText });
  const remove = useChange("DELETE /v1/profiles/{id}", {
    onDone: () => {
      unsaved.release();
      toast(t.deleted);
      void router.navigate({ to: "/profiles" as string });
    },
  });
  const askRemove = async () => {
    const question = { title: t.deleteTitle(profile.name), text: t.deleteText, action: common.delete };
    if (await confirm(question)) remove.mutate({ params: { id: profile.id } });
  };
  return (
    <Page
      title={profile.name}
      description={contentOf(profile).description}
      breadcrumbs={<TextLink to="/profiles">{t.title}</TextLink>}
      badge={
        dirty ? (
          <StatusBadge tone="warning">{t.unsaved}</StatusBadge>
        ) : (
          <StatusBadge tone="neutral">{t.versionNamed(profile.version)}</StatusBadge>
        )
      }
      actions={
        <>
          <ModeSwitch profile={profile} />
          <Tooltip label={common.noRight} disabled={mayWrite}>
            <Button type="submit" form="profile" disabled={!dirty || !mayWrite} loading={save.isPending}>
              {t.save}
            </Button>
          </Tooltip>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={t.actions} size={30}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={14} aria-hidden />}
                disabled={!mayWrite}
                onClick={() => void askRemove()}
              >
                {t.deleteProfile}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      <div className={classes.columns}>
        <Stack gap="md" style={{ minWidth: 0 }}>
          {profile.version > base && (
            <Alert color="orange" icon={<IconInfoCircle size={16} />} title={t.newerTitle}>
              {t.newerText(profile.version)}{" "}
              <Button variant="default" size="compact-xs" onClick={() => begin(profile)}>
                {t.loadNewer}
              </Button>
            </Alert>
          )}
          {profile.warnings.length > 0 && (
            <Alert color="orange" icon={<IconInfoCircle size={16} />} title={t.toldTitle}>
              {profile.warnings.map(({ reason }) => (
                <div key={reason}>{reason}</div>
              ))}
            </Alert>
          )}
          <Tabs value={tab} onChange={(value) => setState({ tab: value ?? "write" })} keepMounted={false}>
            <Tabs.List mb="md">
              {tabs.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {t.tabs[name]}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <form
              id="profile"
              onSubmit={form.onSubmit(({ content }) => {
                // What nobody changed here stays as somebody else may have saved it meanwhile.
                const changed = changesOf(content, form.getInitialValues().content);
                // Who reads that there is a newer version, and saves, means it.
                const ifVersion = Math.max(base, profile.version);
                save.mutate({ params: { id: profile.id }, body: { content: changed, ifVersion } });
              })}
            >
              <FormFailure form={form} />
              {(Object.keys(fields) as (keyof typeof fields)[]).map((name) => {
                const Fields = fields[name];
                return (
                  <Tabs.Panel key={name} value={name}>
                    <Fieldset variant="unstyled" disabled={!mayWrite}>
                      <Fields form={form} />
                    </Fieldset>
                  </Tabs.Panel>
                );
              })}
            </form>
            <Tabs.Panel value="knowledge">
              <KnowledgeList profileId={profile.id} />
            </Tabs.Panel>
            <Tabs.Panel value="versions">
              <Versions profile={profile} />
            </Tabs.Panel>
            <Tabs.Panel value="cost">
              <UsageChart profileId={profile.id} />
            </Tabs.Panel>
          </Tabs>
        </Stack>
        {mayWrite && <TryOut profileId={profile.id} content={form.values.content} />}
      </div>
    </Page>
  );
}
