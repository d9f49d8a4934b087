/** What a decoder remembers of earlier messages: parts of a telegram, the last value of each phase, a unit told once. */
export interface Memory {
  /** The state of one device of a family, made when first asked for; change it in place. */
  of<State extends object>(profile: string, device: string, make: () => State): State;
  /** The state of a device where there is one. */
  known(profile: string, device: string): object | undefined;
}

/** Names come from outside: beyond this many devices, the one that was silent for longest is forgotten. */
const MOST_DEVICES = 10_000;

export function makeMemory(): Memory {
  const states = new Map<string, object>();
  return {
    of: <State extends object>(profile: string, device: string, make: () => State): State => {
      const key = `${profile}\0${device}`;
      const state = states.get(key) ?? make();
      states.delete(key);
      states.set(key, state);
      if (states.size > MOST_DEVICES) {
        const oldest = states.keys().next();
        if (!oldest.done) states.delete(oldest.value);
      }
      return state as State;
    },
    known: (profile, device) => states.get(`${profile}\0${device}`),
  };
}
