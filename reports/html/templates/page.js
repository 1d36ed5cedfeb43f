"use strict";
// Language, search, folding, and the messages behind a finding. Nothing here makes markup out of text.
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  document.documentElement.classList.add("scripted");

  // Language: what the address says, then what was chosen before, then what the reader's browser prefers.
  const KEY = "chargeproof-language";
  const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (language) => { try { localStorage.setItem(KEY, language); } catch { /* a file may have no storage */ } };
  const asked = () => (location.hash.match(/^#lang=(zh|en)$/) || [])[1];
  function speak(language) {
    one(language === "en" ? "in-en" : "in-zh").checked = true;
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    one("search").placeholder = one("search").dataset[language];
  }
  function choose(language) { keep(language); speak(language); }
  all("input[name=language]").forEach((input) => input.addEventListener("change", () => choose(input.value)));
  const before = kept();
  speak(asked() || (before === "en" || before === "zh" ? before : navigator.language.startsWith("zh") ? "zh" : "en"));

  // Search and filter
  const rows = all(".row");
  const texts = new Map();
  function textOf(row) {
    if (!texts.has(row)) {
      const cited = all("a.cite", row).map((link) => one(link.hash.slice(1))).filter(Boolean);
      texts.set(row, [row, ...cited].map((node) => node.textContent).join(" ").toLowerCase());
    }
    return texts.get(row);
  }
  function search() {
    const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row) => row.classList.toggle("missed", !words.every((word) => textOf(row).includes(word))));
    count();
  }
  function count() {
    const seen = (row) => getComputedStyle(row).display !== "none";
    all(".part").forEach((part) => part.classList.toggle("missed", all(".row", part).every((row) => row.classList.contains("missed"))));
    document.querySelector(".nothing").hidden = rows.some(seen);
  }
  one("search").addEventListener("input", search);
  all("input[name=show]").forEach((input) => input.addEventListener("change", count));

  // The messages behind a finding stand once on the page; a copy is put where it is asked for.
  function fill(behind) {
    const slot = behind.querySelector(".slot");
    if (!slot || slot.dataset.filled) return;
    slot.dataset.filled = "yes";
    const copies = all("a.cite", slot).map((link) => {
      const copy = one(link.hash.slice(1)).cloneNode(true);
      copy.removeAttribute("id");
      return copy;
    });
    slot.replaceChildren(...copies);
  }
  all("details.behind").forEach((behind) => behind.addEventListener("toggle", () => behind.open && fill(behind)));

  // Folding, links, print
  one("unfold").addEventListener("click", () => rows.forEach((row) => { row.open = true; }));
  one("fold").addEventListener("click", () => rows.forEach((row) => { row.open = false; }));
  function reveal() {
    const language = asked();
    if (language) return choose(language);
    const target = one(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.matches(".row")) {
      one("show-all").checked = true;
      one("search").value = "";
      search();
    }
    for (let node = target; node; node = node.parentElement) if (node.matches("details")) node.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  one("print").addEventListener("click", () => print());
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all(".row, .picture, .all-messages").filter((details) => !details.open);
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));
  if (location.hash) reveal();
})();
