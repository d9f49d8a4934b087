interface Waiting<Item> {
  readonly item: Item;
  resolve(kept: boolean): void;
  reject(error: unknown): void;
}

/** One call at a time; what waits meanwhile shares the next, and its fate. `keepAll` answers for each item. */
export function makeGrouping<Item>(
  keepAll: (items: readonly Item[]) => Promise<readonly boolean[]>,
): (item: Item) => Promise<boolean> {
  let waiting: Waiting<Item>[] = [];
  let busy = false;

  const flush = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const kept = await keepAll(group.map(({ item }) => item));
        group.forEach((one, index) => one.resolve(kept[index] ?? false));
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    busy = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!busy) void flush();
    });
}
