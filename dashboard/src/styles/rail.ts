import { css } from "lit";

/** The views there are, at the side, or below where there is no room; and the reader's settings. */
export const rail = css`
  .rail {
    padding: var(--s6) var(--s4);
    display: flex;
    flex-direction: column;
    gap: var(--s1);
    position: sticky;
    top: 0;
    align-self: start;
    height: 100vh;
  }
  .brand {
    font-size: var(--t-l);
    font-weight: 650;
    letter-spacing: -0.02em;
    margin: 0 0 var(--s6) var(--s3);
    display: flex;
    gap: var(--s2);
    align-items: center;
  }
  .brand svg {
    color: var(--solar);
  }
  .rail a,
  .brand svg {
    flex: none;
  }
  .icon {
    width: 18px;
    height: 18px;
    stroke: currentColor;
    fill: none;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .rail a {
    display: flex;
    gap: var(--s3);
    align-items: center;
    padding: 10px var(--s3);
    border-radius: 10px;
    color: var(--muted);
    text-decoration: none;
    font-size: var(--t-s);
  }
  .rail a:hover {
    color: var(--ink);
  }
  .rail a[aria-current] {
    color: var(--ink);
    background: var(--card);
    box-shadow: 0 0 0 1px var(--line);
    font-weight: 600;
  }
  .views {
    display: grid;
    gap: var(--s1);
  }
  .settings {
    display: flex;
    flex-direction: column;
    gap: var(--s3);
    margin-top: auto;
    padding: var(--s3);
    font-size: var(--t-xs);
    color: var(--muted);
  }
  .settings label {
    display: grid;
    gap: var(--s1);
  }
  .settings select {
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    color: var(--ink);
    padding: 6px var(--s2);
    width: 100%;
  }
  @container vatio (max-width: 760px) {
    .rail {
      display: contents;
    }
    .rail .brand {
      display: none;
    }
    .settings {
      order: 2;
      flex-direction: row;
      flex-wrap: wrap;
      margin: 0;
      padding: 0 var(--s4) var(--s6);
    }
    .rail .views {
      order: 3;
      position: sticky;
      bottom: 0;
      z-index: 2;
      grid-auto-flow: column;
      grid-auto-columns: 1fr;
      padding: var(--s1) var(--s4);
      background: var(--card);
      border-top: 1px solid var(--line);
    }
    .rail a {
      flex-direction: column;
      gap: 2px;
      min-height: 44px;
      padding: var(--s1);
      font-size: var(--t-xs);
      justify-content: center;
    }
    .rail a[aria-current] {
      box-shadow: none;
    }
    .settings label {
      flex: 1 1 120px;
    }
  }
`;
