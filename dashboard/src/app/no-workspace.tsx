import { Button, Group, Text } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useNewSession, useSession } from "../api/session.ts";
import { texts } from "../text/texts.ts";
import { SessionCard } from "../ui/session-card.tsx";
import { useSignOut } from "../ui/sign-out.ts";

const t = texts({
  title: "You are in no workspace",
  text: (email: string) => `You are signed in as ${email}. Ask an owner or admin of a workspace for an invitation.`,
  look: "Look again",
  signOut: "Sign out",
});

/** For who was taken out of their last workspace, or has left it. */
export default function NoWorkspace() {
  const { user } = useSession();
  const signOut = useSignOut();
  const newSession = useNewSession();
  const router = useRouter();
  const [looks, setLooks] = useState(false);
  const look = async () => {
    setLooks(true);
    await newSession()
      .then(() => router.invalidate())
      .finally(() => setLooks(false));
  };
  return (
    <SessionCard title={t.title}>
      <Text size="sm">{t.text(user?.email ?? "")}</Text>
      <Group gap="xs">
        <Button size="sm" loading={looks} onClick={() => void look()}>
          {t.look}
        </Button>
        <Button size="sm" variant="default" onClick={() => void signOut()}>
          {t.signOut}
        </Button>
      </Group>
    </SessionCard>
  );
}
