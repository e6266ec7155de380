// What the two generations of the Terraform provider send, as recorded, with their own comparisons: what they would show as drift, or
// give up at, ends the run. The older one speaks https only: BASE_URL_HTTPS says where, CA_FILE names the certificate to trust.
import assert from 'node:assert/strict';
import { RecordedClient, check, end, goJson, item, keyOf, kinds, newAccount, sent, token } from './wire.mjs';

const v5 = (account) => new RecordedClient({
  account, json: goJson, retries: 10, countRetries: true,
  headers: {
    'User-Agent': 'terraform-provider-cloudflare/5.22.0 terraform-plugin-framework/1.16.1 terraform/1.13.4', Accept: 'application/json', 'Accept-Encoding': 'gzip',
    'X-Stainless-Lang': 'Terraform', 'X-Stainless-Package-Version': '5.22.0', 'X-Stainless-OS': 'Linux', 'X-Stainless-Arch': 'x64', 'X-Stainless-Runtime': 'terraform-plugin-framework',
    'X-Stainless-Runtime-Version': '1.16.1', 'X-Stainless-Timeout': '0', Authorization: `Bearer ${token}`,
  },
});
const pauses = [0, 1, 2, 4, 8, 16, 30];
const withoutNulls = (value) => (value === null || typeof value !== 'object' ? value : Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null).map(([name, each]) => [name, withoutNulls(each)])));
const canonical = (value) => JSON.stringify(value, (_, each) => (each !== null && typeof each === 'object' && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort()) : each));
// A set of objects: equal when each member of each element is, unset being unlike false, 0 and "".
const asSet = (items) => items.map((each) => canonical(withoutNulls(each))).sort();

// resource "cloudflare_list"
class List5 {
  constructor(client, config) { this.client = client; this.config = config; }
  get path() { return `${this.client.lists}/${this.id}`; }

  async create() {
    const { name, kind, description, items } = this.config;
    const made = await this.client.ok('POST', this.client.lists, { kind, name, description: description ?? '' });
    this.id = made.id;
    assert.ok(!('description' in made) || made.description === description, 'a description of "" comes back: endless drift');
    if (items) await this.#replace(items);
    await this.planIsEmpty();
  }

  async update(config) {
    const isChanged = canonical(asSet(config.items ?? [])) !== canonical(asSet(this.config.items ?? []));
    this.config = config;
    await this.client.ok('PUT', this.path, { description: config.description ?? '' });
    if (isChanged) await this.#replace(config.items ?? []);
    await this.planIsEmpty();
  }

  // Read, then the comparison that a plan makes.
  async planIsEmpty() {
    const list = await this.client.ok('GET', this.path);
    const { name, kind, description, items } = this.config;
    assert.deepEqual([list.name, list.kind, list.description], [name, kind, description]);
    const found = await this.client.all(this.id, 'per_page=500&search=');
    assert.equal(list.num_items, found.length);
    assert.deepEqual(asSet(found.map(sent)), asSet(items ?? []));
    assert.equal(new Set(found.map(({ id }) => id)).size, found.length);
    return found;
  }

  async isGone() {
    const { status } = await this.client.send('GET', this.path);
    assert.ok(status === 404 || status === 200);
    return status === 404;
  }

  async destroy() { await this.client.ok('DELETE', this.path); }

  async #replace(items) {
    const { operation_id } = await this.client.ok('PUT', `${this.path}/items`, items.map(withoutNulls));
    const ended = await this.client.poll(operation_id, pauses);
    assert.equal(ended.status, 'completed', JSON.stringify(ended));
  }
}

// resource "cloudflare_list_item"
class Item5 {
  constructor(client, list, kind, config) { Object.assign(this, { client, list, kind, config }); }
  get path() { return `${this.client.lists}/${this.list}/items`; }

