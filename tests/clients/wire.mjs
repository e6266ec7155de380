// What the clients' files share: requests as a recorded client sends them, every answer judged, and some items of each kind.
// BASE_URL and TOKEN say where, KINDS narrows to some kinds; the first wrong thing ends the run and is named.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import zlib from 'node:zlib';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { judge } from './schemas.mjs';

export const token = process.env.TOKEN;
export const kinds = (process.env.KINDS ?? 'ip,hostname,asn,redirect').split(',');
export const unknownId = '0'.repeat(32);
export const newAccount = (client) => `${client}${process.pid}${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

let checks = 0;
export const check = async (name, run) => {
  try {
    await run();
  } catch (error) {
    console.log(`not ok ${checks + 1} ${name}`);
    throw error;
  }
  checks += 1;
  console.log(`ok ${checks} ${name}`);
};
export const end = () => console.log(`${checks} checks passed`);

// Bodies in the handwriting of each language.
export const javascriptJson = (value) => JSON.stringify(value);
export const goJson = (value) => JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
export const pythonJson = (value) => {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value).map(([name, each]) => `${pythonJson(name)}: ${pythonJson(each)}`).join(', ')}}`;
  }
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

// One recorded client: its headers, its handwriting, its retries. Waits are a hundredth of the recorded ones.
export class RecordedClient {
  constructor({
    account, headers, json = javascriptJson, base = process.env.BASE_URL, ca, typeAlways = false,
    retries = 0, retryOf = (status) => status === 408 || status === 409 || status === 429 || status >= 500, countRetries = false, judgeBy = judge,
  }) {
    this.account = account;
    this.lists = `/accounts/${account}/rules/lists`;
    this.options = { headers, json, base, typeAlways, retries, retryOf, countRetries, judgeBy };
    const secure = base.startsWith('https:');
    this.module = secure ? https : http;
    this.agent = new this.module.Agent({ keepAlive: true, maxSockets: 16, ...(secure && ca ? { ca: readFileSync(ca) } : {}) });
  }

  // Answers { status, headers, json, text, result, attempts }.
  async send(method, path, body) {
    const { headers, json, typeAlways, retries, retryOf, countRetries, judgeBy } = this.options;
    const bytes = body === undefined ? undefined : Buffer.from(json(body));
    for (let attempt = 0; ; attempt += 1) {
      const sent = { ...headers, ...(countRetries ? { 'X-Stainless-Retry-Count': String(attempt) } : {}) };
      if (bytes) sent['Content-Length'] = String(bytes.length);
      if (bytes || typeAlways) sent['Content-Type'] = 'application/json';
      const answer = await this.exchange(method, path, sent, bytes);
      answer.json = judgeBy(method, path.split('?')[0], answer.status, answer.headers, answer.text);
      answer.result = answer.json.result;
      answer.attempts = attempt + 1;
      if (attempt >= retries || !retryOf(answer.status) || answer.headers['x-should-retry'] === 'false') return answer;
      assert.ok(Number(answer.headers['retry-after']) < 60, `no usable Retry-After on ${answer.status} ${answer.text}`);
      await pause(Number(answer.headers['retry-after']) * 10);
    }
  }

  exchange(method, path, headers, bytes) {
    return new Promise((resolve, reject) => {
      const request = this.module.request(`${this.options.base}/client/v4${path}`, { method, headers, agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const raw = Buffer.concat(parts);
          const text = (response.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(raw) : raw).toString();
          resolve({ status: response.statusCode, headers: response.headers, text });
        });
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  async ok(method, path, body) {
    const answer = await this.send(method, path, body);
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
    return answer.result;
  }

  async refused(method, path, body, status, code) {
    const answer = await this.send(method, path, body);
    assert.deepEqual([answer.status, answer.json.errors[0].code], [status, code], `${method} ${path}: ${answer.text}`);
    return answer;
  }

  // Polls with the recorded pauses, shortened; answers the final operation, whatever it is.
  async poll(operation, seconds, most = Infinity) {
    const order = ['pending', 'running', 'completed', 'failed'];
    let last = 0;
    for (let i = 0; i < most; i += 1) {
      await pause(seconds[Math.min(i, seconds.length - 1)] * 10);
      const { status, result, text } = await this.send('GET', `${this.lists}/bulk_operations/${operation}`);
      assert.equal(status, 200, text);
      assert.equal(result.id, operation);
      const now = order.indexOf(result.status);
      assert.ok(now >= last, `the operation went back from ${order[last]} to ${result.status}`);
      last = now;
      if (now >= 2) return result;
    }
    assert.fail(`operation ${operation} had not ended after ${most} polls`);
  }

  // All items along one cursor chain, the query sent again with each cursor.
  async all(list, query = '') {
    const items = [];
    for (let cursor = ''; ;) {
      const joined = [query, cursor].filter(Boolean).join('&');
      const answer = await this.send('GET', `${this.lists}/${list}/items${joined ? `?${joined}` : ''}`);
      assert.equal(answer.status, 200, answer.text);
      items.push(...answer.result);
      const after = answer.json.result_info?.cursors?.after;
      if (!after) return items;
      assert.notEqual(answer.result.length, 0, 'an empty page in the middle');
      cursor = `cursor=${encodeURIComponent(after)}`;
    }
  }

  close() {
    this.agent.destroy();
  }
}

// Item number n of a kind, in canonical form: what is sent is what comes back.
export const item = (kind, n, comment = n % 2 ? `number ${n}` : undefined) => ({
  ...{
    ip: () => ({ ip: [`10.${(n >> 14) & 255}.${(n >> 6) & 255}.${(n & 63) * 4}`, `2001:db8:${(n + 1).toString(16)}::1`, `172.${16 + ((n >> 8) & 15)}.${n & 255}.0/24`][n % 3] }),
    hostname: () => ({
      hostname: n % 3 ? { url_hostname: `h${n}.example.com` } : { url_hostname: `*.h${n}.example.com`, exclude_exact_hostname: n % 2 === 0 },
    }),
    asn: () => ({ asn: 4200000000 + n }),
    redirect: () => ({
      redirect: [
        { source_url: `example.com/p${n}`, target_url: `https://example.net/t?x=${n}&y=<1>` },
        {
          source_url: `https://example.com/p${n}`, target_url: `https://user@example.net:8443/t${n}#part`, status_code: [301, 302, 307, 308][n % 4],
          include_subdomains: n % 2 === 0, subpath_matching: true, preserve_query_string: n % 4 === 0, preserve_path_suffix: false,
        },
        { source_url: `http://192.0.2.1/é${n}`, target_url: `magnet:?xt=urn:${n}`, include_subdomains: false, preserve_query_string: false },
      ][n % 3],
    }),
  }[kind](),
  ...(comment === undefined ? {} : { comment }),
});

export const items = (kind, from, count) => Array.from({ length: count }, (_, i) => item(kind, from + i));

// The text by which an item is searched and told from others.
export const keyOf = (kind, { ip, hostname, asn, redirect }) => ({ ip, hostname: hostname?.url_hostname, asn: String(asn), redirect: redirect?.source_url }[kind]);

export const sent = ({ id, created_on, modified_on, ...rest }) => rest;

// Two lists of items as sets, every member compared.
export const sameSet = (kind, found, wanted) => {
  const sorted = (list) => list.map(sent).sort((a, b) => (keyOf(kind, a) < keyOf(kind, b) ? -1 : 1));
  assert.deepEqual(sorted(found), sorted(wanted));
};

export { pause };
