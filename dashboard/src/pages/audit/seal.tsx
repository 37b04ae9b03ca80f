import { Button, Popover, Stack, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useApi } from "../../api/query.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { PartError } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { t } from "./texts.ts";

/** The newest seal, to be kept elsewhere, and how to check by it. */
export function Seal() {
  const { data, error, refetch } = useApi("GET /v1/audit/seal", { query: { ifAny: "true" } });
  return (
    <Popover width="calc(min(380px, 100vw - 32px))" position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconShieldCheck size={14} aria-hidden />}>
          {t.seal}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t.seal}>
        {error && !data ? (
          <PartError error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Text size="sm">{t.sealNone}</Text>
        ) : (
          <Stack gap="xs">
            <Text size="sm" component="div">
              {t.sealed(data.no)}, <Time at={data.beginsAt} form="absolute" />
            </Text>
            <CodeBlock code={data.hash} label={t.seal} />
            <Text size="sm" c="dimmed">
              {t.sealText}
            </Text>
            <CodeBlock code={`herald audit verify --seal ${data.hash}`} label={t.command} />
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
