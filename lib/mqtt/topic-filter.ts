/** Whether `topic` falls under an MQTT subscription filter; wildcards do not reach topics that start with `$`. */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith("$") && !filter.startsWith("$")) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [index, want] of wanted.entries()) {
    if (want === "#") return true;
    if (index >= levels.length || (want !== "+" && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** `#` only as the last level, wildcards only as whole levels. */
export function isFilter(filter: string): boolean {
  const levels = filter.split("/");
  return (
    filter.length > 0 &&
    filter.length <= 1024 &&
    !filter.includes("\0") &&
    levels.every((level, index) => {
      if (level === "#") return index === levels.length - 1;
      return level === "+" || !/[+#]/.test(level);
    })
  );
}

/** What listens to which filters; finding the listeners of a topic costs one look-up beside the filters with wildcards. */
export interface Routes<Listener> {
  add(filter: string, listener: Listener): () => void;
  match(topic: string): Listener[];
  filters(): string[];
}

export function makeRoutes<Listener>(): Routes<Listener> {
  const exact = new Map<string, Set<Listener>>();
  const wild = new Map<string, Set<Listener>>();

  return {
    add: (filter, listener) => {
      const table = /[+#]/.test(filter) ? wild : exact;
      const listeners = table.get(filter) ?? new Set();
      table.set(filter, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && table.get(filter) === listeners) table.delete(filter);
      };
    },
    match: (topic) => {
      const found = [...(exact.get(topic) ?? [])];
      for (const [filter, listeners] of wild) if (matchesFilter(filter, topic)) found.push(...listeners);
      return found;
    },
    filters: () => [...exact.keys(), ...wild.keys()],
  };
}
