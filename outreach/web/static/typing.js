// Whoever writes is not away: what takes an hour to write is not lost because the session ended for silence meanwhile.
const EVERY_MS = 5 * 60_000;
let told = Date.now();
document.addEventListener("input", () => {
  if (Date.now() - told < EVERY_MS) return;
  told = Date.now();
  // Without a network there is nobody to tell; the next letter typed tries again in a while.
  fetch("/account").catch(() => {});
});
