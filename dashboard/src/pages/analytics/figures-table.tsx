import classes from "./figures-table.module.css";

interface FiguresTableProps {
  label: string;
  /** The first one names the rows. */
  columns: readonly string[];
  rows: readonly { key: string; cells: readonly (string | null)[] }[];
}

/** Figures by rows; a dash where there is none. */
export function FiguresTable({ label, columns, rows }: FiguresTableProps) {
  return (
    <table className={classes.root} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells: [name, ...figures] }) => (
          <tr key={key}>
            <th scope="row" title={name ?? undefined}>
              {name}
            </th>
            {figures.map((figure, at) => (
              <td key={columns[at + 1]}>{figure ?? "–"}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
