import { Alert, Code, Group, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { Copy } from "../../ui/code-block.tsx";
import { Time } from "../../ui/time.tsx";
import { t } from "./texts.ts";

/** A secret that was just made, or the public key in its place. It is nowhere but in this part's memory. */
export function SecretOnce({
  secret,
  publicKey,
  previousUntil,
}: {
  secret: string | null;
  publicKey: string | null;
  previousUntil?: string | null;
}) {
  const value = secret ?? publicKey;
  if (value === null) return null;
  return (
    <Alert color="accent" icon={<IconKey size={16} />} title={secret ? t.secret : t.publicKey}>
      <Group gap={6} wrap="nowrap" my={4}>
        <Code style={{ overflowWrap: "anywhere" }}>{value}</Code>
        <Copy value={value} />
      </Group>
      {secret && <Text size="sm">{t.secretOnce}</Text>}
      {previousUntil && (
        <Text size="sm">
          {t.overlap} <Time at={previousUntil} form="absolute" />
        </Text>
      )}
    </Alert>
  );
}
