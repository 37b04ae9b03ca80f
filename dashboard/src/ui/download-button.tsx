import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { HeraldApiError } from "../api/client.ts";
import { download } from "../api/download.ts";
import type { Read } from "../api/query.ts";
import { common } from "../text/common.ts";
import { showFailure } from "./toast.tsx";

interface DownloadButtonProps {
  operation: Read;
  query?: Readonly<Record<string, string | undefined>>;
  /** Of the call's path. */
  params?: Readonly<Record<string, string>>;
  fileName: string;
  /** What it saves, for screen readers where several stand on a page. */
  label?: string;
  children: string;
}

/** Saves what a call gives as a file. */
export function DownloadButton({ operation, query = {}, params = {}, fileName, label, children }: DownloadButtonProps) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await download(operation, query, fileName, params);
    } catch (error) {
      showFailure(
        error instanceof HeraldApiError
          ? error
          : new HeraldApiError(common.offline, { statusCode: 0, code: "internal" }),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={14} aria-hidden />}
      loading={busy}
      aria-label={label}
      onClick={() => void save()}
    >
      {children}
    </Button>
  );
}
