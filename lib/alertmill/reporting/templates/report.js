"use strict";
// The one script of the pages of a run. It asks for nothing, and every page reads without it.
(() => {
  const root = document.documentElement;
  const THEME = "alertmill-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Storage is forbidden in a sandbox and by some browsers: then a choice lasts for the page.
  const remembered = () => { try { return localStorage.getItem(THEME); } catch { return null; } };
  const remember = theme => { try { localStorage.setItem(THEME, theme); } catch { /* not allowed */ } };
  if (["light", "dark"].includes(remembered())) root.dataset.theme = remembered();

  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const textOf = cell => cell.textContent.replace(/\s+/g, " ").trim();

  const addThemeButton = () => {
    const place = document.querySelector(".controls");
    if (!place) return;
    const button = make("button", { type: "button", className: "act" }, "Dark mode");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
    const show = () => button.setAttribute("aria-pressed", isDark());
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(root.dataset.theme);
      show();
    });
    dark.addEventListener("change", show);
    show();
    place.append(button);
  };

  // Tables: what is read as a number, and a cell without a value always comes last.
  const NUMBER = /^([+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)\s?([kMBT%]?)(?![\w.,:-])/;
  const SIZES = { k: 1e3, M: 1e6, B: 1e9, T: 1e12 };
  const numberOf = text => {
    const found = NUMBER.exec(text);
    return found ? Number(found[1].replace(/,/g, "").replace("−", "-")) * (SIZES[found[2]] ?? 1) : NaN;
  };
  const inOrder = (rows, column, sign) => {
    const texts = new Map(rows.map(row => [row, textOf(row.cells[column])]));
    const filled = [...texts.values()].filter(Boolean);
    const areNumbers = filled.every(text => !Number.isNaN(numberOf(text)));
    const compare = (a, b) => (areNumbers
      ? numberOf(a) - numberOf(b)
      : a.localeCompare(b, "en", { numeric: true }));
    return [...rows].sort((a, b) => {
      const [x, y] = [texts.get(a), texts.get(b)];
      return !x || !y ? !x - !y : sign * compare(x, y);
    });
  };
  const headsOf = table => [...(table.tHead?.rows[0]?.cells ?? [])];
  const makeSortable = table => {
    const rows = [...table.tBodies[0].rows];
    const isPlain = rows.every(row => [...row.cells].every(c => c.colSpan === 1 && c.rowSpan === 1));
    if (rows.length < 2 || !isPlain) return;
    headsOf(table).forEach((head, column) => {
      if (!textOf(head)) return;
      const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" };
        const order = next[head.getAttribute("aria-sort") ?? "none"];
        headsOf(table).forEach(other => other.removeAttribute("aria-sort"));
        if (order !== "none") head.setAttribute("aria-sort", order);
        const sign = order === "descending" ? -1 : 1;
        table.tBodies[0].append(...(order === "none" ? rows : inOrder(rows, column, sign)));
      });
      head.append(button);
    });
  };

  // A spreadsheet computes text that begins like a formula; an apostrophe keeps it text.
  const PLAIN = /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?$/;
  const harmless = text => {
    if (PLAIN.test(text)) return text.replace(/,/g, "");
    return /^[=+\-@\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text;
  };
  const cellsOf = table => [...table.rows].map(row => [...row.cells].map(c => harmless(textOf(c))));
  const asLines = table => cellsOf(table).map(row => row.join("\t")).join("\n");
  const asCsv = table => cellsOf(table)
    .map(row => row.map(text => `"${text.replace(/"/g, '""')}"`).join(",")).join("\r\n");
  const copyText = async text => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = make("textarea", { value: text, className: "unseen" });
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const download = (name, text) => {
    const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  const nameOf = table => {
    const page = decodeURIComponent(location.pathname.split("/").pop()).replace(/\.html$/, "");
    const title = table.caption ? textOf(table.caption) : headsOf(table).map(textOf).join(" ");
    const parts = `${page} ${title}`.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 80);
    return `${parts.replace(/^-|-$/g, "")}.csv`;
  };
  const addTools = table => {
    const title = table.caption ? textOf(table.caption) : "this table";
    const copy = make("button", { type: "button", className: "act", ariaLabel: `Copy: ${title}` }, "Copy");
    const csv = make("button", { type: "button", className: "act", ariaLabel: `CSV: ${title}` }, "CSV");
    const told = make("span", { role: "status" });
    copy.addEventListener("click", async () => {
      told.textContent = (await copyText(asLines(table))) ? "copied" : "not copied: take the CSV";
    });
    csv.addEventListener("click", () => download(nameOf(table), asCsv(table)));
    const frame = table.closest(".scroll") ?? table;
    let row = frame.previousElementSibling;
    if (!row?.classList.contains("over")) frame.before(row = make("div", { className: "over" }));
    row.append(make("span", { className: "tools-of-table" }, told, copy, csv));
  };

  // The slider over a table that was computed: each of its rows is one choice.
  const addExplorer = table => {
    const heads = headsOf(table).map(textOf);
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 2) return;
    const inUse = rows.findIndex(row => textOf(row.cells[row.cells.length - 1]) === "in use");
    const slider = make("input", { type: "range", min: 0, max: rows.length - 1, step: 1 });
    slider.value = Math.max(inUse, 0);
    const shown = make("dl");
    const show = () => {
      const row = rows[slider.value];
      const facts = heads.map((head, n) => [head, textOf(row.cells[n])]).filter(([, text]) => text);
      shown.replaceChildren(...facts.map(([head, text]) =>
        make("div", {}, make("dt", {}, head), make("dd", {}, text))));
      slider.setAttribute("aria-valuetext", facts.map(([head, text]) => `${head}: ${text}`).join(", "));
      rows.forEach(other => other.classList.toggle("chosen", other === row));
    };
    slider.addEventListener("input", show);
    show();
    const box = make("div", { className: "slider" }, make("label", {}, heads[0], slider), shown);
    const frame = table.closest(".output") ?? table;
    frame.before(box);
  };

  const followReader = () => {
    const links = all(".side ol a");
    const targets = links.map(link => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    const mark = () => {
      const isAtEnd = scrollY > 0 && innerHeight + scrollY >= root.scrollHeight - 2;
      const line = isAtEnd ? innerHeight : innerHeight / 4;
      const passed = targets.filter(target => target && target.getBoundingClientRect().top <= line);
      const here = links[targets.indexOf(passed[passed.length - 1])];
      for (const link of links) {
        if (link === here) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    addEventListener("scroll", mark, { passive: true });
    addEventListener("resize", mark);
    mark();
  };

  const addZoom = () => {
    const figures = all("figure img");
    if (!figures.length) return;
    const frame = make("div");
    const close = make("button", { type: "button", className: "act" }, "Close");
    const dialog = make("dialog", { className: "zoomed" }, close, frame);
    dialog.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
    for (const image of figures) {
      const title = image.alt ? `Enlarge: ${image.alt}` : "Enlarge the figure";
      const button = make("button", { type: "button", className: "zoom", ariaLabel: title });
      image.replaceWith(button);
      button.append(image);
      button.addEventListener("click", () => {
        frame.replaceChildren(make("img", { src: image.src, alt: image.alt }));
        dialog.ariaLabel = image.alt || "Figure";
        dialog.showModal();
      });
    }
  };

  // What scrolls sideways has to be reachable by the keyboard, and only then.
  const reachScrollers = () => {
    const check = element => {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.tabIndex = 0;
        if (element.matches("table")) return; // it keeps its own role and name
        element.setAttribute("role", "group");
        const caption = element.querySelector("caption");
        element.ariaLabel = caption ? textOf(caption) : "Text that scrolls sideways";
      } else {
        ["tabindex", ...(element.matches("table") ? [] : ["role", "aria-label"])].forEach(name => element.removeAttribute(name));
      }
    };
    const watcher = new ResizeObserver(entries => entries.forEach(entry => check(entry.target)));
    all(".scroll, .checks li > div, .columns > *, .metrics, pre").forEach(element => watcher.observe(element));
    addEventListener("change", () => all(".scroll").forEach(check));
  };

  const addSearch = () => {
    const list = document.querySelector("details.sections");
    if (!list) return;
    const entries = all("li", list);
    const field = make("input", { type: "search", id: "search", autocomplete: "off" });
    const told = make("span", { role: "status" });
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const found = entries.filter(entry => {
        entry.hidden = !words.every(word => entry.textContent.toLowerCase().includes(word));
        return !entry.hidden;
      });
      list.open = words.length > 0;
      told.textContent = words.length ? `${found.length} of ${entries.length} sections` : "";
    });
    list.before(make("p", { className: "search" },
      make("label", { htmlFor: "search" }, "Search the reports"), field, told));
  };

  document.addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    addSearch();
    const tables = all("table").filter(table => table.tHead && table.tBodies.length === 1
      && !table.classList.contains("metrics") && headsOf(table).some(textOf));
    tables.filter(table => table.classList.contains("explorer")).forEach(addExplorer);
    tables.forEach(makeSortable);
    tables.forEach(addTools);
    addZoom();
    followReader();
    reachScrollers();
  });
})();
