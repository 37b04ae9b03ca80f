/** What is made when it is first asked for, and then kept. Formatters take long to make, and the first page needs few of them. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
