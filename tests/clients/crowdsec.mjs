// What a bouncer does all day: it empties its list, sends all addresses at once, asks until they are in, and sends all of them again.
import assert from 'node:assert/strict';
import { RecordedClient, check, end, goJson, newAccount, token } from './wire.mjs';

const client = new RecordedClient({
  account: newAccount('crowdsec'), json: goJson, typeAlways: true, retries: 3, retryOf: (status) => status === 429 || status >= 500,
  headers: { 'User-Agent': 'crowdsec-cloudflare-bouncer/v0.2.1', 'Accept-Encoding': 'gzip', Authorization: `Bearer ${token}` },
});
const { lists } = client;
const address = (n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const banned = (from, count) => Array.from({ length: count }, (_, n) => ({ ip: address(from + n), comment: 'Added by crowdsec bouncer' }));
const addresses = (items) => items.map(({ ip }) => ip);

const replace = async (list, items) => {
  const { operation_id } = await client.ok('PUT', `${lists}/${list}/items`, items);
  const ended = await client.poll(operation_id, [1]);
  assert.equal(ended.status, 'completed', JSON.stringify(ended));
};

let list;
let first;
await check('makes its list and empties it while it is empty', async () => {
  list = (await client.ok('POST', lists, { name: 'crowdsec_block', description: 'IP list managed by crowdsec bouncer', kind: 'ip' })).id;
  await replace(list, []);
  assert.deepEqual(await client.all(list), []);
});
await check('sends 10,000 addresses at once and reads them all at the default page size', async () => {
  await replace(list, banned(0, 10_000));
  first = await client.all(list);
  assert.deepEqual(addresses(first), addresses(banned(0, 10_000)));
});
await check('sends the same again: nothing moves', async () => {
  for (let round = 0; round < 3; round += 1) await replace(list, banned(0, 10_000).reverse());
  assert.deepEqual(await client.all(list, 'per_page=500'), first);
});
await check('sends what has changed: some went, some came, the rest stays itself', async () => {
  await replace(list, banned(300, 10_000));
  const now = await client.all(list, 'per_page=500');
  assert.deepEqual(addresses(now), addresses(banned(300, 10_000)));
  assert.deepEqual(now.slice(0, 9_700), first.slice(300));
  const known = new Set(first.map(({ id }) => id));
  assert.ok(now.slice(9_700).every(({ id }) => !known.has(id)));
  assert.equal((await client.ok('GET', `${lists}/${list}`)).num_items, 10_000);
});
await check('adds some and removes some by id, as newer ones do', async () => {
  const added = await client.ok('POST', `${lists}/${list}/items`, banned(20_000, 50));
  const removed = await client.ok('DELETE', `${lists}/${list}/items`, { items: first.slice(300, 330).map(({ id }) => ({ id })) });
  assert.equal((await client.poll(added.operation_id, [1])).status, 'completed');
  assert.equal((await client.poll(removed.operation_id, [1])).status, 'completed');
  const now = addresses(await client.all(list, 'per_page=500'));
  assert.deepEqual(now, [...addresses(banned(330, 9_970)), ...addresses(banned(20_000, 50))]);
});
await check('goes: empties and deletes', async () => {
  await replace(list, []);
  assert.equal((await client.ok('GET', `${lists}/${list}`)).num_items, 0);
  await client.ok('DELETE', `${lists}/${list}`);
});
client.close();
end();
