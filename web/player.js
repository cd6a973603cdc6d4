// Plays what is finished of a job while the rest is being rendered: by the browser itself where it
// knows HLS, else by handing it the fragments one after the other.
"use strict";
(() => {
  const video = document.querySelector("video[data-live-list]");
  if (!video) return;
  const list = new URL(video.dataset.liveList, location.href);
  if (!window.MediaSource) {
    video.src = list;
    return;
  }
  const EVERY = 2000;
  const wait = (time) => new Promise((done) => setTimeout(done, time));
  const once = (target, kind) => new Promise((done) => target.addEventListener(kind, done, { once: true }));

  // The codecs as MIME says them (RFC 6381), from the boxes that describe them.
  const codecs = (head) => {
    const text = new TextDecoder("latin1").decode(head);
    const hex = (from, count) => [...head.slice(from, from + count)]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const two = (number) => String(number).padStart(2, "0");
    // Where what a box says begins, behind its name.
    const box = (name) => (text.includes(name) ? text.indexOf(name) + 4 : -1);
    const [avc, vp9, av1] = ["avcC", "vpcC", "av1C"].map(box);
    const names = [];
    if (avc >= 0) names.push(`avc1.${hex(avc + 1, 3)}`);
    if (vp9 >= 0) names.push(`vp09.${two(head[vp9 + 4])}.${two(head[vp9 + 5])}.${two(head[vp9 + 6] >> 4)}`);
    if (av1 >= 0) {
      const [which, form] = [head[av1 + 1], head[av1 + 2]];
      const depth = form & 0x40 ? (form & 0x20 ? 12 : 10) : 8;
      names.push(`av01.${which >> 5}.${two(which & 31)}${form & 0x80 ? "H" : "M"}.${two(depth)}`);
    }
    if (!names.length) return null;
    if (text.includes("mp4a")) names.push("mp4a.40.2");
    if (text.includes("dOps")) names.push("opus");
    if (text.includes("dfLa")) names.push("flac");
    return `video/mp4; codecs="${names.join(", ")}"`;
  };
  // A server that is away may come back, and one that has no room says so.
  const get = async (url) => {
    for (;;) {
      try {
        const answer = await fetch(url);
        if (answer.ok) return await answer.arrayBuffer();
        if (answer.status < 500) throw new Error(`${url}: ${answer.status}`);
      } catch (e) {
        if (!(e instanceof TypeError)) throw e;
      }
      await wait(EVERY);
    }
  };
  const bytes = async (url) => new Uint8Array(await get(url));
  const read = async () => {
    const lines = new TextDecoder().decode(await get(list)).split("\n");
    const map = lines.find((line) => line.startsWith("#EXT-X-MAP:"));
    return {
      head: map && new URL(/URI="([^"]*)"/.exec(map)[1], list),
      fragments: lines.filter((line) => line && !line.startsWith("#")).map((line) => new URL(line, list)),
      ended: lines.includes("#EXT-X-ENDLIST"),
    };
  };

  const play = async () => {
    let now = await read();
    while (!now.head) {
      await wait(EVERY);
      now = await read();
    }
    const head = await bytes(now.head);
    const type = codecs(head);
    if (!type || !MediaSource.isTypeSupported(type)) {
      video.src = list;
      return;
    }
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await once(source, "sourceopen");
    const buffer = source.addSourceBuffer(type);
    const append = async (data) => {
      const done = once(buffer, "updateend");
      buffer.appendBuffer(data);
      await done;
    };
    await append(head);
    for (let next = 0; ; ) {
      while (next < now.fragments.length) {
        // No more than a minute ahead, so that a long film does not fill the memory.
        const ends = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0;
        if (ends - video.currentTime > 60) await wait(EVERY);
        else await append(await bytes(now.fragments[next++]));
      }
      if (now.ended) break;
      await wait(EVERY);
      now = await read();
    }
    source.endOfStream();
  };
  play().catch((e) => console.warn("the live film cannot be played", e));
})();
