import jsonata from "jsonata";

/** What an expression gives, or why it gives nothing. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

type Compiled = ReturnType<typeof jsonata> | { readonly error: string };

/** For all expressions of a message together: decoding must not hold the loop. */
const MAX_EVALUATION_MS = 10;
const MAX_DEPTH = 200;
const MAX_LENGTH = 2000;

/** Work that grows faster than the message, inside one step that nothing can interrupt. */
const UNBOUNDED: ReadonlySet<string> = new Set(["eval", "pad", "distinct", "match", "shuffle"]);

const compiled = new Map<string, Compiled>();
const MAX_COMPILED = 500;

/** Whether a path holds more than names, dots and indices. */
export function isExpression(text: string): boolean {
  return /[^\w$.[\]"'\s]|\w\s+\w/.test(text.trim());
}

/**
 * Whether the expressions of a message have taken too long, from when it is first asked. A machine that is busy elsewhere
 * takes no time of theirs: the processor's counts, which is looked at where the clock's is over.
 */
export function makeTimeLimit(): () => boolean {
  let before: NodeJS.CpuUsage | undefined;
  let until = 0;
  return () => {
    const now = performance.now();
    if (before && now <= until) return false;
    before ??= process.cpuUsage();
    const { user, system } = process.cpuUsage(before);
    const left = MAX_EVALUATION_MS - (user + system) / 1000;
    until = now + left;
    return left <= 0;
  };
}

/** What a JSONata expression says of a body, unless `isOver` first. Never throws. */
export function evaluate(text: string, body: unknown, isOver: () => boolean): Outcome {
  const expression = compile(text);
  if ("error" in expression) return expression;
  return run(expression, body, isOver);
}

function run(expression: ReturnType<typeof jsonata>, body: unknown, isOver: () => boolean): Outcome {
  let depth = 0;
  const enter = (): void => {
    depth += 1;
    if (depth > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels`);
    if (isOver()) throw new Error(`took longer than ${MAX_EVALUATION_MS} ms`);
  };
  const leave = (): void => void (depth -= 1);
  try {
    // The names under which the library looks for those who watch over it.
    return { value: expression.evaluate(body, { __evaluate_entry: enter, __evaluate_exit: leave }) as unknown };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function compile(text: string): Compiled {
  let expression = compiled.get(text);
  if (!expression) {
    expression = compileOnce(text);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(text, expression);
  }
  return expression;
}

function compileOnce(text: string): Compiled {
  if (text.length > MAX_LENGTH) return { error: `longer than ${MAX_LENGTH} characters` };
  try {
    const expression = jsonata(text);
    const forbidden = forbiddenIn(expression.ast());
    if (forbidden !== undefined) return { error: `${forbidden} is not for use here` };
    // The first run of all takes as long as a thousand others: it is none of a message's.
    run(expression, {}, makeTimeLimit());
    return expression;
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** The first part of an expression whose work nothing bounds: a range, a regular expression, some functions. */
function forbiddenIn(node: unknown): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  if (Array.isArray(node)) return first(node);
  const { type, value } = node as { readonly type?: unknown; readonly value?: unknown };
  if (type === "regex") return "a regular expression";
  if (type === "binary" && value === "..") return "a range";
  if (type === "variable" && typeof value === "string" && UNBOUNDED.has(value)) return `$${value}`;
  return first(Object.values(node));
}

function first(nodes: readonly unknown[]): string | undefined {
  for (const node of nodes) {
    const forbidden = forbiddenIn(node);
    if (forbidden !== undefined) return forbidden;
  }
  return undefined;
}

/** The library throws plain objects. */
function messageOf(error: unknown): string {
  const message = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : undefined;
  return typeof message === "string" ? message : "cannot be evaluated";
}
