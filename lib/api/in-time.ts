import { Refused } from "./refused";

/** What `work` resolves to, or a `not-ready` refusal when that takes too long. The work itself goes on until it is told to stop. */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused("not-ready", "tooSlow")), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
