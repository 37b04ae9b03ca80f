import { Alert, Code, Group, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { Copy } from "../../ui/code-block.tsx";
import { Time } from "../../ui/time.tsx";
import { t } from "./texts.ts";

/** The secret that Herald made. It is nowhere but in this part's memory. */
export function SourceSecret({ secret, previousUntil }: { secret: string | null; previousUntil?: string | null }) {
  if (secret === null) return null;
  return (
    <Alert color="accent" icon={<IconKey size={16} />} title={t.secret}>
      <Group gap={6} wrap="nowrap" my={4}>
        <Code style={{ overflowWrap: "anywhere" }}>{secret}</Code>
        <Copy value={secret} />
      </Group>
      <Text size="sm">{t.secretOnce}</Text>
      {previousUntil && (
        <Text size="sm" component="div">
          {t.overlap} <Time at={previousUntil} form="absolute" />
        </Text>
      )}
    </Alert>
  );
}
