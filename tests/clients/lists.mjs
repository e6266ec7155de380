// The vendor's own client over everything that an address list can do. BASE_URL and TOKEN say where; the first wrong thing ends it.
import assert from 'node:assert/strict';
import Cloudflare from 'cloudflare';

const account_id = `node${process.pid}${Date.now().toString(36)}`;
const client = new Cloudflare({ apiToken: process.env.TOKEN, baseURL: `${process.env.BASE_URL}/client/v4` });
const lists = client.rules.lists;
const address = (n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

let checks = 0;
const check = async (name, run) => {
  await run();
  checks += 1;
  console.log(`ok ${checks} ${name}`);
};

const completed = async (accepted) => {
  assert.match(accepted.operation_id, /^[0-9a-f]{32}$/);
  for (;;) {
    const operation = await lists.bulkOperations.get(accepted.operation_id, { account_id });
    assert.ok(['pending', 'running', 'completed'].includes(operation.status), JSON.stringify(operation));
    if (operation.status === 'completed') {
      assert.match(operation.completed, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      return;
    }
  }
};

const all = async (list, query = {}) => {
  const found = [];
  for await (const item of lists.items.list(list, { account_id, ...query })) {
    found.push(item);
  }
  return found;
};

const refused = async (run, kind, code) => {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.errors[0].code, code);
    return true;
  });
};

let list;
await check('create', async () => {
  list = await lists.create({ account_id, kind: 'ip', name: 'clients', description: 'by the vendor\'s client' });
  assert.match(list.id, /^[0-9a-f]{32}$/);
  assert.equal(list.num_items, 0);
});
await check('get, list, update', async () => {
  assert.equal((await lists.get(list.id, { account_id })).name, 'clients');
  const found = [];
  for await (const one of lists.list({ account_id })) found.push(one.id);
  assert.deepEqual(found, [list.id]);
  assert.equal((await lists.update(list.id, { account_id, description: 'new' })).description, 'new');
  assert.equal((await lists.update(list.id, { account_id, description: '' })).description, undefined);
});
await check('append, completed means readable at every page size', async () => {
  const body = Array.from({ length: 64 }, (_, n) => ({ ip: address(n), comment: `number ${n}` }));
  await completed(await lists.items.create(list.id, { account_id, body }));
  for (const per_page of [1, 7, 25, 500]) {
    assert.deepEqual((await all(list.id, { per_page })).map((item) => item.ip), body.map((item) => item.ip));
  }
  assert.equal((await all(list.id)).length, 64);
});
await check('items stay themselves over a replace', async () => {
  const before = new Map((await all(list.id)).map((item) => [item.ip, item.id]));
  const body = Array.from({ length: 40 }, (_, n) => ({ ip: address(n + 30), comment: `number ${n + 30}` }));
  await completed(await lists.items.update(list.id, { account_id, body }));
  const after = await all(list.id, { per_page: 7 });
  assert.deepEqual(after.map((item) => item.ip), body.map((item) => item.ip));
  for (const item of after) assert.ok(!before.has(item.ip) || before.get(item.ip) === item.id);
  assert.equal((await lists.get(list.id, { account_id })).num_items, 40);
});
await check('search and one item', async () => {
  const found = await all(list.id, { search: '10.0.0.31' });
  assert.deepEqual(found.map((item) => item.ip), ['10.0.0.31']);
  const item = await lists.items.get(found[0].id, { account_id, list_id: list.id });
  assert.deepEqual(item, found[0]);
});
await check('delete items', async () => {
  const items = (await all(list.id)).slice(0, 10).map(({ id }) => ({ id }));
  await completed(await lists.items.delete(list.id, { account_id, items }));
  assert.equal((await all(list.id)).length, 30);
});
await check('refusals are the vendor\'s classes', async () => {
  await refused(() => lists.get('0'.repeat(32), { account_id }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.items.create(list.id, { account_id, body: [{ ip: 'no address' }] }), Cloudflare.BadRequestError, 10028);
  await refused(() => lists.items.create(list.id, { account_id, body: [{ ip: '10.0.0.1', nonsense: 1 }] }), Cloudflare.BadRequestError, 10026);
  await refused(() => lists.items.delete(list.id, { account_id }), Cloudflare.BadRequestError, 10026);
  await refused(() => lists.items.list(list.id, { account_id, cursor: 'zzz' }), Cloudflare.BadRequestError, 10027);
  await refused(() => lists.create({ account_id, kind: 'ip', name: 'CLIENTS' }), Cloudflare.BadRequestError, 19013);
  const stranger = new Cloudflare({ apiToken: 'wrong', baseURL: client.baseURL });
  await refused(() => stranger.rules.lists.get(list.id, { account_id }), Cloudflare.PermissionDeniedError, 10000);
});
await check('the other forms of the credential', async () => {
  const byKey = new Cloudflare({ apiToken: null, apiKey: process.env.TOKEN, apiEmail: 'root@localhost', baseURL: client.baseURL });
  assert.equal((await byKey.rules.lists.get(list.id, { account_id })).id, list.id);
  const byService = new Cloudflare({ apiToken: null, userServiceKey: process.env.TOKEN, baseURL: client.baseURL });
  assert.equal((await byService.rules.lists.get(list.id, { account_id })).id, list.id);
});
await check('empty and delete the list', async () => {
  await completed(await lists.items.update(list.id, { account_id, body: [] }));
  assert.deepEqual(await all(list.id), []);
  assert.deepEqual(await lists.delete(list.id, { account_id }), { id: list.id });
  await refused(() => lists.get(list.id, { account_id }), Cloudflare.NotFoundError, 19001);
});
console.log(`${checks} checks passed`);
