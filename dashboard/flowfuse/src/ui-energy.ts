/** The parts of Vue and of Dashboard 2 that are used here; the dashboard leaves Vue on the window. */
interface VueWindow {
  readonly Vue: { h(tag: string, attributes: Record<string, unknown>, content: string): unknown };
  "ui-energy"?: { UIEnergy?: unknown };
}

/** Vue calls each function with the component as `this`. */
interface Component {
  readonly id: string;
  readonly props: { readonly theme?: string; readonly loading?: string };
  readonly $el: Element;
  readonly $store: {
    readonly state: { readonly setup: { readonly setup: { readonly RED: { httpNodeRoot?: string } } } };
  };
  dark: boolean;
}

const host = window as unknown as VueWindow;

/** The energy element as a widget: it draws itself, fetches its own data and asks for a log-in when it needs one. */
const UIEnergy = {
  name: "UIEnergy",
  props: {
    id: { type: String, required: true },
    props: { type: Object, default: (): object => ({}) },
    state: { type: Object, default: (): object => ({}) },
  },
  data: (): Pick<Component, "dark"> => ({ dark: false }),
  mounted(this: Component): void {
    this.dark = isDark(this.$el);
    load(this.$store.state.setup.setup.RED.httpNodeRoot ?? "/");
  },
  render(this: Component): unknown {
    const { theme = "dashboard", loading = "" } = this.props;
    const shown = theme === "dashboard" ? (this.dark ? "dark" : "light") : theme;
    // The content shows until the element's script has come: a sentence that says what may be missing.
    return host.Vue.h("vatio-energy", { embedded: "", theme: shown }, loading);
  },
};

(host["ui-energy"] ??= {}).UIEnergy = UIEnergy;

/** A module is loaded once, however many widgets ask for it. */
function load(root: string): void {
  const script = document.createElement("script");
  script.type = "module";
  script.src = `${root.replace(/\/*$/, "/")}energy/assets/vatio-energy.js`;
  document.head.append(script);
}

/** Dashboard 2 keeps its theme's colours as "r, g, b" in custom properties. */
function isDark(element: Element): boolean {
  const colour = getComputedStyle(element).getPropertyValue("--v-theme-surface");
  const [red = 255, green = 255, blue = 255] = colour.split(",").map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
