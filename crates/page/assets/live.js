// What JavaScript adds to the pages: live updates, copying, keys, PNG. Pages work without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  // Buttons that need us are hidden until we are here.
  const wake = (root) => {
    for (const it of root.querySelectorAll("[data-copy][hidden], [data-png][hidden]")) it.hidden = false;
    showTab();
  };

  // On a narrow screen the current tab is moved into sight, sideways only: where somebody reads on the page is their affair.
  const showTab = () => {
    for (const it of document.querySelectorAll(".tabs [aria-current]")) {
      const tabs = it.closest(".tabs"), [own, all] = [it.getBoundingClientRect(), tabs.getBoundingClientRect()];
      tabs.scrollLeft += own.left + own.width / 2 - all.left - all.width / 2;
    }
  };

  // Whether somebody is in the middle of something here: typing, or selecting text.
  const inUse = (element) => {
    const focus = document.activeElement;
    const writes = focus && element.contains(focus) && focus.matches("input, textarea, select");
    const typed = [...element.querySelectorAll("textarea")].some((it) => it.value !== it.defaultValue);
    const selection = document.getSelection();
    const selects = selection && !selection.isCollapsed && element.contains(selection.anchorNode);
    return writes || typed || selects;
  };

  // Content as it came, without what was done to it here.
  const plain = (root) => {
    const copy = document.createElement("div");
    copy.append(...root.cloneNode(true).childNodes);
    for (const it of copy.querySelectorAll("[data-copy], [data-png]")) it.hidden = false;
    for (const it of copy.querySelectorAll("[data-copy]")) it.textContent = "Copy";
    for (const it of copy.querySelectorAll("details")) it.open = false;
    return copy.innerHTML;
  };

  const waiting = new Map();
  const put = (id, html) => {
    const element = byId(id);
    if (!element) return;
    if (inUse(element)) { waiting.set(id, html); return; }
    waiting.delete(id);
    // What is there already stays: a click that has begun on it, or the word of a button, would be lost.
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    if (plain(fresh.content) === plain(element)) return;
    const open = [...element.querySelectorAll("details[open][id]")].map((it) => it.id);
    const focus = element.contains(document.activeElement) ? document.activeElement.id : "";
    const scrolls = [...element.querySelectorAll(".scroll, .map-scroll")].map((it) => [it.scrollLeft, it.scrollTop]);
    element.innerHTML = html;
    for (const it of open) { const again = byId(it); if (again) again.open = true; }
    element.querySelectorAll(".scroll, .map-scroll").forEach((it, n) => { if (scrolls[n]) [it.scrollLeft, it.scrollTop] = scrolls[n]; });
    if (focus && byId(focus)) byId(focus).focus({ preventScroll: true });
    wake(element);
  };
  setInterval(() => { for (const [id, html] of [...waiting]) put(id, html); }, 1000);

  // One event is one element's new content, as {"id": ..., "html": ...}; the browser connects again by itself.
  const url = document.body.dataset.live;
  if (url && window.EventSource) {
    const events = new EventSource(url);
    events.addEventListener("fragment", (event) => { const { id, html } = JSON.parse(event.data); put(id, html); });
    events.addEventListener("reload", () => { if (!inUse(document.body)) location.reload(); });
    addEventListener("pagehide", () => events.close());
  }

  const copy = async (button) => {
    const text = byId(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without HTTPS there is no clipboard: select it, and let the browser copy what is selected.
      getSelection().selectAllChildren(byId(button.dataset.copy));
      if (!document.execCommand("copy")) return;
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };

  // The drawing is a document of its own without outside parts, so a canvas may hand it out.
  const png = (button) => {
    const image = new Image();
    image.onload = () => {
      const scale = Math.min(2, 8000 / Math.max(image.width, image.height, 1));
      const canvas = document.createElement("canvas");
      canvas.width = Math.ceil(image.width * scale);
      canvas.height = Math.ceil(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = button.dataset.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      }, "image/png");
    };
    image.src = button.dataset.png;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-png]");
    if (!button) return;
    if (button.dataset.copy) copy(button); else png(button);
  });

  // Single keys can be switched off (WCAG 2.1.4).
  const keys = byId("keys");
  const stored = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
  if (keys) {
    keys.checked = stored();
    keys.addEventListener("change", () => { try { localStorage.setItem("keys", keys.checked ? "on" : "off"); } catch { /* only for this page */ } });
  }
  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((it) => it.contains(document.activeElement));
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (row) (row.matches("[tabindex]") ? row : row.querySelector("a, button") ?? row).focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (keys && !keys.checked)) return;
    if (event.target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
    const tabs = document.querySelectorAll(".tabs a");
    if (/^[1-6]$/.test(event.key) && tabs.length) tabs[Number(event.key) - 1]?.click();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "u") document.querySelector("[data-up]")?.click();
    else if (event.key === "c") document.activeElement.closest("[data-row]")?.querySelector("[data-copy]")?.click();
    else if (event.key === "/") { const box = byId("question"); if (box) box.focus(); else tabs[5]?.click(); }
    else if (event.key === "?") { const list = document.querySelector(".keys"); if (list) { list.open = true; list.querySelector("summary").focus(); } }
    else return;
    event.preventDefault();
  });

  wake(document);
})();
