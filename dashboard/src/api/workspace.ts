import { useRouter } from "@tanstack/react-router";
import { useChange } from "./mutation.ts";
import { useNewSession } from "./session.ts";

/** Goes to another workspace. What was loaded belongs to the one before; so does the address, which may name one of its things. */
export function useChooseWorkspace(): (workspaceId: string) => Promise<void> {
  const newSession = useNewSession();
  const router = useRouter();
  const choose = useChange("PUT /v1/session/workspace", { outdates: [] });
  return async (workspaceId) => {
    // A refusal is shown by itself.
    if (!(await choose.mutateAsync({ body: { workspaceId } }).catch(() => null))) return;
    await router.navigate({ to: "/" as string });
    await newSession();
    await router.invalidate();
  };
}
