// Keeps the application itself on the phone, never anybody's data: those lie sealed in the vault. VERSION and SHELL stand before this.
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => Promise.all(SHELL.map(async (address) => {
    const response = await fetch(address, { credentials: "same-origin" });
    if (response.ok && !response.redirected) await cache.put(address, response);
  }))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === "/today") event.respondWith(page(event.request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});

async function page(request) {
  const cache = await caches.open(VERSION);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(4000) });
    if (response.ok && !response.redirected) await cache.put("/today", response.clone());
    return response;
  } catch {
    return (await cache.match("/today")) ?? Response.error();
  }
}

async function part(request) {
  const cache = await caches.open(VERSION);
  return (await cache.match(request)) ?? fetch(request);
}
