/** The style sheet of the status page; a file of its own on the wire, so that the page needs no inline style. */
export const STYLE = `:root {
  color-scheme: light dark;
  --page: #f6f7f9;
  --card: #ffffff;
  --text: #1b1f24;
  --soft: #59636e;
  --line: #d9dee3;
  --accent: #0b6e4f;
  --warning: #9a3b00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111418;
    --card: #1a1f25;
    --text: #e6e9ed;
    --soft: #9aa5b1;
    --line: #2d353e;
    --accent: #5fd0a4;
    --warning: #ffb27a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font: 16px/1.5 system-ui, sans-serif;
}
header, main, footer { max-width: 64rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem; padding-top: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h1 span { color: var(--accent); }
h2 { margin: 0 0 0.5rem; font-size: 1.05rem; }
header p, footer p, small, .none { margin: 0; color: var(--soft); }
section { margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; }
section p { margin: 0.25rem 0; }
.warning { padding: 0.75rem 1rem; color: var(--warning); border: 1px solid currentcolor; border-radius: 0.5rem; }
.connect code { font-size: 1.05rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1rem; margin: 0; }
.figures dt { color: var(--soft); font-size: 0.875rem; }
.figures dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures small { display: block; font-size: 0.8rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-size: 0.8rem; font-weight: 600; }
.text { text-align: left; }
.whole { white-space: normal; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
a { color: var(--accent); }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
footer { padding-bottom: 2rem; }
`;