  async create() {
    const { operation_id } = await this.client.ok('POST', this.path, [withoutNulls(this.config)]);
    const ended = await this.client.poll(operation_id, pauses);
    assert.equal(ended.status, 'completed', JSON.stringify(ended));
    const found = (await this.client.all(this.list, `search=${encodeURIComponent(keyOf(this.kind, this.config))}`)).filter((each) => this.#isThis(each));
    assert.equal(found.length, 1, `${canonical(this.config)} is found ${found.length} times`);
    this.id = found[0].id;
    await this.planIsEmpty();
  }

  async planIsEmpty() {
    const found = await this.client.ok('GET', `${this.path}/${this.id}`);
    assert.deepEqual(asSet([sent(found)]), asSet([this.config]));
  }

  // Without polling.
  async destroy() { await this.client.ok('DELETE', this.path, { items: [{ id: this.id }] }); }

  async replace(config) {
    await this.destroy();
    this.config = config;
    await this.create();
  }

  #isThis(found) {
    if (keyOf(this.kind, found) !== keyOf(this.kind, this.config)) return false;
    if (this.kind !== 'redirect') return true;
    const { redirect: a } = found;
    const { redirect: b } = this.config;
    return a.source_url === b.source_url && a.target_url === b.target_url && (a.status_code ?? 0) === (b.status_code ?? 0)
      && ['include_subdomains', 'subpath_matching', 'preserve_query_string', 'preserve_path_suffix'].every((name) => (a[name] ?? false) === (b[name] ?? false));
  }
}

const some = (kind, from, count) => Array.from({ length: count }, (_, i) => ({ comment: null, ...item(kind, from + i) }));

for (const kind of kinds) {
  for (const description of [undefined, `of ${kind}, <with> "signs" & so on`]) {
    await check(`v5 cloudflare_list ${kind} ${description ? 'with' : 'without'} description: apply, plan, change, plan, destroy`, async () => {
      const client = v5(newAccount('tf5'));
      const config = { name: `tf_${kind}`, kind, description, items: some(kind, 0, 40) };
      const list = new List5(client, config);
      await list.create();
      const before = await list.planIsEmpty();
      await list.update({ ...config, items: [...some(kind, 0, 30), ...some(kind, 30, 10).map((each) => ({ ...each, comment: 'changed' }))] });
      assert.deepEqual((await list.planIsEmpty()).map(({ id }) => id).sort(), before.map(({ id }) => id).sort());
      await list.update({ ...config, description: 'another', items: some(kind, 20, 35) });
      await list.update({ ...config, items: [] });
      await list.update({ ...config, items: some(kind, 0, 3) });
      await client.ok('DELETE', list.path);
      assert.ok(await list.isGone());
      await list.create();
      await list.destroy();
      assert.ok(await list.isGone());
      client.close();
    });
  }
  await check(`v5 cloudflare_list ${kind} of more than two pages of 500`, async () => {
    const client = v5(newAccount('tf5'));
    const list = new List5(client, { name: `tf_large_${kind}`, kind, items: some(kind, 0, 1_100) });
    await list.create();
    await list.update({ ...list.config, items: some(kind, 50, 1_100) });
    await list.destroy();
    client.close();
  });
  await check(`v5 cloudflare_list ${kind} without items, then 30 cloudflare_list_item in parallel, and all of them replaced`, async () => {
    const client = v5(newAccount('tf5'));
    const list = new List5(client, { name: `tf_items_${kind}`, kind });
    await list.create();
    const items = some(kind, 0, 30).map((config) => new Item5(client, list.id, kind, config));
    await Promise.all(items.map((each) => each.create()));
    await Promise.all(items.map((each) => each.planIsEmpty()));
    assert.equal(new Set(items.map(({ id }) => id)).size, 30);
    const old = items.map(({ id }) => id);
    await Promise.all(items.map((each, n) => each.replace({ ...item(kind, n), comment: `again ${n}` })));
    assert.equal(new Set([...old, ...items.map(({ id }) => id)]).size, 60, 'a deleted and added item has a new id');
    list.config = { ...list.config, items: items.map(({ config }) => config) };
    await list.planIsEmpty();
    await Promise.all(items.map((each) => each.destroy()));
    await list.destroy();
    client.close();
  });
}
if (kinds.includes('redirect')) {
  await check('v5 redirects that set only source and target come back with just these', async () => {
    const client = v5(newAccount('tf5'));
    const items = Array.from({ length: 12 }, (_, n) => ({ redirect: { source_url: `shop.example.com/${n}`, target_url: `https://example.org/${n}` } }));
    const list = new List5(client, { name: 'bare', kind: 'redirect', items });
    await list.create();
    for (const found of await list.planIsEmpty()) {
      assert.deepEqual(Object.keys(found.redirect).sort(), ['source_url', 'target_url']);
    }
    const single = new Item5(client, list.id, 'redirect', { comment: null, redirect: { source_url: 'shop.example.com/single', target_url: 'https://example.org/', status_code: null } });
    await single.create();
    await list.destroy();
    client.close();
  });
}

