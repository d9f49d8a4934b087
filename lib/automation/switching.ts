import type { OnOff } from "./profiles/profile";

/**
 * One switched device as a state machine. All instants are ms of whatever clock the caller keeps; nothing here reads one.
 * It promises: minimum times hold whatever happens, a command is sent at most 1 + `retries` times a wish, one that nobody
 * confirmed leaves the device unknown, and what a person does at the device is never undone.
 */
export interface SwitchSettings {
  /** How long a command may take to be confirmed; it expires then, and the next try goes out. */
  readonly confirmMs: number;
  readonly retries: number;
  readonly minOnMs: number;
  readonly minOffMs: number;
  /** False where neither reports nor a meter tell what the device does. */
  readonly confirmable: boolean;
  /** How often the input must repeat; absent when it need not. */
  readonly repeatMs?: number;
  readonly safeState: "leave" | OnOff;
}

/** The latest instants at which the device may have turned: minimum times count from these, so they outlive a restart. */
export interface Turned {
  readonly onAt?: number;
  readonly offAt?: number;
}

export interface SwitchState {
  readonly turned: Turned;
  readonly online: boolean;
  /** What the device last said; not `sure` when it may have changed since. Absent when unknown. */
  readonly known?: Known;
  /** The last command that went out, and until when reports may still be echoes of it or those before. */
  readonly told?: { readonly on: boolean; readonly echoesUntil: number };
  /** What is wanted and not reached yet. */
  readonly wish?: Wish;
  /** A command that was sent and may still be obeyed. */
  readonly flight?: Flight;
  /** When the input must have repeated; absent when it need not or the safe state was taken. */
  readonly repeatBy?: number;
}

interface Known {
  readonly on: boolean;
  readonly at: number;
  readonly sure: boolean;
  /** It was heard to turn by itself, so this is no late report of how it was before. */
  readonly turned: boolean;
}

interface Wish {
  readonly on: boolean;
  readonly since: number;
  readonly sends: number;
  /** Minimum time: until when it waits. */
  readonly waitsUntil?: number;
  /** While offline: when it is given up. */
  readonly giveUpAt?: number;
}

interface Flight {
  readonly on: boolean;
  readonly sentAt: number;
  readonly until: number;
  readonly failed: boolean;
}

export type SwitchEvent =
  | { readonly kind: "wish"; readonly on: boolean; readonly from: "input" | "person" }
  | { readonly kind: "report"; readonly on: boolean; readonly retained: boolean }
  | { readonly kind: "connection"; readonly online: boolean }
  | { readonly kind: "published" | "publish-failed"; readonly sentAt: number }
  | { readonly kind: "tick" };

/** What became of a wish: `waiting` for a minimum time; every other one ends it. `sent` is all that a mute device allows. */
export type Outcome = "confirmed" | "sent" | "superseded" | "waiting" | "no-answer" | "offline";

export type SwitchEffect =
  | { readonly kind: "publish"; readonly on: boolean; readonly sentAt: number; readonly expiresMs: number }
  | { readonly kind: "remember"; readonly turned: Turned }
  | { readonly kind: "tell"; readonly on: boolean; readonly outcome: Outcome };

export interface Step {
  readonly state: SwitchState;
  readonly effects: readonly SwitchEffect[];
}

/** A device at the start: nothing is known of it but when it may last have turned. */
export function startSwitch(turned: Turned, settings: SwitchSettings, now: number): SwitchState {
  return { turned, online: false, ...(settings.repeatMs !== undefined && { repeatBy: now + settings.repeatMs }) };
}

/** The state after `event`, and what is to be done. */
export function nextSwitch(before: SwitchState, event: SwitchEvent, settings: SwitchSettings, now: number): Step {
  const told = hear(before, event, settings, now);
  const moved = advance(told.state, settings, now);
  const { turned } = moved.state;
  const changed = turned.onAt !== before.turned.onAt || turned.offAt !== before.turned.offAt;
  const remember: SwitchEffect[] = changed ? [{ kind: "remember", turned }] : [];
  return { state: moved.state, effects: [...remember, ...told.effects, ...moved.effects] };
}

