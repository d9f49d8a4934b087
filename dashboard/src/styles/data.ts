import { css } from "lit";

/** Forms, files and findings of the view of the site's data. */
export const data = css`
  :host {
    display: block;
  }
  .explain {
    color: var(--muted);
    font-size: var(--t-s);
    max-width: 75ch;
    margin-bottom: var(--s3);
  }
  h3 {
    font-size: var(--t-m);
    font-weight: 600;
    margin: var(--s4) 0 var(--s3);
  }
  h3:first-child {
    margin-top: 0;
  }
  h3:focus-visible {
    /* Reading goes on there; nothing can be pressed. */
    outline: none;
  }
  strong {
    font-weight: 600;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-height: 44px;
    min-width: 44px;
    color: var(--ink);
    text-decoration: none;
  }
  .button.main {
    color: var(--card);
  }
  [aria-busy="true"] .button {
    opacity: 0.6;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s2);
    align-items: center;
  }
  .open > .choices {
    margin-top: var(--s4);
  }
  .said + .empty,
  .choices + .empty,
  .choices + .problem,
  .choices + progress {
    margin-top: var(--s3);
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(240px, 100%), 1fr));
    gap: var(--s3);
    margin-bottom: var(--s4);
    align-items: end;
  }
  label {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--s1);
    font-size: var(--t-xs);
    color: var(--muted);
  }
  input:not([type="checkbox"], [type="file"]),
  select {
    border: 1px solid var(--muted);
    border-radius: 10px;
    background: var(--bg);
    color: var(--ink);
    font-size: var(--t-m);
    padding: 0 var(--s3);
    min-height: 44px;
    width: 100%;
    min-width: 0;
  }
  summary {
    display: list-item;
    padding: 11px 0;
    line-height: 22px;
    font-size: var(--t-s);
    color: var(--muted);
    cursor: pointer;
    border-radius: 4px;
  }
  details > .fields {
    margin-top: var(--s2);
  }
  .drop {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s2) var(--s4);
    align-items: center;
    border: 1.5px dashed var(--muted);
    border-radius: var(--r);
    padding: var(--s6) var(--s4);
    font-size: var(--t-s);
    cursor: pointer;
    position: relative;
  }
  .drop.over {
    border-color: var(--grid);
    background: var(--bg);
  }
  .drop:focus-within {
    outline: 2px solid var(--grid);
    outline-offset: 2px;
  }
  .drop small {
    flex-basis: 100%;
    font-size: var(--t-xs);
  }
  progress {
    display: block;
    width: 100%;
    height: 8px;
    margin: var(--s2) 0;
    accent-color: var(--home);
  }
  .sending {
    border: 1px solid var(--line);
    border-radius: var(--r);
    padding: var(--s4);
    font-size: var(--t-s);
    overflow-wrap: anywhere;
  }
  .rows .file {
    flex-wrap: wrap;
  }
  .rows .file .say {
    flex: 1 1 260px;
  }
  .what {
    color: var(--muted);
  }
  .undone .what {
    text-decoration: line-through;
  }
  .open {
    flex: 1 1 100%;
    min-width: 0;
    border-top: 1px solid var(--line);
    padding-top: var(--s4);
  }
  .scroll {
    overflow-x: auto;
    border: 1px solid var(--line);
    border-radius: 10px;
    margin-bottom: var(--s3);
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: var(--t-s);
  }
  th,
  td {
    text-align: start;
    padding: var(--s2) var(--s3);
    border-top: 1px solid var(--line);
    white-space: nowrap;
    max-width: 260px;
    overflow: hidden;
    text-overflow: ellipsis;
    vertical-align: top;
  }
  tr:first-child th {
    border-top: 0;
    font-weight: 600;
  }
  td.none {
    color: var(--muted);
  }
  .roles td {
    border-top: 0;
    min-width: 220px;
    white-space: normal;
    overflow: visible;
  }
  .roles select {
    display: block;
    font-size: var(--t-s);
  }
  .roles select + select {
    margin-top: var(--s1);
  }
  .roles small {
    display: block;
    color: var(--warn);
    font-size: var(--t-xs);
    white-space: normal;
  }
  .meters li {
    padding-bottom: var(--s3);
  }
  .rows .meters li {
    display: block;
    border-top: 0;
    padding: 0 0 var(--s3);
    font-size: var(--t-s);
    overflow-wrap: anywhere;
  }
  .finding {
    font-size: var(--t-s);
    margin-top: var(--s1);
    padding-inline-start: 20px;
    position: relative;
    max-width: 75ch;
  }
  .finding::before {
    content: "·";
    position: absolute;
    inset-inline-start: 6px;
  }
  .finding.check::before {
    content: "!";
    color: var(--warn);
    font-weight: 650;
  }
  .finding + .button {
    margin-top: var(--s2);
  }
  .ticks {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(200px, 100%), 1fr));
    max-height: 240px;
    overflow-y: auto;
    margin-bottom: var(--s3);
  }
  .tick {
    display: flex;
    align-items: center;
    gap: var(--s2);
    min-height: 44px;
    font-size: var(--t-s);
    color: var(--ink);
    overflow-wrap: anywhere;
  }
  .tick input {
    width: 20px;
    height: 20px;
    flex: none;
    accent-color: var(--home);
  }
  .preview {
    border: 1px solid var(--line);
    border-radius: var(--r);
    padding: 0 var(--s4) var(--s4);
    margin: var(--s3) 0;
  }
  .preview .sums {
    border-top: 0;
    margin: 0 0 var(--s3);
  }
  .preview .sums strong {
    font-size: var(--t-l);
  }
  .said {
    font-size: var(--t-s);
    color: var(--good);
  }
  .said:not(:empty) {
    margin-top: var(--s3);
  }
  @container vatio (max-width: 760px) {
    .choices {
      width: 100%;
    }
    .choices .button {
      flex: 1 1 auto;
      padding: var(--s2);
    }
    .preview .sums {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
