const key = (workspaceId: string) => `herald-start-hidden-${workspaceId}`;

/** Whether this browser has seen a workspace's first steps done, or somebody put them away: they are not looked for again. */
export const startEnded = (workspaceId: string): boolean => localStorage.getItem(key(workspaceId)) !== null;

export const endStart = (workspaceId: string): void => localStorage.setItem(key(workspaceId), "1");
