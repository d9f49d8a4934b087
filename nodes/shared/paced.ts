/** Shows at most once a second, and always the last: a status is for eyes. */
export interface Paced {
  show(draw: () => void): void;
  stop(): void;
}

export function makePaced(everyMs = 1_000): Paced {
  let last: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    timer = undefined;
    if (!last) return;
    last();
    last = undefined;
    timer = setTimeout(tick, everyMs);
  };
  return {
    show: (draw) => {
      last = draw;
      if (!timer) tick();
    },
    stop: () => clearTimeout(timer),
  };
}
