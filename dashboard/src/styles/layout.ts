import { css } from "lit";

/** Rail, header and the twelve columns; it looks at its own width, since a dashboard's tile is not the window. */
export const layout = css`
  :host {
    display: block;
    container: vatio / inline-size;
    background: var(--bg);
    color: var(--ink);
    font:
      var(--t-m) / 1.45 system-ui,
      -apple-system,
      "Segoe UI",
      Roboto,
      "Noto Sans",
      sans-serif;
    font-variant-numeric: tabular-nums;
    text-align: start;
    letter-spacing: normal;
    word-spacing: normal;
    text-transform: none;
  }
  :host([embedded]) {
    background: none;
  }
  :host([hidden]) {
    display: none;
  }
  .app {
    display: grid;
    grid-template-columns: 208px minmax(0, 1fr);
    min-height: inherit;
  }
  .app.embedded {
    grid-template-columns: minmax(0, 1fr);
  }
  main {
    padding: var(--s6) var(--s8) var(--s8) var(--s2);
    max-width: 1480px;
    width: 100%;
    display: grid;
    gap: var(--s4);
    grid-template-columns: repeat(12, minmax(0, 1fr));
    align-content: start;
  }
  .embedded main {
    padding: var(--s1);
    max-width: none;
  }
  header {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: var(--s1) var(--s4);
    justify-content: space-between;
    align-items: baseline;
  }
  h1 {
    font-size: var(--t-l);
    font-weight: 650;
    overflow-wrap: anywhere;
  }
  .mode {
    color: var(--muted);
    font-size: var(--t-s);
    display: inline-flex;
    gap: var(--s2);
    align-items: center;
  }
  .mode::before {
    content: "";
    width: 8px;
    height: 8px;
    border-radius: 50%;
    flex: none;
    border: 2px solid var(--muted);
  }
  .mode.live::before {
    background: var(--good);
    border-color: var(--good);
  }
  .mode.polling::before {
    border-color: var(--good);
  }
  .mode.stale,
  .mode.offline {
    color: var(--warn);
    font-weight: 600;
  }
  .mode.stale::before,
  .mode.offline::before {
    border-color: var(--warn);
    border-radius: 2px;
  }
  .hero {
    grid-column: span 4;
  }
  .flow {
    grid-column: span 8;
    display: flex;
    flex-direction: column;
  }
  .flow vatio-flow-picture {
    margin: auto 0;
  }
  .checks {
    grid-column: 1 / -1;
  }
  .line {
    grid-column: span 8;
    display: flex;
    flex-direction: column;
  }
  .side {
    grid-column: span 4;
    display: grid;
    gap: var(--s4);
    grid-template: auto auto 1fr / minmax(0, 1fr);
  }
  .alone {
    grid-column: 1 / -1;
    max-width: 480px;
    width: 100%;
    margin: var(--s8) auto;
  }
  @container vatio (max-width: 1100px) {
    .hero {
      grid-column: span 5;
    }
    .flow {
      grid-column: span 7;
    }
    .line,
    .side {
      grid-column: 1 / -1;
    }
    .side {
      grid-template: auto 1fr / repeat(2, minmax(0, 1fr));
    }
    .side .card:last-child {
      grid-area: 1 / 2 / span 2;
    }
  }
  @container vatio (max-width: 760px) {
    .app {
      display: flex;
      flex-direction: column;
    }
    main {
      flex: 1;
      padding: var(--s4);
      gap: var(--s3);
    }
    .embedded main {
      padding: 0;
    }
    .hero,
    .flow,
    .line,
    .side {
      grid-column: 1 / -1;
    }
    .side {
      grid-template: none / minmax(0, 1fr);
      gap: inherit;
    }
    .side .card:last-child {
      grid-area: auto;
    }
  }
`;
