"""How a report looks: light and dark, on a phone, on paper. No I/O."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1714; --dim: #6b625a; --paper: #fbf8f4; --card: #fff; --rule: #ddd3c7;
  --good: #1d7a43; --bad: #b3261e; --c0: #a8480f; --c1: #1a627c; --c2: #6a4c93 }
@media (prefers-color-scheme: dark) { :root { --ink: #f3ece4; --dim: #b0a498; --paper: #14110f; --card: #1e1a17;
  --rule: #3a332d; --good: #6fd08f; --bad: #ff8a80; --c0: #ffb066; --c1: #6cc5e0; --c2: #c3a6ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 75rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif }
p, li, td { overflow-wrap: anywhere } th { overflow-wrap: break-word }
h1 { margin: 0; line-height: 1.2 } h2 { margin: 2.5rem 0 .75rem } .dim, small { color: var(--dim) }
.verdict { font-size: 1.25rem; font-weight: 600; padding: .75rem 1rem; border: 2px solid; border-radius: .5rem;
  display: inline-block; margin: 1rem 0 0 } .good { color: var(--good) } .bad { color: var(--bad) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; max-width: 60rem }
th, td { border-bottom: 1px solid var(--rule); padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top }
th[scope=row] { font-weight: 400; min-width: 8rem } td { min-width: 3rem } small { white-space: nowrap }
thead th { color: var(--dim); font-weight: 600 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.charts { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)) }
figure { margin: 0; padding: .75rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  break-inside: avoid; min-width: 0 }
figure > svg { display: block; width: 100%; height: auto; margin-top: .25rem }
details { margin-top: .5rem } summary { cursor: pointer; color: var(--dim); padding: .25rem 0; min-height: 2rem }
details .wide { max-height: 20rem; overflow-y: auto }
.grid { stroke: var(--rule) } .axis { fill: var(--dim); font-size: 12px } .line { fill: none; stroke-width: 2 }
@media (max-width: 40rem) { .axis { font-size: 20px } .line { stroke-width: 3 }
  table { font-size: .8125rem } td, th { padding-right: .5rem } td:last-child, th:last-child { padding-right: 0 }
  th[scope=row] { min-width: 5rem } td { min-width: 0 } td.n { white-space: normal; overflow-wrap: normal } }
.l0 { stroke: var(--c0) } .l1 { stroke: var(--c1); stroke-dasharray: 7 4 }
.l2 { stroke: var(--c2); stroke-dasharray: 2 3 }
.key { margin-right: 1rem; white-space: nowrap } .key svg { width: 1.75rem; height: .5rem; margin-right: .35rem }
:focus-visible { outline: 3px solid var(--c1); outline-offset: 2px }
@media print { :root { --ink: #000; --dim: #444; --paper: #fff; --card: #fff; --rule: #bbb; --good: #14532d;
  --bad: #7f1d1d;  --c0: #a8480f; --c1: #1a627c; --c2: #6a4c93 } body { max-width: none; padding: 0; font-size: 11px }
  .charts { grid-template-columns: 1fr 1fr } details:not([open]) { display: none } tr { break-inside: avoid }
  h2 { break-after: avoid } }
"""
