/** The steps of a path such as `data.meters[0].power` or `["a.b"].c`; nothing where it cannot be read. */
function parsePath(path: string): readonly string[] | undefined {
  const steps: string[] = [];
  const step = /(?:^|\.)([^.[\]]+)|\[(\d+)\]|\["([^"]+)"\]|\['([^']+)'\]/gy;
  const text = path.trim().replace(/^\$\.?/, "");
  let end = 0;
  for (let match = step.exec(text); match; match = step.exec(text)) {
    steps.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? "");
    end = step.lastIndex;
  }
  return end === text.length && steps.length > 0 && steps.length <= 20 ? steps : undefined;
}

const parsed = new Map<string, readonly string[] | undefined>();

/** What stands at a path, own properties only, or nothing. */
export function valueAtPath(body: unknown, path: string): unknown {
  if (!parsed.has(path)) {
    if (parsed.size > 500) parsed.clear();
    parsed.set(path, parsePath(path));
  }
  const steps = parsed.get(path);
  if (!steps) return undefined;
  let value = body;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
