// A SAYMON script in Node's own HTTP client, from login to clone. BASE_URL and TOKEN say where; the first wrong thing ends the run.
import assert from 'node:assert/strict';
import http from 'node:http';
import { check, end } from './wire.mjs';

const base = new URL(process.env.BASE_URL);
const token = process.env.TOKEN;
const basic = `Basic ${Buffer.from(`root:${token}`).toString('base64')}`;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const send = (method, path, body, headers = { Authorization: basic }) => new Promise((resolve, reject) => {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = http.request({
    hostname: base.hostname, port: base.port, method, path: `/node/api${path}`,
    headers: { ...headers, ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }) },
  }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => {
      const answer = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode, headers: response.headers, text: answer, json: answer ? JSON.parse(answer) : undefined });
    });
  });
  request.on('error', reject);
  request.end(text);
});
const good = async (...call) => {
  const answer = await send(...call);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(!(answer.json !== null && typeof answer.json === 'object' && 'code' in answer.json), answer.text);
  return answer;
};
// As scripts do it: ask until the body says so.
const finish = async (bulkId, spelling = 'bulk') => {
  for (;;) {
    const { text } = await good('GET', `/${spelling}/${bulkId}/status`);
    if (text === '{"finished":true}') return;
    assert.equal(text, '{"finished":false}');
  }
};

const mark = `js-${process.pid}-${Date.now().toString(36)}`;
let rack;
let cookie;

await check('a tree of objects', async () => {
  rack = (await good('POST', '/objects', { name: 'rack', owner_id: mark, discovery_id: mark })).json.id;
  for (const name of ['CPU', 'cpu', 'Memory']) await good('POST', '/objects', { name, owner_id: mark, parent_id: rack });
  const [first, second] = (await good('GET', `/objects/${rack}`)).json.child_ids;
  const link = (await good('POST', '/links', { source: first, target: second })).json;
  assert.deepEqual([link.source, link.target], [first, second]);
});

await check('a bulk over what a search finds', async () => {
  const { json } = await good('POST', '/bulk/objects', {
    search: { name: { $regex: '^CPU$', $options: 'i' }, parent_id: rack },
    bulk: [{ 'properties.createOrModify': { name: 'New Property', value: 'value', type_id: 1 } }, { modify: { weight: 2 } }],
  });
  assert.deepEqual(Object.keys(json), ['bulkId', 'finished']);
  assert.match(json.bulkId, uuid);
  await finish(json.bulkId);
  await finish(json.bulkId, 'bulks');
  const found = (await good('POST', '/objects/search', { search: { owner_id: mark, properties: { $elemMatch: { name: 'New Property', value: 'value' } } } })).json;
  assert.deepEqual(found.map((each) => [each.name, each.weight, each._version]).sort(), [['CPU', 2, 2], ['cpu', 2, 2]]);
});

await check('a clone in the background', async () => {
  const { json } = await good('POST', `/objects/discovery_id:${mark}/clone-bulk`);
  await finish(json.bulkId);
  const { result } = (await good('GET', `/bulk/${json.bulkId}/status?verbose=1`)).json;
  const copy = (await good('GET', `/objects/${result.rootId}`)).json;
  assert.equal(copy.child_ids.length, 3);
  assert.equal(copy.discovery_id, undefined);
});

await check('a session', async () => {
  const opened = await good('POST', '/users/session', { login: 'root', password: token }, {});
  cookie = opened.headers['set-cookie'][0].split(';')[0];
  assert.equal(cookie, `sid=${opened.json}`);
  assert.equal((await good('GET', '/users/current', undefined, { Cookie: cookie })).json.login, 'root');
  await good('DELETE', '/users/session', undefined, { Cookie: cookie });
  assert.equal((await send('GET', '/users/current', undefined, { Cookie: cookie })).json.code, 'Unauthorized');
});

await check('errors are found by their code', async () => {
  const wrong = await send('POST', '/bulk/objects', {});
  assert.ok('code' in wrong.json);
  assert.equal(wrong.text, '{"code":"BadRequest","message":"Mandatory \\"bulk\\" parameter is absent/empty."}');
  const nobody = await send('GET', '/objects', undefined, {});
  assert.deepEqual(JSON.parse(nobody.json.message), { errorCode: 3, message: 'Not logged in.' });
});

await check('nothing is left', async () => {
  await good('DELETE', `/objects/${rack}`);
  assert.equal((await send('GET', `/objects/${rack}`)).status, 404);
});

end();
