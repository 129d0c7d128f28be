/// What pages do: tables sort and are saved as CSV, predictions are compared with measurements. All of it works from a
/// file, and nothing is sent anywhere.
enum PageScript {
  static let source: HTML = #"""
    'use strict';
    (() => {
      const value = (cell) => cell ? (cell.dataset.value ?? cell.textContent) : '';
      const compare = (a, b) => {
        if (a === b) return 0;
        const x = Number(a), y = Number(b);
        return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, {numeric: true}) : x - y;
      };
      const sort = (table, column, direction) => {
        const body = table.tBodies[0];
        // What is missing stands last in both directions.
        const rows = [...body.rows].map((row) => ({row, key: value(row.cells[column])}));
        const empty = rows.filter((r) => r.key === ''), filled = rows.filter((r) => r.key !== '');
        filled.sort((a, b) => direction * compare(a.key, b.key));
        body.append(...filled.concat(empty).map((r) => r.row));
      };
      // A cell that a spreadsheet would run as a formula gets an apostrophe before it.
      const field = (text, isNumber) => {
        const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
        return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
      };
      const csv = (table) => [...table.rows].map((row) => [...row.cells].map((cell) =>
        field(row.parentElement.tagName === 'THEAD' ? cell.textContent : value(cell), cell.dataset.value !== undefined)
      ).join(',')).join('\r\n') + '\r\n';
      const save = (table) => {
        const address = URL.createObjectURL(new Blob([csv(table)], {type: 'text/csv;charset=utf-8'}));
        const link = document.createElement('a');
        link.href = address;
        link.download = table.dataset.file + '.csv';
        link.click();
        setTimeout(() => URL.revokeObjectURL(address), 1000);
      };
      for (const table of document.querySelectorAll('table.data')) {
        [...table.tHead.rows[0].cells].forEach((head, column) => {
          const button = document.createElement('button');
          button.type = 'button';
          button.append(...head.childNodes);
          head.append(button);
          button.addEventListener('click', () => {
            const ascending = head.getAttribute('aria-sort') !== 'ascending';
            for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
            head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
            sort(table, column, ascending ? 1 : -1);
          });
        });
        const tools = document.createElement('p');
        tools.className = 'tools';
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'tool';
        button.textContent = 'Download CSV';
        button.setAttribute('aria-label', 'Download as CSV: ' + (table.caption?.textContent ?? 'table'));
        button.addEventListener('click', () => save(table));
        tools.append(button);
        table.parentElement.after(tools);
      }
      for (const form of document.querySelectorAll('fieldset.predict')) {
        const verdict = form.querySelector('.verdict'), reveal = document.getElementById(form.dataset.reveal);
        form.addEventListener('change', (event) => {
          const right = event.target.value === form.dataset.answer;
          verdict.textContent = (right ? 'Your machine agrees. ' : 'Your machine says otherwise. ') + form.dataset.measured;
          if (reveal) reveal.open = true;
        });
      }
      const all = document.getElementById('reveal-all');
      if (all) {
        all.hidden = false;
        all.addEventListener('click', () => {
          for (const details of document.querySelectorAll('details.reveal')) details.open = true;
        });
      }
    })();
    """#
}
