/** A mail's subject without the `Re:` of answers before it, as it was when the thread began. */
export const withoutReply = (subject: string) => subject.replace(/^\s*(?:re\s*:\s*)+/i, "").trim();
