import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  TimeScale,
  type ChartDataset,
  type Plugin,
} from "chart.js";
import "chartjs-adapter-luxon";
import type { ChartLine } from "../model/chart-lines";
import type { Point } from "../model/points";
import { roundTicks } from "../model/ticks";
import type { Colours } from "../theme";

/** What one drawing shows; everything that is text is text, since a canvas knows nothing else. */
export interface Drawing {
  readonly lines: readonly ChartLine[];
  readonly from: number;
  readonly to: number;
  readonly peakKw: number;
  readonly contracted: { readonly kw: number; readonly label: string } | undefined;
  readonly colours: Colours;
  readonly zone: string;
  readonly language: string;
  /** The instant under the pointer. */
  readonly cross: number | undefined;
  number(value: number): string;
  time(at: number): string;
}

/** A contracted power far above what is used would press every line flat: it is then only named at the upper edge. */
const NEAR = 0.4;

/** The live chart on its canvas: a thin shell round Chart.js that redraws what it is given. */
export class LineDrawing {
  readonly #chart: Chart<"line", Point[]>;
  #drawing: Drawing | undefined;

  constructor(canvas: HTMLCanvasElement) {
    Chart.register(LineController, LineElement, PointElement, TimeScale, LinearScale, Filler);
    const marks: Plugin = {
      id: "marks",
      beforeDatasetsDraw: (chart) => this.#drawContracted(chart),
      afterDatasetsDraw: (chart) => this.#drawCross(chart),
    };
    this.#chart = new Chart<"line", Point[]>(canvas, {
      type: "line",
      data: { datasets: [] },
      plugins: [marks],
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        parsing: false,
        normalized: true,
        events: [],
        layout: { padding: { top: 18, right: 4 } },
        elements: { point: { radius: 0 }, line: { tension: 0, stepped: "before", borderJoinStyle: "bevel" } },
      },
    });
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    const { lines, from, to, peakKw, contracted, colours, zone, language } = drawing;
    this.#chart.data.datasets = lines.map((line) => dataset(line, colours));
    const tick = { color: colours.muted, font: { size: 12, family: "system-ui, sans-serif" } };
    const ticks = roundTicks(from, to, zone, this.#chart.width < 480 ? 3.5 : 7);
    this.#chart.options.scales = {
      x: {
        type: "time",
        min: from,
        max: to,
        adapters: { date: { zone, locale: language } },
        afterBuildTicks: (scale) => {
          scale.ticks = ticks.map((value) => ({ value }));
        },
        ticks: { ...tick, autoSkip: false, maxRotation: 0, callback: (value) => drawing.time(Number(value)) },
        grid: { display: false },
        border: { display: false },
      },
      y: {
        suggestedMin: 0,
        suggestedMax:
          contracted && peakKw > contracted.kw * NEAR ? contracted.kw * 1.02 : peakKw > 0 ? peakKw * 1.1 : 1,
        ticks: { ...tick, maxTicksLimit: 7, padding: 8, callback: (value) => drawing.number(Number(value)) },
        grid: {
          color: ({ tick: { value } }) => (value === 0 ? colours.muted : colours.line),
          lineWidth: 1,
          drawTicks: false,
        },
        border: { display: false },
      },
    };
    this.#chart.update("none");
  }

  /** The instant under a horizontal place on the canvas, while it is within the plot. */
  instantAt(offsetX: number): number | undefined {
    const { x: scale } = this.#chart.scales;
    if (!scale || offsetX < scale.left || offsetX > scale.right) return undefined;
    return scale.getValueForPixel(offsetX);
  }

  placeOf(instant: number): number {
    return this.#chart.scales.x?.getPixelForValue(instant) ?? 0;
  }

  destroy(): void {
    this.#chart.destroy();
  }

  #drawContracted({ ctx, chartArea, scales }: Chart): void {
    const { contracted, colours } = this.#drawing ?? {};
    const { y: scale } = scales;
    if (!contracted || !colours || !scale) return;
    const within = contracted.kw <= scale.max;
    const y = within ? scale.getPixelForValue(contracted.kw) : chartArea.top;
    ctx.save();
    ctx.fillStyle = colours.warn;
    ctx.strokeStyle = colours.warn;
    ctx.font = "12px system-ui, sans-serif";
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(within ? contracted.label : `↑ ${contracted.label}`, chartArea.right, y - 3);
    if (within) {
      ctx.setLineDash([4, 5]);
      ctx.beginPath();
      ctx.moveTo(chartArea.left, y);
      ctx.lineTo(chartArea.right, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  #drawCross({ ctx, chartArea, scales }: Chart): void {
    const { cross, colours } = this.#drawing ?? {};
    const { x: scale } = scales;
    if (cross === undefined || !colours || !scale) return;
    const x = scale.getPixelForValue(cross);
    ctx.save();
    ctx.strokeStyle = colours.muted;
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  }
}

function dataset({ id, colour, dashed, points }: ChartLine, colours: Colours): ChartDataset<"line", Point[]> {
  const isHome = id === "home";
  return {
    data: [...points],
    borderColor: colours[colour],
    // #rrggbb and 14 percent of it.
    backgroundColor: `${colours[colour]}24`,
    fill: colour === "solar" ? "origin" : false,
    borderWidth: isHome ? 2.4 : 1.8,
    borderDash: dashed ? [6, 3] : [],
    // The house on top of what it is made of.
    order: isHome ? 0 : 1,
  };
}
