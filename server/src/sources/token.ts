import { randomBytes } from "node:crypto";

/** The part of a source's address that nobody guesses. */
export const newToken = (): string => randomBytes(24).toString("base64url");
