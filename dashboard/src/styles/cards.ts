import { css } from "lit";

export const cards = css`
  .card {
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: var(--r);
    padding: var(--s4) var(--s6);
    min-width: 0;
  }
  h2 {
    font-size: var(--t-s);
    font-weight: 600;
    color: var(--muted);
    margin-bottom: var(--s3);
  }
  .figure {
    font-size: var(--t-hero);
    line-height: 1;
    font-weight: 650;
    letter-spacing: -0.03em;
    white-space: nowrap;
    display: flex;
    gap: 6px;
    align-items: baseline;
  }
  .figure .unit {
    font-size: var(--t-l);
    color: var(--muted);
    font-weight: 400;
    letter-spacing: 0;
  }
  .sub {
    color: var(--muted);
    font-size: var(--t-s);
    margin-top: var(--s3);
  }
  .less {
    color: var(--good);
    font-weight: 600;
  }
  .more {
    color: var(--warn);
    font-weight: 600;
  }
  .bar {
    display: block;
    width: 100%;
    height: 12px;
    margin-top: var(--s4);
  }
  .bar .track {
    fill: var(--line);
  }
  .bar .fill {
    fill: var(--home);
  }
  .bar .fill.over {
    fill: var(--warn);
  }
  .bar .mark {
    fill: var(--warn);
  }
  .sums {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--s4);
    margin-top: var(--s6);
    border-top: 1px solid var(--line);
    padding-top: var(--s4);
    font-size: var(--t-s);
  }
  .sums dt {
    color: var(--muted);
    font-size: var(--t-xs);
  }
  .sums dd {
    margin: 0;
    color: var(--muted);
  }
  .sums strong {
    display: block;
    font-size: var(--t-xl);
    font-weight: 600;
    letter-spacing: -0.02em;
    color: var(--ink);
  }
  .sums strong small {
    font-size: var(--t-s);
    color: var(--muted);
    font-weight: 400;
    letter-spacing: 0;
  }
  .measured {
    margin-top: var(--s3);
    font-size: var(--t-xs);
    color: var(--muted);
    display: flex;
    gap: var(--s2);
    align-items: center;
  }
  .measured::before {
    content: "";
    width: 14px;
    height: 10px;
    border-radius: 3px;
    flex: none;
    border: 1px solid var(--muted);
    background: repeating-linear-gradient(45deg, var(--muted) 0 1px, transparent 1px 4px);
  }
  .rows li {
    display: flex;
    gap: var(--s3);
    align-items: center;
    padding: 10px 0;
    border-top: 1px solid var(--line);
    font-size: var(--t-s);
  }
  .rows li:first-child {
    border-top: 0;
  }
  .rows .say {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .rows .advice {
    align-items: baseline;
  }
  .advice summary {
    cursor: pointer;
    border-radius: 4px;
  }
  .advice p {
    color: var(--muted);
    font-size: var(--t-xs);
    margin-top: var(--s1);
  }
  .rows small {
    display: block;
    color: var(--muted);
    font-size: var(--t-xs);
  }
  .rows .money {
    font-weight: 600;
    white-space: nowrap;
  }
  .dot {
    width: 12px;
    height: 12px;
    flex: none;
    fill: var(--muted);
  }
  .dot.warning {
    fill: var(--warn);
  }
  .dot.critical {
    fill: var(--bad);
  }
  .cleared .title {
    color: var(--muted);
  }
  .cleared .dot {
    fill: none;
    stroke: var(--muted);
    stroke-width: 2;
  }
  .switch {
    width: 44px;
    height: 26px;
    border-radius: 13px;
    border: 0;
    padding: 0;
    background: var(--line);
    position: relative;
    flex: none;
    cursor: pointer;
  }
  .switch::before {
    /* A finger needs more room than the eye. */
    content: "";
    position: absolute;
    inset: -9px -4px;
  }
  .switch::after {
    content: "";
    position: absolute;
    width: 20px;
    height: 20px;
    border-radius: 50%;
    background: #fff;
    top: 3px;
    left: 3px;
    box-shadow: 0 0 0 1px #0003;
  }
  .switch.on {
    background: var(--good);
  }
  .switch.on::after {
    left: 21px;
  }
  .switch.unknown {
    background: repeating-linear-gradient(45deg, var(--line) 0 4px, transparent 4px 8px);
    outline: 1.5px dashed var(--muted);
  }
  .switch.unknown::after {
    left: 12px;
  }
  .switch.unknown:focus-visible {
    outline: 2px solid var(--grid);
  }
  .switch.pending::after {
    opacity: 0.6;
  }
  @media (prefers-reduced-motion: no-preference) {
    .switch::after {
      transition: left 0.15s;
    }
    .switch.pending::after {
      animation: wait 0.8s ease-in-out infinite alternate;
    }
  }
  @keyframes wait {
    to {
      opacity: 0.2;
    }
  }
  @container vatio (max-width: 760px) {
    .card {
      padding: var(--s4);
    }
  }
`;
