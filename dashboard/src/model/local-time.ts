/** How far the clock of a zone is ahead of UTC at an instant, in ms. */
function offsetAt(at: number, zone: string): number {
  const shown = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(shown.find((one) => one.type === type)?.value);
  const clock = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return clock - Math.floor(at / 1000) * 1000;
}

/** What a clock of the zone shows at an instant, to the minute, as a `datetime-local` field wants it. */
export function toLocal(at: number, zone: string): string {
  return new Date(at + offsetAt(at, zone)).toISOString().slice(0, 16);
}

/** The instant at which a clock of the zone shows what a `datetime-local` field holds; nothing where it holds no time. */
export function fromLocal(local: string, zone: string): number | undefined {
  const clock = Date.parse(`${local}Z`);
  if (Number.isNaN(clock)) return undefined;
  const guess = clock - offsetAt(clock, zone);
  return clock - offsetAt(guess, zone);
}
