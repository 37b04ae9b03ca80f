import { Button, Popover, Stack, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import { common } from "../text/common.ts";

export interface RejectButtonProps {
  label: string;
  reasonLabel: string;
  disabled: boolean;
  loading: boolean;
  /** With the reason, or null where none was given. */
  onReject: (reason: string | null) => void;
}

/** Asks for a reason, which may be left out, and rejects. */
export function RejectButton({ label, reasonLabel, disabled, loading, onReject }: RejectButtonProps) {
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState("");
  return (
    <Popover opened={opened} onChange={setOpened} position="top-end" trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconX size={14} aria-hidden />}
          disabled={disabled}
          onClick={() => setOpened(!opened)}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onReject(reason.trim() || null);
          }}
        >
          <Stack gap="xs" w={260}>
            <TextInput
              label={reasonLabel}
              placeholder={common.optional}
              maxLength={1_000}
              value={reason}
              onChange={({ currentTarget }) => setReason(currentTarget.value)}
              data-autofocus
            />
            <Button type="submit" color="red" loading={loading}>
              {label}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
