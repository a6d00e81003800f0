/** The explorer as markup that client.js fills. */
import { formatCount } from '../../text/index.ts';
import { html, type Markup } from '../escape.ts';
import type { ExplorerData } from './explorer.ts';

const OUTCOMES: readonly (readonly [value: string, text: string])[] = [
  ['', 'all'],
  ['right', 'right'],
  ['wrong', 'wrong'],
  ['missed', 'missed: anomalous, called normal'],
  ['alarm', 'false alarm: normal, called anomalous'],
];

/** @param which says which run it is; empty where there is no other */
export function explorerMarkup(data: ExplorerData, which: string): Markup {
  const { kinds, applications, all, session, attention } = data;
  const here = Object.keys(attention).length;
  const shown = [
    session.length < all.sessions
      ? `The first ${formatCount(session.length)} of ${formatCount(all.sessions)} test sessions are here.`
      : `All ${formatCount(all.sessions)} test sessions are here.`,
    `Attention was kept of ${formatCount(all.attention)}${here < all.attention ? `, and ${formatCount(here)} of these are here` : ''} (“attention” in the spec says of how many).`,
  ].join(' ');
  const options = (names: readonly string[]) =>
    names.map((name, i) => html`<option value="${i}">${name === '' ? 'unknown' : name}</option>`);
  return html`<section id="explorer"><h2>Sessions</h2>
<p>${which} ${shown}</p>
<form id="filters" aria-label="Filter the sessions">
<label>Kind <select name="kind"><option value="">all</option>${options(kinds)}</select></label>
<label>Outcome <select name="outcome">${OUTCOMES.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>
<label>Application <select name="application"><option value="">all</option>${options(applications)}</select></label>
<label><input type="checkbox" name="attended"> with attention</label>
</form>
<p id="found" role="status"></p>
<div class="explorer">
<div><div class="scroll" role="region" tabindex="0" aria-labelledby="list-caption"><table id="list"><caption id="list-caption">Sessions; arrow keys go from one to the next</caption>
<thead><tr><th scope="col">session</th><th scope="col">what it is</th><th scope="col">called</th><th scope="col" class="number">1 − P(normal)</th><th scope="col">application</th><th scope="col">from → to, as captured</th></tr></thead><tbody></tbody></table></div>
<p class="pager"><button type="button" id="previous">Previous</button> <span id="page"></span> <button type="button" id="next">Next</button></p></div>
<div id="session" role="region" aria-labelledby="session-title" tabindex="-1"><h3 id="session-title">No session is chosen</h3><div id="session-text"></div>
<div class="scroll" id="grid"></div><p id="cell" role="status"></p></div>
</div>
<noscript><p>The list of sessions needs JavaScript; all else on this page does not.</p></noscript>
</section>`;
}
