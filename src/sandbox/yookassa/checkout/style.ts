import { Html } from './html.ts';

/** One column for a phone; the colours follow what the device asks for. */
export const style = new Html(`
:root {
  color-scheme: light dark;
  --ground: #f2f3f7; --sheet: #ffffff; --ink: #16181d; --soft: #5b6270; --line: #d9dce3;
  --accent: #6b2fd6; --on-accent: #ffffff; --good: #0b7a43; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111318; --sheet: #1c1f26; --ink: #eceef3; --soft: #a4abb9; --line: #383d48;
    --accent: #b794ff; --on-accent: #1a0b38; --good: #63d297; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; align-content: start; justify-items: center;
  padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", sans-serif;
}
.practice { margin: 0 0 1rem; color: var(--soft); font-size: .9rem; text-align: center; }
main { width: 100%; max-width: 26rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 1.25rem; background: var(--sheet); }
h1 { margin: 0; font-size: 1.1rem; font-weight: 600; overflow-wrap: anywhere; }
.sum { margin: .75rem 0 0; font-size: 2.1rem; font-weight: 700; line-height: 1.15; font-variant-numeric: tabular-nums; }
.label { color: var(--soft); font-size: .9rem; }
.what { margin: .35rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
.tabs { display: flex; gap: .25rem; margin: 1.25rem 0 0; padding: .25rem; border-radius: .9rem; background: var(--ground); }
.tabs a { flex: 1; padding: .65rem; border-radius: .7rem; color: inherit; text-align: center; text-decoration: none; }
.tabs a[aria-current] { background: var(--sheet); font-weight: 600; box-shadow: 0 1px 3px rgb(0 0 0 / .18); }
label { display: block; margin: 1.25rem 0 .3rem; color: var(--soft); font-size: .9rem; }
select, button, .button {
  display: block; width: 100%; min-height: 3rem; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: .9rem;
  background: var(--sheet); color: inherit; font: inherit; text-align: center; text-decoration: none; cursor: pointer;
}
select { text-align: left; font-variant-numeric: tabular-nums; }
.main { margin-top: 1rem; border-color: transparent; background: var(--accent); color: var(--on-accent); font-size: 1.1rem; font-weight: 600; }
details { margin-top: .75rem; }
summary { padding: .7rem 1rem; border-radius: .9rem; color: var(--bad); text-align: center; cursor: pointer; }
details form { display: grid; gap: .5rem; }
details button { display: flex; justify-content: space-between; gap: 1rem; align-items: center; text-align: left; }
details button small { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { margin-top: .75rem; border-color: transparent; background: none; color: var(--soft); }
.mark { margin: 0 0 .5rem; font-size: 2.25rem; line-height: 1; }
.result { font-size: 1.6rem; line-height: 1.2; }
.bill { margin: 1.25rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.tabs + form > .what { margin-top: 1.25rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`);
