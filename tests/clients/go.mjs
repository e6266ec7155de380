// What cloudflare-go sends, v0.116.0 and v6.6.0, as recorded, and what their types take.
import assert from 'node:assert/strict';
import { RecordedClient, check, end, goJson, item, items, keyOf, kinds, newAccount, sameSet, sent, token, unknownId } from './wire.mjs';

const v0 = (account, credential = { Authorization: `Bearer ${token}` }) => new RecordedClient({
  account, json: goJson, typeAlways: true, retries: 3, retryOf: (status) => status === 429 || status >= 500,
  headers: { 'User-Agent': 'cloudflare-go/v0.116.0', 'Accept-Encoding': 'gzip', ...credential },
});
const v6 = (account) => new RecordedClient({
  account, json: goJson, retries: 10, countRetries: true,
  headers: {
    'User-Agent': 'Cloudflare/Go 6.6.0', Accept: 'application/json', 'Accept-Encoding': 'gzip', 'X-Stainless-Lang': 'go', 'X-Stainless-Package-Version': '6.6.0',
    'X-Stainless-OS': 'Linux', 'X-Stainless-Arch': 'x64', 'X-Stainless-Runtime': 'go', 'X-Stainless-Runtime-Version': 'go1.24.1', 'X-Stainless-Timeout': '0',
    Authorization: `Bearer ${token}`,
  },
});

// encoding/json into the types of v0: a wrong type is an error, an unknown member is dropped, null is the zero value.
const is = {
  string: (v) => typeof v === 'string',
  bool: (v) => typeof v === 'boolean',
  int: (v) => Number.isSafeInteger(v),
  uint32: (v) => Number.isInteger(v) && v >= 0 && v <= 4294967295,
  time: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(v) && !Number.isNaN(Date.parse(v)),
};
const decode = (type, value, where = '') => {
  if (value === null || value === undefined) return value;
  if (typeof type === 'string') {
    assert.ok(is[type](value), `${where} = ${JSON.stringify(value)} does not decode into ${type}`);
    return value;
  }
  if (Array.isArray(type)) {
    assert.ok(Array.isArray(value), `${where} is no array`);
    return value.map((each, i) => decode(type[0], each, `${where}[${i}]`));
  }
  assert.ok(typeof value === 'object' && !Array.isArray(value), `${where} is no object`);
  return Object.fromEntries(Object.entries(type).filter(([name]) => name in value).map(([name, each]) => [name, decode(each, value[name], `${where}.${name}`)]));
};
const List = {
  id: 'string', name: 'string', description: 'string', kind: 'string', num_items: 'int', num_referencing_filters: 'int', created_on: 'time', modified_on: 'time',
};
const Item = {
  id: 'string', ip: 'string', asn: 'uint32', comment: 'string', created_on: 'time', modified_on: 'time', hostname: { url_hostname: 'string' },
  redirect: {
    source_url: 'string', target_url: 'string', status_code: 'int', include_subdomains: 'bool', preserve_query_string: 'bool', subpath_matching: 'bool', preserve_path_suffix: 'bool',
  },
};
const Operation = { id: 'string', status: 'string', error: 'string', completed: 'time' };
const pauses = [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128];

// Comment is always there, unset members are left out; the flag of wildcards is unknown to it.
const goItem = (kind, n, comment = '') => {
  const one = { ...item(kind, n), comment };
  return kind === 'hostname' ? { ...one, hostname: { url_hostname: one.hostname.url_hostname } } : one;
};
const goItems = (kind, from, count) => Array.from({ length: count }, (_, i) => goItem(kind, from + i));

class Go0 {
  constructor(client) { this.client = client; this.lists = client.lists; }
  createList = async (params) => decode(List, await this.client.ok('POST', this.lists, { name: params.name, description: params.description ?? '', kind: params.kind }));
  updateList = async (id, description) => decode(List, await this.client.ok('PUT', `${this.lists}/${id}`, { description }));
  getList = async (id) => decode(List, await this.client.ok('GET', `${this.lists}/${id}`));
  listLists = async () => decode([List], await this.client.ok('GET', this.lists));
  deleteList = async (id) => decode({ id: 'string' }, await this.client.ok('DELETE', `${this.lists}/${id}`));
  listItems = async (id, query = '') => decode([Item], await this.client.all(id, query));
  getItem = async (list, id) => decode(Item, await this.client.ok('GET', `${this.lists}/${list}/items/${id}`));
  write = async (method, id, body) => {
    const { operation_id } = decode({ operation_id: 'string' }, await this.client.ok(method, `${this.lists}/${id}/items`, body));
    const ended = decode(Operation, await this.client.poll(operation_id, pauses, pauses.length));
    assert.ok(is.time(ended.completed));
    if (ended.status === 'failed') throw new Error(ended.error);
    return this.listItems(id);
  };
}

