/** Defines an element once: a page may load our script twice, for itself and for a dashboard's tile. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