// The older generation, on cloudflare-go v0.
const { BASE_URL_HTTPS, CA_FILE } = process.env;
const v4 = (account) => new RecordedClient({
  account, json: goJson, typeAlways: true, retries: 3, retryOf: (status) => status === 429 || status >= 500, base: BASE_URL_HTTPS || process.env.BASE_URL, ca: CA_FILE,
  headers: {
    'User-Agent': 'terraform/1.5.7 terraform-plugin-sdk/2.34.0 terraform-provider-cloudflare/4.52.8', 'Accept-Encoding': 'gzip', Authorization: `Bearer ${token}`,
  },
});
const schedule = [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128];
const flags = ['include_subdomains', 'subpath_matching', 'preserve_query_string', 'preserve_path_suffix'];

// A block of configuration: flags are words, unset texts are empty, an unset number is 0; wildcards have no flag.
const block = (kind, n, comment = '') => {
  const { redirect, hostname, ...rest } = item(kind, n, comment);
  const words = (each) => flags.reduce((all, name) => ({ ...all, [name]: { true: 'enabled', false: 'disabled', undefined: '' }[each[name]] }), {});
  return {
    ...rest,
    ...(redirect ? { redirect: { source_url: redirect.source_url, target_url: redirect.target_url, status_code: redirect.status_code ?? 0, ...words(redirect) } } : {}),
    ...(hostname ? { hostname: { url_hostname: hostname.url_hostname } } : {}),
  };
};
const fromBlock = ({ redirect, ...rest }) => {
  if (!redirect) return rest;
  const { source_url, target_url, status_code } = redirect;
  const set = flags.filter((name) => redirect[name] !== '').map((name) => [name, redirect[name] === 'enabled']);
  return { ...rest, redirect: { source_url, target_url, ...(status_code ? { status_code } : {}), ...Object.fromEntries(set) } };
};
const toBlock = (found) => {
  const { redirect, hostname, ip, asn, comment } = found;
  const word = (value) => ({ true: 'enabled', false: 'disabled', undefined: '' }[value]);
  return {
    ...(ip === undefined ? {} : { ip }), ...(asn === undefined ? {} : { asn }), comment: comment ?? '',
    ...(hostname ? { hostname: { url_hostname: hostname.url_hostname } } : {}),
    ...(redirect ? {
      redirect: { source_url: redirect.source_url, target_url: redirect.target_url, status_code: redirect.status_code ?? 0, ...Object.fromEntries(flags.map((name) => [name, word(redirect[name])])) },
    } : {}),
  };
};

class List4 {
  constructor(client, config) { this.client = client; this.config = config; }
  get path() { return `${this.client.lists}/${this.id}`; }

