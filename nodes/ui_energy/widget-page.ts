/** What the browser has and Node.js has not; used only in text that travels there. */
declare const document: {
  readonly head: { append(element: object): void };
  createElement(name: "script"): object;
};

/** Until the element's script has come, its content shows: a sentence that says what may be missing. */
export function widgetMarkup(theme: string, sentence: string): string {
  return `<vatio-energy embedded theme="${theme}">${sentence}</vatio-energy>`;
}

/**
 * The height in units for a width in units. Dashboard 1 measures a tile once, before the picture is there, so "automatic" is
 * what the picture's layouts of three, two and one columns take at 54 pixels a unit; anything longer scrolls inside.
 */
export function tileHeight(width: number): number {
  if (width >= 21) return 19;
  return width >= 15 ? 25 : 37;
}

/**
 * What loads the element on the dashboard's page. Its address is relative to that page, `<root>/<path>/`, so that it holds
 * behind a proxy that adds a path of its own. A module is loaded once, however many tiles ask for it.
 */
export function loadOnPage(path: string): () => void {
  const steps = path.split("/").filter(Boolean);
  const address = `${"../".repeat(steps.length)}energy/assets/vatio-energy.js`;
  const load = (src: string): void => {
    document.head.append(Object.assign(document.createElement("script"), { type: "module", src }));
  };
  return Object.assign(() => load(address), {
    toString: () => `function () { (${load.toString()})(${JSON.stringify(address)}); }`,
  });
}
