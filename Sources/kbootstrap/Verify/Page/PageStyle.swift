// SPDX-License-Identifier: Apache-2.0

/// How a page looks: the reader's own light or dark, and black on white in print.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --text: #1b1f24; --dim: #59636e; --page: #ffffff; --line: #d1d9e0;
          --good: #116329; --good-page: #dafbe1; --bad: #a40e26; --bad-page: #ffebe9; --warn: #7d4e00; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e6edf3; --dim: #9198a1; --page: #0d1117; --line: #3d444d;
            --good: #56d364; --good-page: #12261e; --bad: #ff7b72; --bad-page: #2d1517; --warn: #e3b341; }
        }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
          max-width: 72rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; margin-bottom: 0; }
        h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem; }
        code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
        pre { white-space: pre-wrap; border: 1px solid var(--line); padding: .7rem; }
        .where, footer, .certificate { color: var(--dim); }
        .where { margin-top: 0; }
        footer { margin-top: 2rem; font-size: .9em; }
        .verdict { border-left: .4rem solid; padding: .4rem 1rem; }
        .verdict p { margin: .3rem 0; color: var(--text); }
        .verdict.proven { border-color: var(--good); background: var(--good-page); }
        .verdict.broken { border-color: var(--bad); background: var(--bad-page); }
        .verdict strong, .proven .sign, .hop.proven .state { color: var(--good); }
        .verdict.broken strong, .broken .sign, .broken td strong, .hop.broken .state { color: var(--bad); }
        .warning .sign, .warning td strong, .hop.affected .state, .soon { color: var(--warn); }
        .over { color: var(--bad); }
        .unknown, .affected td { color: var(--dim); }
        .chain { display: flex; align-items: stretch; margin: 1.5rem 0; }
        .box { border: 2px solid var(--line); border-radius: .5rem; padding: .8rem; font-weight: 600;
          display: flex; align-items: center; flex: none; max-width: 11rem; }
        .hop { flex: 1; padding: 0 .6rem .5rem; border-bottom: 3px solid; align-self: center; text-align: center; }
        .hop.proven { border-color: var(--good); }
        .hop.broken { border-color: var(--bad); border-bottom-style: dashed; }
        .hop.affected { border-color: var(--warn); border-bottom-style: dotted; }
        .hop.unknown { border-color: var(--line); border-bottom-style: dotted; }
        .state { font-weight: 600; }
        .certificate { font-size: .8em; line-height: 1.3; margin-top: .3rem; }
        time { white-space: nowrap; }
        table { border-collapse: collapse; width: 100%; }
        td { border-top: 1px solid var(--line); padding: .3rem .5rem; vertical-align: top; }
        td.sign { width: 1rem; font-weight: 700; }
        td:nth-child(2) { width: 38%; }
        @media (max-width: 45rem) { .chain { flex-direction: column; } .box { max-width: none; } }
        @media print { :root { --text: #000; --dim: #333; --page: #fff; --good-page: #fff; --bad-page: #fff; }
          body { margin: 0; font-size: 11pt; } section, tr { break-inside: avoid; } details:not([open]) { display: none; } }
        """
}
