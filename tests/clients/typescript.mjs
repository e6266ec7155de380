// The vendor's own TypeScript client, unchanged, over every method and every kind; each answer it gets is judged on the way.
import assert from 'node:assert/strict';
import Cloudflare from 'cloudflare';
import { judge } from './schemas.mjs';
import { check, end, item, items, keyOf, kinds, newAccount, sameSet, sent, token, unknownId } from './wire.mjs';

const account_id = newAccount('ts');
const baseURL = `${process.env.BASE_URL}/client/v4`;
const requests = [];
const judged = async (url, init) => {
  const response = await globalThis.fetch(url, init);
  const text = await response.clone().text();
  const { pathname } = new URL(url);
  requests.push(`${init.method} ${pathname}`);
  judge(init.method.toUpperCase(), pathname.slice('/client/v4'.length), response.status, Object.fromEntries(response.headers), text);
  return response;
};
const options = { baseURL, fetch: judged };
const client = new Cloudflare({ ...options, apiToken: token });
const lists = client.rules.lists;

const completed = async (accepted) => {
  assert.match(accepted.operation_id, /^[0-9a-f]{32}$/);
  for (;;) {
    const operation = await lists.bulkOperations.get(accepted.operation_id, { account_id });
    assert.ok(['pending', 'running', 'completed'].includes(operation.status), JSON.stringify(operation));
    if (operation.status === 'completed') return;
  }
};

const all = async (list, query = {}) => {
  const found = [];
  for await (const one of lists.items.list(list, { account_id, ...query })) found.push(one);
  return found;
};

const refused = async (run, kind, code) => {
  const before = requests.length;
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.errors[0].code, code, error.message);
    return true;
  });
  assert.equal(requests.length, before + 1, 'the client tried in vain again');
};

// The order of section 5.2 for the items of `item`, by bytes.
const inOrder = (kind, list) => {
  const bytes = (one) => Buffer.from(keyOf(kind, one));
  const number = (one) => keyOf(kind, one).split(/[./]/).map(Number);
  const compare = {
    ip: (a, b) => {
      const six = keyOf(kind, a).includes(':') - keyOf(kind, b).includes(':');
      if (six !== 0) return six;
      if (keyOf(kind, a).includes(':')) return parseInt(keyOf(kind, a).split(':')[2], 16) - parseInt(keyOf(kind, b).split(':')[2], 16);
      const [x, y] = [number(a), number(b)];
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || x[3] - y[3];
    },
    asn: (a, b) => a.asn - b.asn,
    hostname: (a, b) => Buffer.compare(bytes(a), bytes(b)),
    redirect: (a, b) => Buffer.compare(bytes(a), bytes(b)),
  };
  return [...list].sort(compare[kind]);
};

