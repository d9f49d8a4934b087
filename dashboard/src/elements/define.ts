/**
 * Defines an element once: a page may load our script twice, from the page and from a dashboard. Properties that were set
 * on it before it was defined would hide its own: they are set again.
 */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

/** Hands properties that were set before the definition to the element's own accessors. */
export function upgrade(element: HTMLElement, names: readonly string[]): void {
  const own = element as unknown as Record<string, unknown>;
  for (const name of names) {
    if (!Object.hasOwn(own, name)) continue;
    const value = own[name];
    delete own[name];
    own[name] = value;
  }
}
