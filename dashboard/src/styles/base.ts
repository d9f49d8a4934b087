import { css } from "lit";

/** What every element of ours starts from, whatever page it stands on. */
export const base = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  p,
  ul,
  table {
    margin: 0;
    padding: 0;
  }
  ul {
    list-style: none;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  :focus-visible {
    outline: 2px solid var(--grid);
    outline-offset: 2px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .muted {
    color: var(--muted);
  }
  .empty {
    color: var(--muted);
    font-size: var(--t-s);
    max-width: 60ch;
  }
  .problem {
    color: var(--bad);
    font-size: var(--t-s);
    overflow-wrap: anywhere;
  }
  .button {
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--card);
    padding: var(--s2) var(--s4);
    font-size: var(--t-s);
    cursor: pointer;
  }
  .button:hover {
    border-color: var(--muted);
  }
  .button.main {
    background: var(--home);
    border-color: var(--home);
    color: var(--card);
    font-weight: 600;
  }
  .button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  .seg {
    display: inline-flex;
    border: 1px solid var(--line);
    border-radius: 10px;
    overflow: hidden;
    font-size: var(--t-xs);
  }
  .seg button {
    border: 0;
    background: none;
    padding: 6px 12px;
    color: var(--muted);
    cursor: pointer;
  }
  .seg button:focus-visible {
    outline-offset: -2px;
  }
  .seg button[aria-pressed="true"] {
    background: var(--bg);
    color: var(--ink);
    font-weight: 600;
  }
  .c-grid {
    color: var(--grid);
  }
  .c-export {
    color: var(--export);
  }
  .c-solar {
    color: var(--solar);
  }
  .c-battery {
    color: var(--battery);
  }
  .c-home {
    color: var(--home);
  }
  .c-load,
  .c-rest {
    color: var(--home);
  }
  .c-inside1 {
    color: var(--inside1);
  }
  .c-inside2 {
    color: var(--inside2);
  }
  .c-inside3 {
    color: var(--inside3);
  }
  .c-inside4 {
    color: var(--inside4);
  }
  .c-inside5 {
    color: var(--inside5);
  }
  .c-inside6 {
    color: var(--inside6);
  }
`;
