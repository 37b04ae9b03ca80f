import { Button, Group, Menu, Paper, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { EmptyState } from "../../../ui/state.tsx";
import { toast, toastWithUndo } from "../../../ui/toast.tsx";
import { useUrlState } from "../../../ui/url-state.ts";
import type { Campaign } from "../status.ts";
import { StepIcon } from "../step-icon.tsx";
import { useGuardUnsaved } from "../unsaved.ts";
import { copyOf, type DraftStep, type Kind, kinds, newStep, problemsOf, toDraft, toInput } from "./model.ts";
import { PreviewPane } from "./preview-pane.tsx";
import { StepCard } from "./step-card.tsx";
import classes from "./steps.module.css";
import { t } from "./texts.ts";
import { useDraftCheck } from "./use-draft-check.ts";

/** Not `lead`, which opens one on another tab. */
const defaults = { as: "" };
const noVariables = { standard: [], custom: [] };

/** The editor: steps in their order, each with what the API says about it, and the open one as a lead would get it. */
export default function StepsTab({ campaign }: { campaign: Campaign }) {
  const [saved, setSaved] = useState(() => toDraft(campaign.steps));
  const [steps, setSteps] = useState(saved);
  // Forms of steps keep what is half written; where all steps are put in place of others, they begin anew.
  const [revision, setRevision] = useState(0);
  const replace = (next: DraftStep[]) => {
    setSteps(next);
    setRevision((now) => now + 1);
  };
  const [open, setOpen] = useState<string | null>(saved[0]?.uid ?? null);
  const [{ as: lead }, setUrl] = useUrlState(defaults);
  const readOnly = !useRight("campaigns.write");
  const input = useMemo(() => toInput(steps), [steps]);
  const isDirty = useMemo(() => JSON.stringify(input) !== JSON.stringify(toInput(saved)), [input, saved]);
  useGuardUnsaved(campaign.id, isDirty, t.leaveText);
  const check = useDraftCheck(campaign.id, input, lead || null);
  const fields = useApi("GET /v1/leads/fields");
  const problems = check.data?.problems ?? [];
  // What somebody else saved shows, unless it would overwrite what is being written here.
  const fromServer = useMemo(() => JSON.stringify(campaign.steps), [campaign.steps]);
  const [taken, setTaken] = useState(fromServer);
  const [own, setOwn] = useState<string | null>(null);
  const byOthers = fromServer !== taken && fromServer !== own;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change at the server that this editor hasn't taken yet.
  useEffect(() => {
    if (isDirty || fromServer === taken) return;
    setTaken(fromServer);
    const next = toDraft(campaign.steps);
    setSaved(next);
    replace(next);
    setOpen((now) => (next.some(({ uid }) => uid === now) ? now : (next[0]?.uid ?? null)));
  }, [fromServer, isDirty]);

  const save = useChange("PATCH /v1/campaigns/{id}", {
    onDone: (answer) => {
      if (!("steps" in answer)) return;
      const at = steps.findIndex(({ uid }) => uid === open);
      const next = toDraft(answer.steps);
      setOwn(JSON.stringify(answer.steps));
      setSaved(next);
      replace(next);
      setOpen(next[at]?.uid ?? null);
      toast(t.saved);
    },
  });

  const change = (uid: string, part: Partial<DraftStep>) =>
    setSteps((now) => now.map((step) => (step.uid === uid ? { ...step, ...part } : step)));
  const add = (kind: Kind) => {
    const step = newStep(kind, steps.length === 0);
    setSteps([...steps, step]);
    setOpen(step.uid);
  };
  const move = (index: number, by: -1 | 1) =>
    setSteps((now) => {
      const next = [...now];
      const [step] = next.splice(index, 1);
      next.splice(index + by, 0, step!);
      return next;
    });
  const list = useRef<HTMLOListElement>(null);
  const known = useRef(saved);
  useEffect(() => {
    known.current = saved;
  }, [saved]);
  // What these take back is in this editor alone.
  const undos = useRef<(() => void)[]>([]);
  useEffect(() => {
    const hides = undos.current;
    return () => {
      for (const hide of hides) hide();
    };
  }, []);
  const offerUndo = (message: string, undo: () => void) => undos.current.push(toastWithUndo(message, undo));
  /** What was written since stays. A step that was saved away is a new one. */
  const putBack = (step: DraftStep, index: number) =>
    setSteps((now) => {
      if (now.some(({ uid }) => uid === step.uid)) return now;
      const id = known.current.some((one) => one.id === step.id) ? step.id : null;
      return now.toSpliced(index, 0, { ...step, id });
    });
  const remove = (step: DraftStep, index: number) => {
    setSteps((now) => now.filter(({ uid }) => uid !== step.uid));
    offerUndo(t.removed(index + 1), () => putBack(step, index));
    // The step that takes its place has the focus, or the one before: the button that had it is gone.
    requestAnimationFrame(() => {
      const rest = [...(list.current?.children ?? [])];
      (rest[index] ?? rest.at(-1))?.querySelector("button")?.focus({ preventScroll: true });
    });
  };
  const latest = useRef(steps);
  useEffect(() => {
    latest.current = steps;
  }, [steps]);
  /** What was written since, and isn't saved, can be had back in turn. */
  const bringBack = (before: DraftStep[]) => {
    const since = latest.current;
    replace(before);
    if (since !== known.current) offerUndo(t.broughtBack, () => bringBack(since));
  };
  const openAt = steps.findIndex(({ uid }) => uid === open);
  return (
    <div className={classes.layout}>
      <div>
        {readOnly && (
          <Text size="sm" c="dimmed" mb="sm">
            {t.readOnly}
          </Text>
        )}
        {steps.length === 0 && <EmptyState title={t.none} text={t.noneText} />}
        {/* The answer takes the place of all steps: what would be written until then would be lost. */}
        <ol className={classes.list} ref={list} aria-label={t.steps} inert={save.isPending}>
          {steps.map((step, index) => (
            <StepCard
              key={`${step.uid} ${revision}`}
              {...{ step, index, steps, readOnly }}
              open={step.uid === open}
              onToggle={() => setOpen(step.uid === open ? null : step.uid)}
              onChange={(part) => change(step.uid, part)}
              onMove={(by) => move(index, by)}
              onDuplicate={() => {
                const copy = copyOf(step);
                setSteps((now) => now.toSpliced(index + 1, 0, copy));
                setOpen(copy.uid);
              }}
              onRemove={() => remove(step, index)}
              problems={problemsOf(problems, index)}
              variables={fields.data ?? noVariables}
            />
          ))}
        </ol>
        {!readOnly && (
          <>
            <Menu position="bottom-start" width={230}>
              <Menu.Target>
                <Button
                  mt="md"
                  variant="default"
                  disabled={save.isPending}
                  leftSection={<IconPlus size={14} aria-hidden />}
                >
                  {t.addStep}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {kinds.map((kind) => {
                  const { action, channel } = newStep(kind, true);
                  return (
                    <Menu.Item
                      key={kind}
                      leftSection={<StepIcon action={action} channel={channel} size={15} />}
                      onClick={() => add(kind)}
                    >
                      {t.kinds[kind]}
                    </Menu.Item>
                  );
                })}
              </Menu.Dropdown>
            </Menu>
            <Paper withBorder className={classes.bar}>
              <Group justify="space-between" gap="xs">
                <Text size="sm" c="dimmed" aria-live="polite">
                  {isDirty ? t.unsaved : t.savedAll}
                  {isDirty && problems.length > 0 && ` · ${t.problems(problems.length)}`}
                </Text>
                <Group gap="xs">
                  <Button
                    variant="default"
                    disabled={!isDirty || save.isPending}
                    onClick={() => {
                      const before = steps;
                      replace(saved);
                      offerUndo(t.discarded, () => bringBack(before));
                    }}
                  >
                    {t.discard}
                  </Button>
                  <Button
                    disabled={!isDirty}
                    loading={save.isPending}
                    onClick={() =>
                      save.mutate({
                        params: { id: campaign.id },
                        // Who reads that somebody else has saved, and saves, means it.
                        body: { steps: toInput(steps), ...(!byOthers && { ifUpdatedAt: campaign.updatedAt }) },
                      })
                    }
                  >
                    {t.save}
                  </Button>
                </Group>
              </Group>
              {isDirty && byOthers && (
                <Text size="xs" c="var(--mantine-color-error)" role="alert">
                  {t.byOthers}
                </Text>
              )}
              {isDirty && campaign.status !== "draft" && (
                <Text size="xs" c="dimmed">
                  {t.runningHint}
                </Text>
              )}
            </Paper>
          </>
        )}
      </div>
      <PreviewPane
        campaignId={campaign.id}
        leadId={lead || null}
        onLead={(id) => setUrl({ as: id }, { replace: true })}
        position={openAt < 0 ? null : openAt + 1}
        hasProblems={openAt >= 0 && problemsOf(problems, openAt).length > 0}
        check={check.data}
        error={check.error}
        isPending={check.isPending}
      />
    </div>
  );
}
