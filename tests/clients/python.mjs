// What cloudflare-python 4.3.1 sends, as recorded: its headers, its JSON, its retries, and a delete without a body.
import assert from 'node:assert/strict';
import { RecordedClient, check, end, item, items, keyOf, kinds, newAccount, pythonJson, sameSet, sent, token, unknownId } from './wire.mjs';

const headers = {
  Accept: 'application/json', 'Accept-Encoding': 'gzip, deflate', Connection: 'keep-alive', 'User-Agent': 'Cloudflare/Python 4.3.1',
  'X-Stainless-Lang': 'python', 'X-Stainless-Package-Version': '4.3.1', 'X-Stainless-OS': 'Linux', 'X-Stainless-Arch': 'x64',
  'X-Stainless-Runtime': 'CPython', 'X-Stainless-Runtime-Version': '3.11.2', 'X-Stainless-Async': 'false', 'X-Stainless-Read-Timeout': '60',
  Authorization: `Bearer ${token}`,
};
const client = new RecordedClient({ account: newAccount('py'), headers, json: pythonJson, typeAlways: true, retries: 2, countRetries: true });
const { lists } = client;

// What a user's loop around bulk_operations.get does.
const wait = async ({ operation_id }) => {
  const ended = await client.poll(operation_id, [1]);
  assert.equal(ended.status, 'completed', JSON.stringify(ended));
};
// items.list of this client fetches one page and no more.
const page = (list, query = '') => client.ok('GET', `${lists}/${list}/items${query}`);

for (const kind of kinds) {
  let list;
  await check(`${kind}: create, get, index, update`, async () => {
    const created = await client.ok('POST', lists, { kind, name: `py_${kind}`, description: 'à la "carte"' });
    list = created.id;
    assert.equal(created.description, 'à la "carte"');
    assert.deepEqual(await client.ok('GET', `${lists}/${list}`), created);
    assert.ok((await client.ok('GET', lists)).some(({ id }) => id === list));
    assert.equal((await client.ok('PUT', `${lists}/${list}`, { description: 'new' })).description, 'new');
    assert.equal((await client.ok('PUT', `${lists}/${list}`, {})).description, 'new');
  });
  await check(`${kind}: items.create, one page of 25 by default`, async () => {
    await wait(await client.ok('POST', `${lists}/${list}/items`, items(kind, 0, 60)));
    assert.equal((await page(list)).length, 25);
    const found = await page(list, '?per_page=100');
    sameSet(kind, found, items(kind, 0, 60));
    const one = found[17];
    assert.deepEqual(await client.ok('GET', `${lists}/${list}/items/${one.id}`), one);
    assert.ok((await page(list, `?search=${encodeURIComponent(keyOf(kind, one))}`)).some(({ id }) => id === one.id));
    assert.equal((await client.ok('GET', `${lists}/${list}`)).num_items, 60);
  });
  await check(`${kind}: items.update with a comment in other scripts`, async () => {
    const comment = 'Grüße, \u{1F600}, "x" \\ <b>';
    await wait(await client.ok('PUT', `${lists}/${list}/items`, [item(kind, 5, comment), item(kind, 6, '')]));
    const found = await page(list);
    sameSet(kind, found, [item(kind, 5, comment), item(kind, 6, '')]);
  });
  await check(`${kind}: items.delete has no body unless it is given one`, async () => {
    const bare = await client.refused('DELETE', `${lists}/${list}/items`, undefined, 400, 10026);
    assert.match(bare.json.errors[0].message, /"items"\s*:\s*\[\s*\{\s*"id"/);
    assert.equal(bare.attempts, 1);
    const [first, second] = await page(list);
    await wait(await client.ok('DELETE', `${lists}/${list}/items`, { items: [{ id: first.id }] }));
    assert.deepEqual((await page(list)).map(sent), [sent(second)]);
  });
  await check(`${kind}: a decode fault, a value fault and a wrong wrapper are told once`, async () => {
    for (const [body, code] of [[[{ ...item(kind, 1), x: 1 }], 10026], [[{ comment: 'x' }], 10028], [{ items: [item(kind, 1)] }, 10026]]) {
      assert.equal((await client.refused('POST', `${lists}/${list}/items`, body, 400, code)).attempts, 1);
    }
  });
  await check(`${kind}: delete`, async () => {
    assert.deepEqual(await client.ok('DELETE', `${lists}/${list}`), { id: list });
    await client.refused('GET', `${lists}/${list}`, undefined, 404, 19001);
  });
}
await check('a retry says so and is a request like any other', async () => {
  const again = new RecordedClient({ account: client.account, headers: { ...headers, 'X-Stainless-Retry-Count': '2' }, json: pythonJson, typeAlways: true });
  const list = (await again.ok('POST', lists, { kind: 'ip', name: 'retried' })).id;
  for (let i = 0; i < 3; i += 1) await wait(await again.ok('PUT', `${lists}/${list}/items`, items('ip', 0, 3)));
  assert.equal((await again.ok('GET', `${lists}/${list}`)).num_items, 3);
  assert.equal((await client.refused('GET', `${lists}/${unknownId}`, undefined, 404, 19001)).attempts, 1);
  assert.equal((await client.refused('POST', lists, { kind: 'ip', name: 'Retried' }, 400, 19013)).attempts, 1);
  again.close();
});
client.close();
end();
