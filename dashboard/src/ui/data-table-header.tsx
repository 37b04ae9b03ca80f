import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import classes from "./data-table.module.css";

interface Props {
  column: { id: string; header: string; sortable?: boolean; align?: "end"; from?: number };
  sort: { column: string; descending: boolean } | null;
  onSort?: (sort: { column: string; descending: boolean }) => void;
}

/** A column's heading, which sorts by it where the server can. */
export function SortHeader({ column, sort, onSort }: Props) {
  const mine = sort?.column === column.id ? sort : null;
  const order = mine === null ? "none" : mine.descending ? "descending" : "ascending";
  const sorts = column.sortable === true && onSort !== undefined;
  return (
    <th scope="col" aria-sort={sorts ? order : undefined} data-align={column.align} data-from={column.from}>
      {sorts ? (
        <UnstyledButton
          className={classes.sort}
          onClick={() => onSort({ column: column.id, descending: mine ? !mine.descending : false })}
        >
          {column.header}
          {/* Its place is kept, so that nothing moves. */}
          <span className={classes.order} data-shown={mine !== null || undefined} aria-hidden>
            {mine?.descending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />}
          </span>
        </UnstyledButton>
      ) : (
        column.header
      )}
    </th>
  );
}
