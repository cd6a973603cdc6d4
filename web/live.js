// Keeps the page as it would be if it were loaded now: when the server tells of news, the page is
// fetched again, and what has changed in it is changed here.
"use strict";
(() => {
  const EVERY = 1000;
  const parts = () => [...document.querySelectorAll("[data-live]")];
  const source = parts().map((part) => part.dataset.events).find(Boolean);
  if (!source || !window.EventSource) return;

  // Makes `old` like `now`, touching only what differs, so that pictures do not flicker.
  const morph = (old, now) => {
    if (old.isEqualNode(now)) return;
    if (old.nodeName !== now.nodeName || old.nodeType !== Node.ELEMENT_NODE) {
      old.replaceWith(document.importNode(now, true));
      return;
    }
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of now.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    morphChildren(old, now);
  };

  // What is the same thing in both, such as the row of a job, has the same `data-key`, and goes to
  // its new place as it is: the picture and the bar of one job never show for another.
  const key = (node) => node.dataset?.key;
  const morphChildren = (old, now) => {
    const keys = new Set([...now.children].map(key));
    for (const child of [...old.children]) if (key(child) && !keys.has(key(child))) child.remove();
    const kept = new Map([...old.children].filter(key).map((child) => [key(child), child]));
    let at = old.firstChild;
    for (const child of now.childNodes) {
      const same = key(child) ? kept.get(key(child)) : at && !key(at) ? at : undefined;
      if (!same) {
        old.insertBefore(document.importNode(child, true), at);
        continue;
      }
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, child);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  };

  let wanted = false;
  let busy = false;
  const refresh = async () => {
    if (busy || document.hidden) return;
    [busy, wanted] = [true, false];
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const now = new DOMParser().parseFromString(await answer.text(), "text/html");
        const there = [...now.querySelectorAll("[data-live]")];
        const focused = document.activeElement;
        parts().forEach((part, n) => there[n] && morph(part, there[n]));
        // What is moved loses the keyboard's focus.
        if (focused.isConnected) focused.focus({ preventScroll: true });
        document.title = now.title;
        // A film that has come is shown without being asked for.
        if (!document.querySelector("video[src]") && now.querySelector("video[src]")) location.reload();
      }
    } catch {
      // The server is away; the stream comes back when it does.
    }
    setTimeout(() => {
      busy = false;
      if (wanted) refresh();
    }, EVERY);
  };
  const news = () => {
    wanted = true;
    refresh();
  };
  const lost = document.createElement("p");
  lost.className = "error";
  lost.setAttribute("role", "status");
  document.querySelector("main").prepend(lost);
  const events = new EventSource(source);
  events.addEventListener("error", () => {
    lost.textContent = "The server does not answer: what is shown may be old.";
  });
  events.addEventListener("open", () => {
    if (lost.textContent) news();
    lost.textContent = "";
  });
  for (const kind of ["job", "event", "gone"]) events.addEventListener(kind, news);
  document.addEventListener("visibilitychange", () => wanted && refresh());
})();
