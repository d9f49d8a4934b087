import { css } from "lit";

export const checks = css`
  .explain,
  .rest {
    color: var(--muted);
    font-size: var(--t-s);
    max-width: 75ch;
  }
  .explain {
    margin-bottom: var(--s2);
  }
  .rows .check {
    flex-wrap: wrap;
  }
  .rows .check .say {
    flex: 1 1 280px;
  }
  strong {
    font-weight: 600;
  }
  .choices,
  form {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s2);
    align-items: end;
  }
  .button {
    min-height: 44px;
    min-width: 44px;
  }
  [aria-busy="true"] .button {
    opacity: 0.6;
  }
  label {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--s1);
    flex: 1 1 180px;
    font-size: var(--t-xs);
    color: var(--muted);
  }
  input {
    border: 1px solid var(--muted);
    border-radius: 10px;
    background: var(--bg);
    color: var(--ink);
    font-size: var(--t-m);
    padding: 0 var(--s3);
    min-height: 44px;
    width: 100%;
  }
  summary {
    display: list-item;
    line-height: 44px;
    font-size: var(--t-s);
    color: var(--muted);
    cursor: pointer;
    border-radius: 4px;
  }
  .undone .what {
    color: var(--muted);
    text-decoration: line-through;
  }
  @container vatio (max-width: 760px) {
    .choices,
    form {
      width: 100%;
    }
    .choices .button,
    form .button {
      flex: 1 1 auto;
      padding: var(--s2);
    }
    label {
      flex-basis: 100%;
    }
  }
`;
