// Filters the rows of the matrix. Without it the page shows everything.
"use strict";

(() => {
  const form = document.getElementById("filter");
  const table = document.getElementById("matrix");
  if (!form || !table) return;
  const box = document.getElementById("query");
  const shown = document.getElementById("shown");
  const registries = [...table.querySelectorAll("thead th[data-id]")].map((th) => th.dataset.id);

  // What is looked at, read once: text of a row, its level, and the word of each registry.
  let groups = null;
  const read = () => {
    groups = [...table.tBodies].map((body) => {
      const [head, ...rows] = body.rows;
      const scenario = head.textContent.toLowerCase();
      return {
        body,
        rows: rows.map((row) => {
          const cells = [...row.cells];
          const words = cells.slice(2).map((cell) => cell.textContent.slice(2).toLowerCase());
          const text = `${scenario} ${cells[0].textContent} ${cells[0].title}`.toLowerCase();
          return { row, text, level: cells[1].textContent, words };
        }),
      };
    });
  };

  const matches = (item, key, value) => {
    if (key === "level") return item.level === value;
    if (key === "outcome") return item.words.includes(value);
    if (key === "is" && value === "notable") return item.words.some((w) => w && w !== "pass" && w !== "n/a");
    const place = registries.indexOf(key);
    if (place >= 0) return item.words[place] === value;
    return item.text.includes(`${key}:${value}`);
  };

  const terms = (query) =>
    query.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
      const negated = word.length > 1 && word.startsWith("-");
      const bare = negated ? word.slice(1) : word;
      const colon = bare.indexOf(":");
      const holds = colon > 0
        ? (item) => matches(item, bare.slice(0, colon), bare.slice(colon + 1))
        : (item) => item.text.includes(bare);
      return negated ? (item) => !holds(item) : holds;
    });

  const filter = () => {
    if (!groups) read();
    const wanted = terms(box.value);
    let all = 0, kept = 0;
    for (const { body, rows } of groups) {
      let any = false;
      for (const item of rows) {
        const holds = wanted.every((term) => term(item));
        if (item.row.hidden === holds) item.row.hidden = !holds;
        any ||= holds;
        all += 1;
        kept += holds ? 1 : 0;
      }
      if (body.hidden === any) body.hidden = !any;
    }
    shown.textContent = wanted.length ? `${kept} of ${all} rows` : `${all} rows`;
  };

  const keep = () => {
    const state = box.value.trim() ? `#q=${encodeURIComponent(box.value.trim())}` : location.pathname + location.search;
    history.replaceState(null, "", state);
  };
  const restore = () => {
    const found = /^#q=(.*)$/.exec(location.hash);
    if (!found) return;
    try { box.value = decodeURIComponent(found[1]); } catch { box.value = found[1]; }
  };

  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { filter(); keep(); }, 60);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.value = ""; filter(); keep(); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); keep(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
    }
  });
  addEventListener("hashchange", () => { restore(); filter(); });

  restore();
  form.hidden = false;
  if (box.value) filter();
})();