const made = {};
for (const kind of kinds) {
  let list;
  const sixty = items(kind, 0, 60);
  await check(`${kind}: create, get, update`, async () => {
    list = await lists.create({ account_id, kind, name: `all_${kind}`, description: `of ${kind}` });
    made[kind] = list.id;
    assert.deepEqual([list.num_items, list.num_referencing_filters, list.kind], [0, 0, kind]);
    assert.equal(list.created_on, list.modified_on);
    assert.deepEqual(await lists.get(list.id, { account_id }), list);
    assert.equal((await lists.update(list.id, { account_id, description: 'new' })).description, 'new');
    assert.equal((await lists.update(list.id, { account_id })).description, 'new');
    assert.equal((await lists.update(list.id, { account_id, description: '' })).description, undefined);
  });
  await check(`${kind}: 60 items appended are read at every page size, in order, by page and by iteration`, async () => {
    await completed(await lists.items.create(list.id, { account_id, body: [...sixty].reverse() }));
    const wanted = inOrder(kind, sixty);
    for (const per_page of [undefined, 1, 7, 59, 60, 500]) {
      assert.deepEqual((await all(list.id, per_page ? { per_page } : {})).map(sent), wanted);
    }
    let page = await lists.items.list(list.id, { account_id });
    const pages = [page.result.length];
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      pages.push(page.result.length);
    }
    assert.deepEqual(pages, [25, 25, 10]);
    const byPage = [];
    for await (const one of (await lists.items.list(list.id, { account_id, per_page: 50 })).iterPages()) byPage.push(one.result.length);
    assert.deepEqual(byPage, [50, 10]);
    assert.equal((await lists.get(list.id, { account_id })).num_items, 60);
  });
  await check(`${kind}: items stay themselves over a replace`, async () => {
    const before = new Map((await all(list.id)).map((one) => [keyOf(kind, one), one]));
    const forty = items(kind, 30, 40);
    await completed(await lists.items.update(list.id, { account_id, body: forty }));
    const after = await all(list.id, { per_page: 9 });
    sameSet(kind, after, forty);
    for (const one of after) {
      const old = before.get(keyOf(kind, one));
      if (old) assert.deepEqual(one, old);
    }
    assert.equal(after.filter((one) => before.has(keyOf(kind, one))).length, 30);
    assert.equal((await lists.get(list.id, { account_id })).num_items, 40);
  });
  await check(`${kind}: search and one item`, async () => {
    const [one] = (await all(list.id)).filter((each) => keyOf(kind, each) === keyOf(kind, item(kind, 42)));
    const found = await all(list.id, { search: keyOf(kind, one) });
    assert.ok(found.some(({ id }) => id === one.id), JSON.stringify(found));
    assert.deepEqual(await all(list.id, { search: 'nothing is called so' }), []);
    assert.equal((await all(list.id, { search: '' })).length, 40);
    assert.deepEqual(await lists.items.get(one.id, { account_id, list_id: list.id }), one);
  });
  await check(`${kind}: delete items`, async () => {
    const gone = (await all(list.id)).slice(0, 10).map(({ id }) => ({ id }));
    await completed(await lists.items.delete(list.id, { account_id, items: gone }));
    const left = await all(list.id);
    assert.equal(left.length, 30);
    assert.ok(!left.some(({ id }) => gone.some((g) => g.id === id)));
  });
  await check(`${kind}: refusals are the vendor's classes`, async () => {
    const bad = { ip: { ip: 'no address' }, hostname: { hostname: { url_hostname: 'a_b.com' } }, asn: { asn: 0 }, redirect: { redirect: { source_url: 'ftp://a.com/', target_url: 'https://b.com' } } }[kind];
    await refused(() => lists.items.create(list.id, { account_id, body: [bad] }), Cloudflare.BadRequestError, 10028);
    await refused(() => lists.items.update(list.id, { account_id, body: [{ ...item(kind, 1), nonsense: 1 }] }), Cloudflare.BadRequestError, 10026);
    await refused(() => lists.items.create(list.id, { account_id, body: [item(kind, 1), item(kind, 1)] }), Cloudflare.BadRequestError, 10028);
    await refused(() => lists.items.create(list.id, { account_id, body: [item(kind === 'ip' ? 'asn' : 'ip', 1)] }), Cloudflare.BadRequestError, 10028);
    await refused(() => lists.items.delete(list.id, { account_id }), Cloudflare.BadRequestError, 10026);
    await refused(() => lists.items.list(list.id, { account_id, cursor: 'zzz' }), Cloudflare.BadRequestError, 10027);
    await refused(() => lists.items.list(list.id, { account_id, per_page: 501 }), Cloudflare.BadRequestError, 10027);
    await refused(() => lists.items.get(unknownId, { account_id, list_id: list.id }), Cloudflare.NotFoundError, 19002);
    await refused(() => lists.create({ account_id, kind, name: `ALL_${kind}` }), Cloudflare.BadRequestError, 19013);
  });
}
await check('the index shows all lists in the order of their making', async () => {
  const found = [];
  for await (const one of lists.list({ account_id })) found.push(one);
  assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(Object.values(made)));
  const order = found.map(({ created_on }) => created_on);
  assert.deepEqual(order, [...order].sort());
});
await check('what is not there, and an id that is none', async () => {
  await refused(() => lists.get(unknownId, { account_id }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.get('a/b c', { account_id }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.get('bulk_operations', { account_id }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.bulkOperations.get(unknownId, { account_id }), Cloudflare.NotFoundError, 19003);
  await refused(() => lists.items.list(unknownId, { account_id }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.items.create(unknownId, { account_id, body: [] }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.update(unknownId, { account_id, description: 'x' }), Cloudflare.NotFoundError, 19001);
  await refused(() => lists.delete(unknownId, { account_id }), Cloudflare.NotFoundError, 19001);
});
await check('the other forms of the credential', async () => {
  const byKey = new Cloudflare({ ...options, apiToken: null, apiKey: token, apiEmail: 'root@localhost' });
  assert.equal((await byKey.rules.lists.get(made.ip, { account_id })).id, made.ip);
  const byService = new Cloudflare({ ...options, apiToken: null, userServiceKey: token });
  assert.equal((await byService.rules.lists.get(made.ip, { account_id })).id, made.ip);
  const stranger = new Cloudflare({ ...options, apiToken: 'wrong' });
  await refused(() => stranger.rules.lists.get(made.ip, { account_id }), Cloudflare.PermissionDeniedError, 10000);
  const other = new Cloudflare({ ...options, apiToken: null, apiKey: token, apiEmail: 'other@localhost' });
  await refused(() => other.rules.lists.get(made.ip, { account_id }), Cloudflare.PermissionDeniedError, 10000);
});
await check('empty and delete the lists', async () => {
  for (const kind of kinds) {
    await completed(await lists.items.create(made[kind], { account_id, body: [] }));
    await completed(await lists.items.update(made[kind], { account_id, body: [] }));
    assert.deepEqual(await all(made[kind]), []);
    assert.deepEqual(await lists.delete(made[kind], { account_id }), { id: made[kind] });
    await refused(() => lists.get(made[kind], { account_id }), Cloudflare.NotFoundError, 19001);
  }
});
end();
