/**
 * Saves a file in the browser. A CSV gets a byte order mark: without it Excel takes the letters of UTF-8 for those of its system's code
 * page ("JosÃ©"). Only here, where a person opens the file: of the API scripts ask, which would read the mark as part of the first
 * column's name. Imports pass over it.
 */
export function saveFile(content: Blob, fileName: string): void {
  const file = content.type.startsWith("text/csv") ? new Blob(["\ufeff", content], { type: content.type }) : content;
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}
