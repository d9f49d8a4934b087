import { css } from "lit";

export const chartStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-width: 0;
  }
  h2 {
    font-size: var(--t-s);
    font-weight: 600;
    color: var(--muted);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s2);
    justify-content: space-between;
    align-items: center;
    margin-bottom: var(--s2);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s1) var(--s3);
    font-size: var(--t-xs);
    min-height: 24px;
  }
  .legend li {
    min-width: 0;
    max-width: 100%;
  }
  .legend button {
    display: flex;
    gap: 6px;
    align-items: center;
    border: 0;
    background: none;
    padding: 4px 2px;
    color: var(--muted);
    cursor: pointer;
    max-width: 100%;
  }
  .legend button[aria-pressed="false"] {
    text-decoration: line-through;
    opacity: 0.6;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    max-width: 200px;
  }
  .swatch {
    width: 14px;
    height: 10px;
    flex: none;
  }
  .swatch path {
    stroke: currentColor;
    stroke-width: 3;
    fill: none;
  }
  .plot {
    position: relative;
    flex: 1;
    min-height: 260px;
    border-radius: 8px;
    touch-action: pan-y;
  }
  .canvas {
    position: absolute;
    inset: 0;
  }
  .empty {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    text-align: center;
    padding: 0 var(--s8);
    margin: auto;
  }
  .tip {
    position: absolute;
    top: 18px;
    left: 0;
    pointer-events: none;
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 10px;
    padding: var(--s2) var(--s3);
    font-size: var(--t-xs);
    max-width: min(280px, 90%);
  }
  .tip[hidden] {
    display: none;
  }
  .tip li {
    display: flex;
    gap: 6px;
    align-items: center;
    color: var(--muted);
  }
  .tip li span:last-child {
    margin-left: auto;
    padding-left: var(--s3);
    color: var(--ink);
    font-weight: 600;
    white-space: nowrap;
  }
  details {
    margin-top: var(--s2);
    font-size: var(--t-xs);
    color: var(--muted);
  }
  summary {
    cursor: pointer;
    width: max-content;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    margin-top: var(--s2);
    color: var(--ink);
  }
  th,
  td {
    text-align: end;
    padding: 4px var(--s3) 4px 0;
    border-top: 1px solid var(--line);
    font-weight: 400;
    white-space: nowrap;
    max-width: 200px;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  th {
    color: var(--muted);
  }
`;
