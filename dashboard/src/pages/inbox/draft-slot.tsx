/** Where drafts of the assistant stand, to be approved, edited or rejected. */
export function DraftSlot(_: { conversationId: string }) {
  return null;
}