/** When the next `tick` is due, whatever else happens; nothing while only events can move it. */
export function nextDeadline({ wish, flight, repeatBy }: SwitchState): number | undefined {
  const due = [flight?.until, flight ? undefined : (wish?.giveUpAt ?? wish?.waitsUntil), repeatBy];
  const known = due.filter((at) => at !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

/** Takes in what happened, without acting on it. */
function hear(state: SwitchState, event: SwitchEvent, settings: SwitchSettings, now: number): Step {
  switch (event.kind) {
    case "wish": {
      const repeated = event.from === "input" ? { ...state, ...repeatBy(settings, now) } : state;
      return want(repeated, event.on, now);
    }
    case "report":
      return event.retained ? hint(state, event.on, now) : hearReport(state, event.on, now);
    case "connection": {
      const { known, flight } = state;
      // What it does while nobody listens is anybody's guess.
      const doubted = event.online || !known ? {} : { known: { ...known, sure: false, turned: false } };
      const resend = event.online && flight?.failed ? { flight: { ...flight, until: now } } : {};
      return { state: { ...state, ...doubted, ...resend, online: event.online }, effects: [] };
    }
    case "published": {
      if (settings.confirmable || state.flight?.sentAt !== event.sentAt) return { state, effects: [] };
      const ours = state.wish?.on === state.flight.on;
      const { flight: _, ...landed } = ours ? withoutWish(state) : state;
      return { state: landed, effects: ours ? [{ kind: "tell", on: state.flight.on, outcome: "sent" }] : [] };
    }
    case "publish-failed": {
      if (state.flight?.sentAt !== event.sentAt) return { state, effects: [] };
      return { state: { ...state, flight: { ...state.flight, failed: true } }, effects: [] };
    }
    case "tick":
      return { state, effects: [] };
  }
}

function repeatBy({ repeatMs }: SwitchSettings, now: number): Pick<SwitchState, "repeatBy"> {
  return repeatMs === undefined ? {} : { repeatBy: now + repeatMs };
}

/** The newest wish wins; the same wish again joins the one under way. */
function want(state: SwitchState, on: boolean, now: number): Step {
  if (state.wish?.on === on) {
    const waits = state.wish.waitsUntil !== undefined && !state.flight;
    return { state, effects: waits ? [{ kind: "tell", on, outcome: "waiting" }] : [] };
  }
  const effects: SwitchEffect[] = state.wish ? [{ kind: "tell", on: !on, outcome: "superseded" }] : [];
  return { state: { ...state, wish: { on, since: now, sends: 0 } }, effects };
}

/** A retained report says what was, perhaps long ago: shown when nothing better is known, never a confirmation. */
function hint(state: SwitchState, on: boolean, now: number): Step {
  if (state.flight || state.known?.sure) return { state, effects: [] };
  return { state: { ...noteTurn(state, on, now), known: { on, at: now, sure: false, turned: false } }, effects: [] };
}

function hearReport(state: SwitchState, on: boolean, now: number): Step {
  const { flight, wish, known: before, ...rest } = state;
  const echoing = state.told !== undefined && now < state.told.echoesUntil;
  const hasTurned = !echoing && before?.sure === true && before.on !== on;
  const known = { on, at: now, sure: true, turned: hasTurned || (before?.turned === true && before.on === on) };

  // It may have been said before the command arrived: the flight goes on.
  if (flight && flight.on !== on) return { state: { ...state, known }, effects: [] };
  if (flight) {
    const obeyed = { ...rest, turned: turn(state.turned, on, now), known };
    return { state: wish ? { ...obeyed, wish } : obeyed, effects: [] };
  }
  const heard = { ...noteTurn(state, on, now), known };
  if (!wish || !hasTurned) return { state: heard, effects: [] };
  // A hand at the device is newer than a wish that still waits.
  const outcome = wish.on === on ? "confirmed" : "superseded";
  return { state: withoutWish(heard), effects: [{ kind: "tell", on: wish.on, outcome }] };
}

/** Minimum times count from a change that somebody else made, too. */
function noteTurn(state: SwitchState, on: boolean, now: number): SwitchState {
  const wasOn = state.known?.on ?? lastTurn(state.turned);
  return wasOn === on ? state : { ...state, turned: turn(state.turned, on, now) };
}

function turn(turned: Turned, on: boolean, at: number): Turned {
  return on ? { ...turned, onAt: at } : { ...turned, offAt: at };
}

function lastTurn({ onAt, offAt }: Turned): boolean | undefined {
  if (onAt === undefined && offAt === undefined) return undefined;
  return (onAt ?? -Infinity) >= (offAt ?? -Infinity);
}

function withoutWish(state: SwitchState): SwitchState {
  const { wish: _, ...rest } = state;
  return rest;
}

/** Does what is due now. */
function advance(before: SwitchState, settings: SwitchSettings, now: number): Step {
  const fallen = fallBack(before, settings, now);
  const landed = land(fallen.state, settings, now);
  const effects = [...fallen.effects, ...landed.effects];
  const { state } = landed;
  const { wish, flight, known } = state;
  if (!wish || flight?.on === wish.on) return { state, effects };
  const say = (next: SwitchState, outcome: Outcome): Step => ({
    state: next,
    effects: [...effects, { kind: "tell", on: wish.on, outcome }],
  });
  const waitsUntil = freeAt(state.turned, wish, settings);
  // A report may have been late and tell of the state before. So what is thus already is told once all the same; a minimum
  // time is not waited for only to tell a device what it was heard to do.
  const reached = !flight && known?.sure === true && known.on === wish.on;
  if (reached && (state.told?.on === wish.on || (known.turned && now < waitsUntil)))
    return say(withoutWish(state), "confirmed");
  if (now < waitsUntil) {
    if (wish.waitsUntil === waitsUntil) return { state, effects };
    return say({ ...state, wish: { ...wish, waitsUntil } }, "waiting");
  }

  // A command never waits in a queue: the wish does, for as long as its tries would have taken.
  const giveUpAt = wish.giveUpAt ?? (state.online ? Infinity : now + settings.confirmMs * (1 + settings.retries));
  if (now >= giveUpAt) return say(unknown(withoutWish(state)), "offline");
  if (!state.online) return { state: { ...state, wish: { ...wish, giveUpAt } }, effects };

  const until = now + settings.confirmMs;
  const sent: SwitchState = {
    ...state,
    // Until it expires the device may obey it at any instant: the last one counts until it reports.
    turned: turn(state.turned, wish.on, until),
    told: { on: wish.on, echoesUntil: until + settings.confirmMs },
    wish: { on: wish.on, since: wish.since, sends: wish.sends + 1 },
    flight: { on: wish.on, sentAt: now, until, failed: false },
  };
  const publish: SwitchEffect = { kind: "publish", on: wish.on, sentAt: now, expiresMs: settings.confirmMs };
  return { state: sent, effects: [...effects, publish] };
}

/** Ends a command that nobody confirmed in time, and its wish with the last try. */
function land(state: SwitchState, settings: SwitchSettings, now: number): Step {
  const { flight, ...rest } = state;
  if (!flight || now < flight.until) return { state, effects: [] };
  const landed = unknown(rest);
  if (landed.wish?.on !== flight.on || landed.wish.sends <= settings.retries) return { state: landed, effects: [] };
  const outcome = flight.failed && !state.online ? "offline" : "no-answer";
  return { state: withoutWish(landed), effects: [{ kind: "tell", on: flight.on, outcome }] };
}

function unknown(state: SwitchState): SwitchState {
  const { known: _, ...rest } = state;
  return rest;
}

/** The safe state, once the input has fallen silent. */
function fallBack(state: SwitchState, settings: SwitchSettings, now: number): Step {
  if (state.repeatBy === undefined || now < state.repeatBy) return { state, effects: [] };
  const { repeatBy: _, ...silent } = state;
  return settings.safeState === "leave"
    ? { state: silent, effects: [] }
    : want(silent, settings.safeState === "on", now);
}

/** When the minimum times let the device turn. A second try is no second turn. */
function freeAt(turned: Turned, { on, sends }: Wish, { minOnMs, minOffMs }: SwitchSettings): number {
  const [since, minMs] = on ? [turned.offAt, minOffMs] : [turned.onAt, minOnMs];
  return sends > 0 || minMs === 0 || since === undefined ? -Infinity : since + minMs;
}
