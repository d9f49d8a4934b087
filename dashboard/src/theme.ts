import { css, unsafeCSS, type CSSResult } from "lit";

/** One colour a meaning, on every card and chart. */
const LIGHT = {
  bg: "#f5f6f8",
  card: "#ffffff",
  ink: "#161b22",
  muted: "#5a6472",
  line: "#e4e7ec",
  grid: "#2f6fde",
  export: "#8b5cd6",
  solar: "#c27c00",
  battery: "#0c7f70",
  home: "#39424e",
  bad: "#cf3f3f",
  warn: "#a35c00",
  good: "#23834c",
  // Meters inside the house, in this order; none is near a colour that means something.
  inside1: "#c2348a",
  inside2: "#0b86ad",
  inside3: "#66781b",
  inside4: "#4f57a8",
  inside5: "#8d6748",
  inside6: "#a8648f",
};
export type Colours = Readonly<typeof LIGHT>;

const DARK: Colours = {
  bg: "#0e1116",
  card: "#161b22",
  ink: "#e9edf2",
  muted: "#9aa5b4",
  line: "#262d37",
  grid: "#6ea0ff",
  export: "#b795f2",
  solar: "#f2b233",
  battery: "#3cc7b2",
  home: "#c3ccd7",
  bad: "#ff7a7a",
  warn: "#f0a64a",
  good: "#5fcf8c",
  inside1: "#f06bb8",
  inside2: "#4cc3e6",
  inside3: "#b3c552",
  inside4: "#969df0",
  inside5: "#cfa17f",
  inside6: "#e3a6cb",
};

export const INSIDE = ["inside1", "inside2", "inside3", "inside4", "inside5", "inside6"] as const;

export type Theme = "light" | "dark";
export const COLOURS: Readonly<Record<Theme, Colours>> = { light: LIGHT, dark: DARK };

const properties = (colours: Colours): CSSResult =>
  unsafeCSS(
    Object.entries(colours)
      .map(([name, value]) => `--${name}:${value};`)
      .join(""),
  );

/** The tokens as custom properties of the element; `data-theme` on it picks the colours. */
export const tokens = css`
  :host {
    ${properties(LIGHT)}
    --s1: 4px;
    --s2: 8px;
    --s3: 12px;
    --s4: 16px;
    --s6: 24px;
    --s8: 32px;
    --r: 14px;
    --t-xs: 12px;
    --t-s: 14px;
    --t-m: 16px;
    --t-l: 20px;
    --t-xl: 28px;
    --t-hero: 56px;
    color-scheme: light;
  }
  :host([data-theme="dark"]) {
    ${properties(DARK)}
    color-scheme: dark;
  }
`;
