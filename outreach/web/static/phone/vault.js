// What the phone keeps: the day and what was recorded, sealed (AES-GCM 256) under a key that cannot leave this browser and is
// thrown away with the session. What is not sent yet outlives the day, still sealed, until its own mediator signs in again.
const database = idb.openDB("outreach", 1, {
  upgrade(db) {
    db.createObjectStore("keys");
    db.createObjectStore("sealed");
    db.createObjectStore("facts", { autoIncrement: true });
  },
});
let key = null;
let owner = null;

export async function known() {
  const kept = await (await database).get("keys", "key");
  if (!kept) return null;
  key = kept.key;
  owner = kept.owner;
  return { owner: kept.owner, until: new Date(kept.until) };
}

// Begins or goes on with somebody's work on this phone; what another left here is forgotten, but for what they have not sent.
export async function open(who, until) {
  const db = await database;
  const kept = await db.get("keys", "key");
  if (kept && kept.owner === who) {
    key = kept.key;
    await db.put("keys", { ...kept, until }, "key");
  } else {
    const waiting = kept ? await db.count("facts") : 0;
    if (waiting) return false;
    await wipe();
    key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await db.put("keys", { key, owner: who, until }, "key");
  }
  owner = who;
  return true;
}

async function seal(value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(value)));
  return { iv, body };
}

async function unseal(kept) {
  if (!kept || !key) return null;
  try {
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, key, kept.body)));
  } catch {
    return null;
  }
}

export async function keep(name, value) {
  await (await database).put("sealed", await seal(value), name);
}

export async function read(name) {
  return unseal(await (await database).get("sealed", name));
}

export async function add(fact) {
  return (await database).add("facts", await seal(fact));
}

export async function waiting() {
  const db = await database;
  const [keys, kept] = await Promise.all([db.getAllKeys("facts"), db.getAll("facts")]);
  const facts = await Promise.all(kept.map(unseal));
  return keys.map((seq, at) => ({ seq, fact: facts[at] })).filter((one) => one.fact);
}

export async function drop(seqs) {
  const db = await database;
  const work = db.transaction("facts", "readwrite");
  for (const seq of seqs) work.store.delete(seq);
  await work.done;
}

// The day is forgotten; the key stays only as long as something is still to be sent.
export async function forgetDay() {
  const db = await database;
  await db.clear("sealed");
  if (!(await db.count("facts"))) await wipe();
}

export function whose() {
  return owner;
}

export async function wipe() {
  const db = await database;
  await Promise.all(["keys", "sealed", "facts"].map((store) => db.clear(store)));
  key = owner = null;
}
