import type { MemoryStore } from "../../lib/storage/energy-store";

/** What rules and devices remember, for the length of a test; as JSON, as every store keeps it. */
export function makeMemory(): MemoryStore {
  const owners = new Map<string, Map<string, string>>();
  return {
    remember: async (owner, key, value) => {
      const values = owners.get(owner) ?? new Map<string, string>();
      owners.set(owner, values);
      if (value === undefined) values.delete(key);
      else values.set(key, JSON.stringify(value));
    },
    recall: async (owner) =>
      Object.fromEntries([...(owners.get(owner) ?? [])].map(([key, value]) => [key, JSON.parse(value) as unknown])),
  };
}