for (const kind of kinds) {
  const go = new Go0(v0(newAccount('go0')));
  let list;
  await check(`v0 ${kind}: lists decode`, async () => {
    list = (await go.createList({ name: `go_${kind}`, kind })).id;
    assert.equal((await go.getList(list)).description, undefined);
    assert.equal((await go.updateList(list, 'a & b <c>')).description, 'a & b <c>');
    assert.deepEqual((await go.listLists()).map((one) => one.id), [list]);
  });
  await check(`v0 ${kind}: each write is followed by all items at the default page size`, async () => {
    sameSet(kind, await go.write('POST', list, goItems(kind, 0, 60)), goItems(kind, 0, 60));
    sameSet(kind, await go.write('POST', list, [goItem(kind, 3, 'changed')]), [...goItems(kind, 0, 3), goItem(kind, 3, 'changed'), ...goItems(kind, 4, 56)]);
    const kept = await go.write('PUT', list, goItems(kind, 50, 20));
    sameSet(kind, kept, goItems(kind, 50, 20));
    const left = await go.write('DELETE', list, { items: kept.slice(0, 8).map(({ id }) => ({ id })) });
    assert.deepEqual(left, kept.slice(8));
    assert.deepEqual(await go.getItem(list, left[3].id), left[3]);
    assert.equal((await go.getList(list)).num_items, 12);
    assert.deepEqual(await go.write('PUT', list, []), []);
    assert.deepEqual(await go.write('POST', list, []), []);
  });
  await check(`v0 ${kind}: errors are JSON with a RayID, and nothing is tried in vain`, async () => {
    const gone = await go.client.refused('GET', `${go.lists}/${unknownId}`, undefined, 404, 19001);
    assert.match(gone.json.errors.map(({ message }) => message).join(', '), /could not find list/);
    assert.match(gone.headers['cf-ray'], /\S/);
    const bad = await go.client.refused('POST', `${go.lists}/${list}/items`, [{ comment: '' }], 400, 10028);
    assert.equal(bad.attempts, 1);
    await go.deleteList(list);
  });
  go.client.close();
}
await check('v0: key and e-mail, service key, and a credential that is none', async () => {
  const account = newAccount('go0');
  for (const credential of [{ 'X-Auth-Key': token, 'X-Auth-Email': 'root@localhost' }, { 'X-Auth-User-Service-Key': token }]) {
    const client = v0(account, credential);
    assert.deepEqual(await client.ok('GET', client.lists), []);
    client.close();
  }
  const none = v0(account, {});
  await none.refused('GET', none.lists, undefined, 400, 9106);
  none.close();
});
await check('v0: a failed operation surfaces its text', async () => {
  // Writes that wait when their list is deleted fail: enough of them that some do.
  const go = new Go0(v0(newAccount('go0')));
  const { id } = await go.createList({ name: 'doomed', kind: 'ip' });
  const large = Array.from({ length: 30_000 }, (_, n) => ({ ip: `11.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, comment: '' }));
  await go.client.ok('PUT', `${go.lists}/${id}/items`, large);
  const waiting = [];
  for (let n = 0; n < 5; n += 1) waiting.push((await go.client.ok('POST', `${go.lists}/${id}/items`, [goItem('ip', n)])).operation_id);
  await go.deleteList(id);
  const ended = decode(Operation, await go.client.poll(waiting.at(-1), pauses, pauses.length));
  assert.equal(ended.status, 'failed');
  assert.match(ended.error, /could not find list/);
  go.client.close();
});
for (const kind of kinds) {
  await check(`v6 ${kind}: the whole life of a list`, async () => {
    const client = v6(newAccount('go6'));
    const { lists } = client;
    const wait = async ({ operation_id }) => assert.equal((await client.poll(operation_id, [0, 1, 2, 4, 8, 16, 30])).status, 'completed');
    const list = (await client.ok('POST', lists, { kind, name: `go6_${kind}` })).id;
    await client.ok('PUT', `${lists}/${list}`, { description: 'by v6' });
    await wait(await client.ok('POST', `${lists}/${list}/items`, items(kind, 0, 60)));
    const found = await client.all(list);
    sameSet(kind, found, items(kind, 0, 60));
    sameSet(kind, await client.all(list, 'per_page=31&search='), items(kind, 0, 60));
    const [one] = found;
    // The union of items is decoded by best match: the one kind member that is there decides.
    assert.deepEqual(Object.keys(sent(one)).filter((name) => name !== 'comment'), [kind]);
    assert.ok((await client.all(list, `search=${encodeURIComponent(keyOf(kind, one))}`)).some(({ id }) => id === one.id));
    assert.deepEqual(await client.ok('GET', `${lists}/${list}/items/${one.id}`), one);
    await wait(await client.ok('PUT', `${lists}/${list}/items`, items(kind, 10, 5)));
    await wait(await client.ok('DELETE', `${lists}/${list}/items`, { items: (await client.all(list)).slice(0, 2).map(({ id }) => ({ id })) }));
    assert.equal((await client.all(list)).length, 3);
    assert.deepEqual(await client.ok('DELETE', `${lists}/${list}`), { id: list });
    assert.equal((await client.refused('GET', `${lists}/${list}`, undefined, 404, 19001)).attempts, 1);
    client.close();
  });
}
end();
