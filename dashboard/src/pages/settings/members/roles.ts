import { type Role, useRight } from "../../../api/session.ts";

/** From the least to the most. */
export const roles: readonly Role[] = ["viewer", "member", "admin", "owner"];

/** The roles that the viewer may give and take: "owner" is only for owners. */
export function useGivableRoles(): readonly Role[] {
  return useRight("owners.write") ? roles : roles.filter((role) => role !== "owner");
}
