// Keeps the page as it would be if it were loaded now: when the server tells of news, the page is
// fetched again, and what has changed in it is changed here.
"use strict";
(() => {
  const EVERY = 1000;
  const parts = () => [...document.querySelectorAll("[data-live]")];
  const source = parts().map((part) => part.dataset.events).find(Boolean);
  if (!source || !window.EventSource) return;

  // Makes `old` like `now`, touching only what differs, so that pictures do not flicker and the
  // keyboard's focus stays where it is.
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
    const children = [...now.childNodes];
    while (old.childNodes.length > children.length) old.lastChild.remove();
    children.forEach((child, n) => {
      if (n < old.childNodes.length) morph(old.childNodes[n], child);
      else old.append(document.importNode(child, true));
    });
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
        parts().forEach((part, n) => there[n] && morph(part, there[n]));
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
  const events = new EventSource(source);
  for (const kind of ["job", "event", "gone"]) events.addEventListener(kind, news);
  document.addEventListener("visibilitychange", () => wanted && refresh());
})();
