/** Silent since `since`, or heard within the limit; plain JSON, so that it outlives a restart. */
export type Silence = { readonly kind: "heard" } | { readonly kind: "silent"; readonly since: number };

export const HEARD: Silence = { kind: "heard" };

/** Whether a meter last heard at `lastAt` counts as silent at `now`. */
export function nextSilence(state: Silence, lastAt: number, now: number, limitMs: number): Silence {
  if (now - lastAt < limitMs) return state.kind === "heard" ? state : HEARD;
  return state.kind === "silent" ? state : { kind: "silent", since: lastAt };
}