  async apply() {
    const { name, kind, description, items } = this.config;
    if (!this.id) {
      this.id = (await this.client.ok('POST', this.client.lists, { name, description, kind })).id;
      if (items.length > 0) await this.write('POST', items.map(fromBlock));
    } else {
      await this.client.ok('PUT', this.path, { description });
      await this.write('PUT', items.map(fromBlock));
    }
    assert.equal(await this.plan(), 'empty');
  }

  async write(method, body) {
    const { operation_id } = await this.client.ok(method, `${this.path}/items`, body);
    const ended = await this.client.poll(operation_id, schedule, schedule.length);
    assert.equal(ended.status, 'completed', ended.error);
    return this.client.all(this.id);
  }

  async plan() {
    const answer = await this.client.send('GET', this.path);
    if (answer.status !== 200) {
      const text = answer.json.errors.map(({ message }) => message).join(', ');
      assert.ok(text.includes('could not find list'), text);
      this.id = undefined;
      return 'create';
    }
    const { name, kind, description, items } = this.config;
    assert.deepEqual([answer.result.name, answer.result.kind, answer.result.description ?? ''], [name, kind, description]);
    assert.deepEqual(asSet((await this.client.all(this.id)).map(toBlock)), asSet(items));
    return 'empty';
  }
}

class Item4 {
  constructor(client, list, kind, config) { Object.assign(this, { client, list, kind, config }); }

  // The same call makes an item and changes it; its id is taken from a search.
  async apply() {
    assert.equal((await this.client.ok('GET', this.list.path)).kind, this.kind);
    await this.list.write('POST', [fromBlock(this.config)]);
    const value = keyOf(this.kind, this.config);
    let found = [];
    for (let attempt = 0; attempt < 4 && found.length === 0; attempt += 1) {
      found = await this.client.all(this.list.id, `search=${encodeURIComponent(value)}`);
      assert.notEqual(found.length, 0, `completed, and ${value} is not found`);
    }
    const hit = found.length === 1 ? found[0] : found.find((each) => keyOf(this.kind, each) === value);
    assert.ok(hit, value);
    this.id = hit.id;
    assert.deepEqual(toBlock(await this.client.ok('GET', `${this.list.path}/items/${this.id}`)), this.config);
  }

  async destroy() { await this.list.write('DELETE', { items: [{ id: this.id }] }); }
}

for (const kind of kinds) {
  const client = v4(newAccount('tf4'));
  const list = new List4(client, { name: `tf4_${kind}`, kind, description: '', items: Array.from({ length: 28 }, (_, n) => block(kind, n)) });
  await check(`v4 cloudflare_list ${kind} with blocks: apply, plan, change, plan`, async () => {
    await list.apply();
    list.config = { ...list.config, description: 'now with one', items: list.config.items.slice(5).map((each) => ({ ...each, comment: 'changed' })) };
    await list.apply();
  });
  await check(`v4 cloudflare_list ${kind} deleted by hand: the next plan makes it again`, async () => {
    await client.ok('DELETE', list.path);
    assert.equal(await list.plan(), 'create');
    await list.apply();
    list.config = { ...list.config, items: [] };
    await list.apply();
  });
  await check(`v4 cloudflare_list_item ${kind}: make, change in place, remove`, async () => {
    // This resource sends a status code always: it sets one.
    const single = (n, comment) => {
      const one = block(kind, n, comment);
      return one.redirect ? { ...one, redirect: { ...one.redirect, status_code: one.redirect.status_code || 301 } } : one;
    };
    const items = Array.from({ length: 6 }, (_, n) => new Item4(client, list, kind, single(n + 1)));
    for (const each of items) await each.apply();
    const ids = items.map(({ id }) => id);
    items.forEach((each, n) => { each.config = single(n + 1, 'changed'); });
    await Promise.all(items.map((each) => each.apply()));
    assert.deepEqual(items.map(({ id }) => id), ids);
    for (const each of items) await each.destroy();
    assert.equal(await list.plan(), 'empty');
    await client.ok('DELETE', list.path);
  });
  client.close();
}
end();
