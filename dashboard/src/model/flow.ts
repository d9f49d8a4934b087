import type { StateDoc } from "../../../lib/api/types";

export type FlowKind = "solar" | "grid" | "battery" | "export" | "load" | "rest";

/** One stream of power, in or out of the house. */
export interface FlowPart {
  readonly kind: FlowKind;
  /** The meter of a load. */
  readonly meter?: string;
  readonly kw: number;
}

export interface Flow {
  readonly sources: readonly FlowPart[];
  readonly sinks: readonly FlowPart[];
  readonly homeKw: number | undefined;
}

/** Less than this is nobody's power. */
const LEAST_KW = 0.005;
const LOADS = 4;

/** Where the power of this instant comes from and where it goes; sources and sinks largest first, the rest last. */
export function toFlow({ power, meters }: StateDoc): Flow {
  const { solarKw = 0, batteryKw = 0, homeKw } = power;
  // Without a meter at the grid and one on the roof, all that is used counts as bought.
  const isEdgeKnown = meters.some(({ role }) => role === "grid" || role === "solar" || role === "battery");
  const gridKw = power.gridKw ?? (isEdgeKnown ? 0 : (homeKw ?? 0));
  const sources: FlowPart[] = [
    { kind: "solar", kw: solarKw },
    { kind: "grid", kw: gridKw },
    { kind: "battery", kw: -batteryKw },
  ];
  const loads = meters
    .filter(({ role, stale }) => (role === "load" || role === "ev") && !stale)
    .map(({ key, kw = 0 }): FlowPart => ({ kind: "load", meter: key, kw }))
    .filter(hasPower)
    .sort((one, other) => other.kw - one.kw)
    .slice(0, LOADS);
  const rest = (homeKw ?? 0) - loads.reduce((sum, { kw }) => sum + kw, 0);
  return {
    sources: sources.filter(hasPower),
    sinks: [
      ...loads,
      ...[
        { kind: "rest", kw: rest } as const,
        { kind: "battery", kw: batteryKw } as const,
        { kind: "export", kw: -gridKw } as const,
      ].filter(hasPower),
    ],
    homeKw,
  };
}

/** The picture before anything is measured: what would stand there. */
export const EXPECTED: Flow = {
  sources: [
    { kind: "solar", kw: 1 },
    { kind: "grid", kw: 1 },
  ],
  sinks: [
    { kind: "load", kw: 1 },
    { kind: "rest", kw: 1 },
  ],
  homeKw: undefined,
};

const hasPower = ({ kw }: FlowPart): boolean => kw >= LEAST_KW;

/** A ribbon between a part and the house, as an SVG path stroked `thickness` wide. */
export interface Ribbon {
  readonly part: FlowPart;
  readonly path: string;
  readonly thickness: number;
  /** Where the part's circle or label stands: the middle of its end of the ribbon. */
  readonly x: number;
  readonly y: number;
}

export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly home: { readonly x: number; readonly y: number; readonly r: number };
  readonly sourceR: number;
  readonly sources: readonly Ribbon[];
  readonly sinks: readonly Ribbon[];
  /** Room for a label right of a sink's ribbon. */
  readonly labelWidth: number;
}

const ROW = 58;
const THICKEST = 28;

/** The picture at `width` pixels: text keeps its size on a phone, distances shrink. */
export function layoutFlow(flow: Flow, width: number): FlowLayout {
  const narrow = width < 520;
  const sourceR = narrow ? 25 : 28;
  const homeR = narrow ? 32 : 40;
  const height = Math.max(3, flow.sinks.length, flow.sources.length) * ROW + 8;
  const home = { x: Math.round(width * (narrow ? 0.38 : 0.44)), y: height / 2, r: homeR };
  const labelWidth = narrow ? 112 : 190;
  const sinkX = width - labelWidth - 10;
  const total = (parts: readonly FlowPart[]): number => parts.reduce((sum, { kw }) => sum + kw, 0);
  const scale = THICKEST / Math.max(total(flow.sources), total(flow.sinks), 0.1);

  const side = (parts: readonly FlowPart[], x: number, homeX: number): Ribbon[] => {
    let offset = home.y - (total(parts) * scale) / 2;
    return parts.map((part, index) => {
      const thickness = Math.max(1.5, part.kw * scale);
      const y = (height / (parts.length + 1)) * (index + 1);
      const spread = parts.length > 1 ? (y - height / 2) * ((parts.length + 1) / parts.length) : 0;
      const outer = height / 2 + spread;
      const inner = offset + (part.kw * scale) / 2;
      offset += part.kw * scale;
      const bend = (x + homeX) / 2;
      return {
        part,
        path: `M${round(x)} ${round(outer)}C${round(bend)} ${round(outer)} ${round(bend)} ${round(inner)} ${round(homeX)} ${round(inner)}`,
        thickness: round(thickness),
        x: round(x),
        y: round(outer),
      };
    });
  };

  return {
    width,
    height,
    home,
    sourceR,
    sources: side(flow.sources, sourceR * 2 + 2, home.x - homeR),
    sinks: side(flow.sinks, sinkX, home.x + homeR),
    labelWidth,
  };
}

/** The name with an ellipsis where it would not fit; whole characters, not halves of one. */
export function shorten(name: string, most: number): string {
  const characters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : name;
}

const round = (value: number): number => Math.round(value * 10) / 10;
