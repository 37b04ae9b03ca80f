-- When a conversation's note was written last, for a lead's timeline. Null: there is none, or it is from before this.
alter table conversation add column note_at timestamptz(3);
