/**
 * The page's script: zoom, pan, tooltips, and going from a finding to its witnesses. Everything is
 * readable without it. It never writes markup: what it shows goes through textContent. Plain browser
 * JavaScript in a string, since the project is compiled without the DOM's types.
 */

export const SCRIPT = `"use strict";
(() => {
const data = JSON.parse(document.getElementById("zklab-data").textContent);
const scroll = document.getElementById("timeline-scroll");
const track = document.getElementById("timeline-track");
if (!scroll || !track) return;
const ZOOM_MAX = 200, FINE_TICKS_ZOOM = 5, FINEST_TICKS_ZOOM = 15;
const lanes = new Map(data.lanes.map((lane) => [lane.contender, lane.writes]));
const spanMs = data.toMs - data.fromMs;
let zoom = 1;

function zoomTo(next, atMs, atPx) {
  zoom = Math.min(ZOOM_MAX, Math.max(1, next));
  track.style.width = zoom * 100 + "%";
  track.classList.toggle("near", zoom >= FINE_TICKS_ZOOM);
  track.classList.toggle("close", zoom >= FINEST_TICKS_ZOOM);
  const share = (atMs - data.fromMs) / spanMs;
  scroll.scrollLeft = share * track.clientWidth - atPx;
}
function msAt(clientX) {
  const box = track.getBoundingClientRect();
  return data.fromMs + ((clientX - box.left) / box.width) * spanMs;
}
function zoomBy(factor, clientX) {
  const box = scroll.getBoundingClientRect();
  const x = clientX === undefined ? middleOf(box) : clientX;
  zoomTo(zoom * factor, msAt(x), x - box.left);
}
// Without a pointer: around the finding that is looked at while it is in sight, else the middle.
function middleOf(box) {
  const found = data.findings[at];
  const left = track.getBoundingClientRect().left;
  const x = found ? left + ((found.atMs - data.fromMs) / spanMs) * track.clientWidth : NaN;
  return x >= box.left && x <= box.right ? x : box.left + box.width / 2;
}
function show(fromMs, toMs) {
  zoomTo(spanMs / Math.max(toMs - fromMs, 1e-3), fromMs, 0);
}

let at = -1;
function letGo() {
  at = -1;
  clock.textContent = "";
  track.classList.remove("picking");
  for (const el of document.querySelectorAll(".track .on")) el.classList.remove("on");
}
function pick(index) {
  const found = data.findings[index];
  if (!found) return;
  letGo();
  at = index;
  const keys = new Set(found.keys);
  track.classList.add("picking");
  for (const el of track.querySelectorAll("[data-k]")) {
    el.classList.toggle("on", keys.has(el.getAttribute("data-k")));
  }
  const flag = document.getElementById("at-" + found.id);
  if (flag) flag.classList.add("on");
  show(found.fromMs, found.toMs);
  document.getElementById("timeline-section").scrollIntoView({ block: "start" });
  scroll.focus({ preventScroll: true });
  clock.textContent = "finding " + (index + 1) + " of " + data.findings.length;
}
function step(by) {
  const n = data.findings.length;
  if (n > 0) pick(at < 0 ? (by > 0 ? 0 : n - 1) : (at + by + n) % n);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-find],[data-zoom],[data-step]");
  if (!target) return;
  const { find, zoom: way, step: by } = target.dataset;
  if (find) {
    event.preventDefault();
    pick(data.findings.findIndex((found) => found.id === find));
  }
  if (way === "in") zoomBy(2);
  if (way === "out") zoomBy(0.5);
  if (way === "all") { letGo(); zoomTo(1, data.fromMs, 0); }
  if (by) step(Number(by));
});
scroll.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = scroll.clientWidth * 0.2;
  const acts = {
    "+": () => zoomBy(2), "=": () => zoomBy(2), "-": () => zoomBy(0.5),
    "0": () => { letGo(); zoomTo(1, data.fromMs, 0); },
    n: () => step(1), p: () => step(-1), Escape: letGo,
    ArrowLeft: () => { scroll.scrollLeft -= page; },
    ArrowRight: () => { scroll.scrollLeft += page; },
    Home: () => { scroll.scrollLeft = 0; },
    End: () => { scroll.scrollLeft = track.clientWidth; },
  };
  if (!Object.hasOwn(acts, event.key)) return;
  event.preventDefault();
  acts[event.key]();
});
scroll.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomBy(event.deltaY < 0 ? 1.25 : 0.8, event.clientX);
}, { passive: false });

let drag;
scroll.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  drag = { x: event.clientX, left: scroll.scrollLeft };
  scroll.setPointerCapture(event.pointerId);
});
scroll.addEventListener("pointermove", (event) => {
  if (drag) scroll.scrollLeft = drag.left - (event.clientX - drag.x);
  clock.textContent = (msAt(event.clientX) / 1e3).toFixed(3) + " s";
});
for (const end of ["pointerup", "pointercancel"]) scroll.addEventListener(end, () => { drag = undefined; });

const clock = document.getElementById("clock");
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);
const tips = new WeakMap();
for (const title of document.querySelectorAll(".drawing title")) {
  tips.set(title.parentNode, title.textContent);
  title.remove();
}
function nearestWrite(el, clientX) {
  const writes = lanes.get(el.dataset.lane) || [];
  const ms = msAt(clientX);
  const reach = (8 / track.clientWidth) * spanMs;
  let best;
  for (const write of writes) {
    const off = Math.abs(write[0] - ms);
    if (off <= reach && (!best || off < best.off)) best = { off, write };
  }
  if (!best) return undefined;
  const [time, zxid, what] = best.write;
  return zxid + ": committed while its contender led; " + what + ", at " + (time / 1e3).toFixed(3) + " s";
}
function tipFor(event) {
  for (let el = event.target; el && el !== document; el = el.parentNode) {
    if (tips.has(el)) return tips.get(el);
    if (el.dataset && el.dataset.lane && track.contains(el)) return nearestWrite(el, event.clientX);
  }
  return undefined;
}
document.addEventListener("mousemove", (event) => {
  const text = drag ? undefined : tipFor(event);
  tip.hidden = text === undefined;
  if (text === undefined) return;
  tip.textContent = text;
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + "px";
});

// On a narrow screen the picture's end, where it is decided, is what must be seen first.
const tale = document.getElementById("tale-scroll");
if (tale) tale.scrollLeft = tale.scrollWidth;
const [first] = data.findings;
if (first) scroll.scrollLeft = ((first.atMs - data.fromMs) / spanMs) * track.clientWidth - scroll.clientWidth * 0.8;
document.querySelector(".toolbar").hidden = false;
})();
`;
