import { ActionIcon, Button, Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconCircle, IconCircleCheckFilled, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useApiWhen } from "../../api/query.ts";
import { randomKey } from "../../api/random-key.ts";
import { useRight } from "../../api/session.ts";
import { Link } from "../../ui/link.tsx";
import { Panel } from "../../ui/panel.tsx";
import { startCalls } from "./first-calls.ts";
import classes from "./start.module.css";
import { endStart } from "./start-store.ts";
import { t } from "./texts.ts";

interface StartProps {
  workspaceId: string;
  /** It is known whether there is something to do: what stands below needn't wait any longer to be seen. */
  onKnown: () => void;
}

/**
 * For a new workspace: the way to the first message. Each step sees by itself that it is done; with all done it is gone, and not
 * looked for again in this browser.
 */
export default function Start({ workspaceId, onKnown }: StartProps) {
  const [hidden, setHidden] = useState(false);
  if (hidden) return null;
  const onHide = () => {
    endStart(workspaceId);
    setHidden(true);
  };
  return <Steps onHide={onHide} onKnown={onKnown} onDone={() => endStart(workspaceId)} />;
}

function Steps({ onHide, onKnown, onDone }: { onHide: () => void; onKnown: () => void; onDone: () => void }) {
  const asked = {
    senders: useQuery(startCalls.senders),
    leads: useQuery(startCalls.leads),
    messages: useQuery(startCalls.messages),
    sent: useQuery(startCalls.sent),
    destinations: useQuery(startCalls.destinations),
  };
  const senders = asked.senders.data;
  const leads = asked.leads.data;
  const messages = asked.messages.data;
  const sent = asked.sent.data;
  const destinations = asked.destinations.data;
  // Of what has failed nothing is shown here; the page says it where it needs it.
  const known = Object.values(asked).every(({ isPending }) => !isPending);
  useEffect(() => {
    if (known) onKnown();
  }, [known, onKnown]);
  const sandbox = senders?.data.find(({ provider }) => provider === "sandbox");
  const first = sent?.data[0];
  const inSandbox = useApiWhen(
    "GET /v1/senders/{id}/sandbox-messages",
    sandbox && first?.senderId === sandbox.id ? { params: { id: sandbox.id }, query: { limit: 1 } } : null,
  ).data?.data[0];
  // Nothing shows before it is known that there is something to do: it would jump for all who are long done.
  if (!senders || !leads || !messages || !sent || !destinations) return null;
  const lead = leads.leads[0];
  const mailable = lead?.email ? lead : null;
  const steps: { key: keyof typeof buttons; done: boolean; title: string; text: string }[] = [
    { key: "sender", done: senders.data.length > 0, title: t.steps.sender, text: t.steps.senderText },
    { key: "lead", done: lead !== undefined, title: t.steps.lead, text: t.steps.leadText },
    { key: "message", done: messages.data.length > 0, title: t.steps.message, text: t.steps.messageText },
    {
      ...{ key: "arrived", done: first !== undefined, title: t.steps.arrived },
      text: first ? t.steps.arrivedAt(inSandbox?.to ?? first.toAddress) : t.steps.arrivedText,
    },
    {
      key: "destination",
      done: destinations.data.length > 0,
      title: t.steps.destination,
      text: t.steps.destinationText,
    },
  ];
  const buttons = {
    sender: <MakeSender />,
    lead: <AddLead />,
    message: <SendMessage leadId={mailable?.id ?? null} senderId={sandbox?.id ?? null} />,
    arrived: null,
    destination: (
      <Button component={Link} to="/destinations">
        {t.steps.destinationAction}
      </Button>
    ),
  } satisfies Record<string, ReactNode>;
  const done = steps.filter((step) => step.done).length;
  if (done === steps.length) return <Done onDone={onDone} />;
  const next = steps.find((step) => !step.done)?.key;
  return (
    <Panel
      title={t.start}
      flush
      actions={
        <Group gap="xs">
          <Text size="xs" c="dimmed" aria-live="polite">
            {t.progress(done, steps.length)}
          </Text>
          <Tooltip label={t.hide}>
            <ActionIcon size="sm" onClick={onHide} aria-label={t.hide}>
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        </Group>
      }
    >
      <Text size="sm" c="dimmed" px={14} pt={10} pb={4}>
        {t.startText}
      </Text>
      <ol className={classes.list}>
        {steps.map(({ key, done: isDone, title, text }) => (
          <li key={key} className={classes.step} data-next={key === next || undefined}>
            {isDone ? (
              <IconCircleCheckFilled size={18} color="light-dark(#0f766e, #4fd1c0)" aria-hidden />
            ) : (
              <IconCircle size={18} color="var(--muted)" aria-hidden />
            )}
            <div className={classes.text}>
              <Text size="sm" fw={500}>
                {title}
                <VisuallyHidden>: {isDone ? t.done : t.toDo}</VisuallyHidden>
              </Text>
              <Text size="xs" c="dimmed">
                {text}
              </Text>
            </div>
            <div className={classes.actions}>
              {key === "arrived" && first ? (
                <Button component={Link} to={`/leads/${first.leadId}`} variant="default">
                  {t.steps.arrivedAction}
                </Button>
              ) : (
                key === next && buttons[key]
              )}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Done({ onDone }: { onDone: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once is enough.
  useEffect(onDone, []);
  return null;
}

const notAllowed = (
  <Text size="xs" c="dimmed">
    {t.needsAdmin}
  </Text>
);

function MakeSender() {
  const may = useRight("senders.write");
  const make = useChange("POST /v1/senders");
  if (!may) return notAllowed;
  return (
    <Button
      loading={make.isPending}
      onClick={() => make.mutate({ body: { name: t.sandboxName, channel: "email", provider: "sandbox" } })}
    >
      {t.steps.senderAction}
    </Button>
  );
}

function AddLead() {
  const may = useRight("leads.write");
  const add = useChange("POST /v1/leads");
  if (!may) return notAllowed;
  const ada = { firstName: "Ada", lastName: "Lovelace", company: "Analytical Engines", email: "ada@example.com" };
  return (
    <Group gap="xs">
      <Button component={Link} to="/leads/import" variant="default">
        {t.steps.leadOther}
      </Button>
      <Button loading={add.isPending} onClick={() => add.mutate({ body: { leads: [ada] } })}>
        {t.steps.leadAction}
      </Button>
    </Group>
  );
}

/** By the sandbox only: it must reach nobody. Without one, or without an address, the lead's own page is the place. */
function SendMessage({ leadId, senderId }: { leadId: string | null; senderId: string | null }) {
  const may = useRight("messages.send");
  const [idempotencyKey] = useState(randomKey);
  const send = useChange("POST /v1/messages");
  if (!may) return notAllowed;
  const campaign = (
    <Button component={Link} to="/campaigns" variant="default">
      {t.steps.messageOther}
    </Button>
  );
  if (leadId === null || senderId === null) return campaign;
  const body = { leadId, senderId, channel: "email" as const, subject: t.practiceSubject, text: t.practiceText };
  return (
    <Group gap="xs">
      {campaign}
      <Button loading={send.isPending} onClick={() => send.mutate({ body, idempotencyKey })}>
        {t.steps.messageAction}
      </Button>
    </Group>
  );
}
