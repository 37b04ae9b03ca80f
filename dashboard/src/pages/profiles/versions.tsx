import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { formatList } from "../../text/format.ts";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { contentOf, type Profile } from "./looks.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";

type Version = Item<"GET /v1/profiles/{id}/versions">;

const labels: Readonly<Record<string, string>> = {
  ...{ description: t.about, instructions: t.instructions, objectives: t.objectives, tone: t.tone },
  ...{ handOffRules: t.handOff, channels: t.channelsLabel, schedule: t.hours, responseDelaySeconds: t.delay },
  ...{ responseJitter: t.jitter, bookingLink: t.bookingLink, allowedLinks: t.allowedLinks, mustNotSay: t.mustNotSay },
  ...{ maxLength: t.maxLength, maxSmsSegments: t.maxSegments, turnLimit: t.turnLimit, opening: t.opening },
  ...{ followUps: t.tabs.followUps, nurture: t.nurture, listenWhenOff: t.listen },
};

/** Every version, with what it changed; an earlier one can be used again, as a new one. */
export function Versions({ profile }: { profile: Profile }) {
  const mayWrite = useRight("assistant.write");
  const list = useApiList("GET /v1/profiles/{id}/versions", { params: { id: profile.id }, query: { limit: 20 } });
  const [opened, setOpened] = useState<number | null>(null);
  const restore = useChange("PATCH /v1/profiles/{id}");
  if (list.error && list.rows.length === 0) return <ErrorState error={list.error} retry={list.retry} />;
  if (list.isLoading) return <Skeleton height={200} />;
  return (
    <Stack gap="sm">
      <ol className={classes.items}>
        {list.rows.map((version, at) => {
          const before = list.rows[at + 1];
          const changes = before ? changed(before, version) : [];
          const current = version.version === profile.version;
          return (
            <li key={version.version} className={classes.item}>
              <Group justify="space-between" gap="xs">
                <Group gap="xs">
                  <Text size="sm" fw={600}>
                    {t.versionNamed(version.version)}
                  </Text>
                  {current && <StatusBadge tone="good">{t.current}</StatusBadge>}
                  <span className={classes.meta}>
                    <Time at={version.createdAt} /> {t.byWhom(version.createdBy)}
                  </span>
                </Group>
                {!current && mayWrite && (
                  <Button
                    variant="default"
                    size="compact-xs"
                    loading={restore.isPending && restore.variables.params.id === profile.id}
                    onClick={() =>
                      restore.mutate(
                        { params: { id: profile.id }, body: { content: contentOf(version) } },
                        { onSuccess: (now) => toast(t.restored(version.version, now.version)) },
                      )
                    }
                  >
                    {t.restore}
                  </Button>
                )}
              </Group>
              {before ? (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  mt={4}
                  ml={-6}
                  styles={{
                    label: { whiteSpace: "normal", textAlign: "start" },
                    root: { height: "auto", paddingBlock: 3 },
                  }}
                  disabled={changes.length === 0}
                  aria-expanded={opened === version.version}
                  onClick={() => setOpened(opened === version.version ? null : version.version)}
                >
                  {changes.length > 0 ? t.changedFields(formatList(changes.map((f) => labels[f] ?? f))) : t.noChange}
                </Button>
              ) : (
                !list.hasMore && (
                  <Text size="xs" c="dimmed">
                    {t.firstVersion}
                  </Text>
                )
              )}
              {opened === version.version && before && (
                <Stack gap="sm" mt="xs">
                  {changes.map((field) => (
                    <div key={field}>
                      <Text size="xs" fw={600} mb={2}>
                        {labels[field] ?? field}
                      </Text>
                      <div className={classes.compare}>
                        <Value label={t.before} value={before.content[field]} />
                        <Value label={t.after} value={version.content[field]} />
                      </div>
                    </div>
                  ))}
                </Stack>
              )}
            </li>
          );
        })}
      </ol>
      {list.hasMore && (
        <Group justify="center">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            {t.loadMore}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Value({ label, value }: { label: string; value: unknown }) {
  const text = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value, null, 2);
  return (
    <div>
      <span className={classes.meta}>{label}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre className={classes.value} tabIndex={0}>
        {text || "–"}
      </pre>
    </div>
  );
}

const changed = (before: Version, after: Version): string[] =>
  Object.keys(after.content).filter(
    (field) => JSON.stringify(before.content[field]) !== JSON.stringify(after.content[field]),
  );
