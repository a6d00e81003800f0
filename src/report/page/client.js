// The explorer of a report. It makes elements and sets their text: nothing from a capture is ever read as markup.

(() => {
  const data = JSON.parse(document.getElementById('sessions').textContent);
  const PAGE = 25;
  const get = (id) => document.getElementById(id);
  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const count = new Intl.NumberFormat('en').format;
  const percent = (share) =>
    `${(100 * share).toFixed(share === 0 || share >= 0.1 ? 1 : share >= 0.001 ? 2 : 4)}%`;

  let found = [];
  let page = 0;
  let chosen = -1;

  const isRight = (i) => data.actual[i] === data.predicted[i];
  const OUTCOMES = {
    '': () => true,
    right: isRight,
    wrong: (i) => !isRight(i),
    missed: (i) => data.actual[i] !== 0 && data.predicted[i] === 0,
    alarm: (i) => data.actual[i] === 0 && data.predicted[i] !== 0,
  };
  const attentionTo = (i) => data.attention[data.session[i]];

  function filter() {
    const { kind, outcome, application, attended } = get('filters').elements;
    const fits = OUTCOMES[outcome.value];
    found = [];
    for (let i = 0; i < data.session.length; i++)
      if (
        (kind.value === '' || data.kind[i] === Number(kind.value)) &&
        (application.value === '' || data.application[i] === Number(application.value)) &&
        (!attended.checked || attentionTo(i) !== undefined) &&
        fits(i)
      )
        found.push(i);
    page = 0;
    const right = found.filter(isRight).length;
    get('found').textContent = `${count(found.length)} sessions, of which ${count(right)} are right`;
    list();
  }

  function list() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    const rows = found.slice(page * PAGE, (page + 1) * PAGE).map((i) => {
      const row = element('tr');
      row.dataset.place = i;
      const name = element('th', undefined, { scope: 'row' });
      const button = element('button', data.session[i], { type: 'button' });
      if (attentionTo(i) !== undefined) button.append(element('span', ' ◆', { title: 'with attention' }));
      button.addEventListener('click', () => choose(i));
      name.append(button);
      const called = `${isRight(i) ? '' : '✗ '}${data.classes[data.predicted[i]]}`;
      row.append(
        name,
        element('td', data.kinds[data.kind[i]]),
        element('td', called, isRight(i) ? {} : { class: 'wrong' }),
        element('td', data.score[i], { class: 'number' }),
        element('td', data.applications[data.application[i]]),
        element('td', data.ends[i]),
      );
      if (i === chosen) mark(row);
      return row;
    });
    get('list').tBodies[0].replaceChildren(...rows);
    get('page').textContent = `page ${count(page + 1)} of ${count(pages)}`;
    get('previous').disabled = page === 0;
    get('next').disabled = page >= pages - 1;
  }

  function mark(row) {
    row.dataset.chosen = '';
    row.querySelector('button').setAttribute('aria-current', 'true');
  }

  function choose(i) {
    chosen = i;
    for (const row of get('list').tBodies[0].rows) {
      delete row.dataset.chosen;
      row.querySelector('button').removeAttribute('aria-current');
      if (Number(row.dataset.place) === i) mark(row);
    }
    const attention = attentionTo(i);
    get('session-title').textContent = `Session ${data.session[i]}: ${data.kinds[data.kind[i]]}, called ${
      data.classes[data.predicted[i]]
    } (${isRight(i) ? 'right' : 'wrong'})`;
    const lines = [`${data.ends[i]}, as captured; starts ${data.start[i]}, ${data.packets[i]} packets`];
    if (attention === undefined) lines.push('No attention was kept of this session.');
    else {
      if (attention.presented !== data.ends[i])
        lines.push(`${attention.presented}, as the network was shown it`);
      lines.push(attention.chances.join(', '), ...attention.says);
    }
    get('session-text').replaceChildren(...lines.map((line) => element('p', line)));
    get('cell').textContent = '';
    get('grid').replaceChildren(...(attention === undefined ? [] : [grid(attention)]));
  }

  // Between white and a dark colour by way of a middle one, with letters that stand out.
  const SHADES = {
    token: [
      [247, 251, 255],
      [107, 174, 214],
      [8, 48, 107],
    ],
    packet: [
      [255, 245, 240],
      [251, 106, 74],
      [103, 0, 13],
    ],
  };
  function shade(cell, kind, part) {
    const at = Math.max(0, Math.min(1, part)) * 2;
    const k = Math.min(1, Math.floor(at));
    const [a, b] = [SHADES[kind][k], SHADES[kind][k + 1]];
    const colour = a.map((x, c) => Math.round(x + (at - k) * (b[c] - x)));
    const linear = colour.map((x) => (x / 255 <= 0.04045 ? x / 3294.6 : ((x / 255 + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    cell.style.backgroundColor = `rgb(${colour.join(' ')})`;
    cell.style.color = light > 0.179 ? '#000' : '#fff';
  }

  /** A row a packet, a cell a byte: arrow keys go through them, and what is there is said below. */
  function grid({ packets, darkest }) {
    const table = element('table', undefined, {
      role: 'grid',
      'aria-label': 'Packets and their bytes, shaded by attention; arrow keys move',
    });
    const widest = packets.reduce((a, b) => (b.field.length > a.field.length ? b : a));
    const agree = packets.every(({ field }) =>
      field.every((f, t) => f === widest.field[t] || data.fields[f] === 'end of packet'),
    );
    if (agree) {
      const head = element('tr');
      head.append(element('th', 'packet', { scope: 'col' }));
      for (let t = 0; t < widest.field.length; ) {
        let to = t + 1;
        while (to < widest.field.length && widest.field[to] === widest.field[t]) to++;
        const name = element('th', undefined, { scope: 'colgroup', colspan: to - t });
        name.append(element('span', data.fields[widest.field[t]]));
        head.append(name);
        t = to;
      }
      const top = element('thead');
      top.append(head);
      table.append(top);
    }
    const body = element('tbody');
    packets.forEach((packet, p) => {
      const row = element('tr');
      const name = element('th', `${p + 1} ${packet.forward ? '→' : '←'} ${percent(packet.weight)}`, {
        scope: 'row',
      });
      shade(name, 'packet', packet.weight / darkest[0]);
      row.append(name);
      const edited = new Map(packet.edited);
      packet.field.forEach((field, t) => {
        const text = packet.text.slice(2 * t, 2 * t + 2);
        const what =
          text === '──'
            ? 'end of packet'
            : text === '··'
              ? `${data.fields[field]}, hidden from the network`
              : `${data.fields[field]} ${text} (${Number.parseInt(text, 16)})`;
        const was = edited.get(t);
        const change =
          was === undefined
            ? ''
            : was === ''
              ? ', edited: not in the capture'
              : `, edited: captured as ${was}`;
        const cell = element('td', text, {
          role: 'gridcell',
          tabindex: p === 0 && t === 0 ? '0' : '-1',
          'aria-label': `packet ${p + 1}, ${what}, weight ${percent(packet.weights[t])}${change}`,
        });
        if (was !== undefined) cell.className = 'edited';
        shade(cell, 'token', packet.weights[t] / darkest[1]);
        row.append(cell);
      });
      body.append(row);
    });
    table.append(body);
    const cellOf = (event) => event.target.closest('td');
    const say = (cell) => {
      const label = cell.getAttribute('aria-label');
      get('cell').textContent = label[0].toUpperCase() + label.slice(1);
    };
    table.addEventListener('mouseover', (event) => cellOf(event) && say(cellOf(event)));
    table.addEventListener('focusin', (event) => {
      const cell = cellOf(event);
      if (cell === null) return;
      table.querySelector('td[tabindex="0"]')?.setAttribute('tabindex', '-1');
      cell.setAttribute('tabindex', '0');
      say(cell);
    });
    table.addEventListener('click', (event) => cellOf(event)?.focus());
    table.addEventListener('keydown', (event) => {
      const cell = cellOf(event);
      if (cell === null || event.ctrlKey || event.altKey || event.metaKey) return;
      const row = cell.parentElement;
      // The first cell of a row is its name.
      const at = cell.cellIndex;
      const rows = [...body.rows];
      const k = rows.indexOf(row);
      const to = {
        ArrowRight: () => row.cells[at + 1],
        ArrowLeft: () => (at > 1 ? row.cells[at - 1] : undefined),
        ArrowDown: () => rows[k + 1]?.cells[Math.min(at, rows[k + 1].cells.length - 1)],
        ArrowUp: () => rows[k - 1]?.cells[Math.min(at, rows[k - 1].cells.length - 1)],
        Home: () => row.cells[1],
        End: () => row.cells[row.cells.length - 1],
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      to()?.focus();
    });
    return table;
  }

  get('filters').addEventListener('change', filter);
  get('filters').addEventListener('submit', (event) => event.preventDefault());
  get('previous').addEventListener('click', () => {
    page--;
    list();
  });
  get('next').addEventListener('click', () => {
    page++;
    list();
  });
  get('list').addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest('tbody tr');
    if (step === undefined || row === null) return;
    event.preventDefault();
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    next?.querySelector('button').focus();
  });

  filter();
  // What is worth a look first: an anomaly that was recognised, and whose attention is here.
  const attended = found.filter((i) => attentionTo(i) !== undefined);
  const telling = attended.find((i) => data.actual[i] !== 0 && isRight(i)) ?? attended[0] ?? found[0];
  if (telling !== undefined) choose(telling);
})();
