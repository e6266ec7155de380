// What cloudflare-python 4.3.1 and the job resource of alchemy (and the cf command line) send, as recorded. SOURCE, TARGET as in slurper.mjs.
import assert from 'node:assert/strict';
import { judge } from './slurper-schemas.mjs';
import { RecordedClient, check, end, javascriptJson, newAccount, pause, pythonJson, token } from './wire.mjs';

const [source, target] = [JSON.parse(process.env.SOURCE), JSON.parse(process.env.TARGET)];
const python = new RecordedClient({
  account: newAccount('py'), json: pythonJson, typeAlways: true, retries: 2, countRetries: true, judgeBy: judge,
  headers: {
    Accept: 'application/json', 'Accept-Encoding': 'gzip, deflate', Connection: 'keep-alive', 'User-Agent': 'Cloudflare/Python 4.3.1',
    'X-Stainless-Lang': 'python', 'X-Stainless-Package-Version': '4.3.1', 'X-Stainless-Async': 'false', 'X-Stainless-Read-Timeout': '60',
    Authorization: `Bearer ${token}`,
  },
});
const alchemy = new RecordedClient({
  account: newAccount('al'), json: javascriptJson, judgeBy: judge,
  headers: { Accept: 'application/json', 'User-Agent': 'alchemy', Authorization: `Bearer ${token}` },
});

const at = ({ account }) => `/accounts/${account}/slurper`;
const create = async (client, body) => {
  const answer = await client.send('POST', `${at(client)}/jobs`, body);
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(Object.keys(answer.result), ['id']);
  return answer.result.id;
};

await check('python: prechecks, create, list, progress, pause, resume, logs, abort, abort all', async () => {
  const base = at(python);
  assert.equal((await python.ok('PUT', `${base}/source/connectivity-precheck`, source)).connectivityStatus, 'success');
  assert.equal((await python.ok('PUT', `${base}/target/connectivity-precheck`, target)).connectivityStatus, 'success');
  const id = await create(python, { source, target });
  const job = `${base}/jobs/${id}`;
  assert.equal(await python.ok('PUT', `${job}/pause`), id);
  assert.equal((await python.refused('PUT', `${job}/pause`, undefined, 409, 19116)).attempts, 1);
  assert.deepEqual((await python.ok('GET', `${base}/jobs?limit=50&offset=0`)).map((one) => one.id), [id]);
  assert.equal((await python.ok('GET', `${job}/progress`)).status, 'paused');
  assert.equal((await python.ok('GET', `${job}/logs?limit=5&offset=0`))[0].logType, 'migrationStart');
  assert.equal(await python.ok('PUT', `${job}/resume`), id);
  assert.equal(await python.ok('PUT', `${job}/abort`), id);
  assert.match(await python.ok('PUT', `${base}/jobs/abortAll`), /^aborted \d+ jobs$/);
});
await check('python: a create that is sent again after a lost answer makes no second job', async () => {
  const again = new RecordedClient({ account: python.account, json: pythonJson, typeAlways: true, judgeBy: judge, headers: { ...python.options.headers, 'X-Stainless-Retry-Count': '1' } });
  const body = { source, target, overwrite: false };
  const id = await create(python, body);
  assert.equal(await create(again, body), id);
  await python.ok('PUT', `${at(python)}/jobs/${id}/abort`);
  again.close();
});
await check('alchemy: always sends overwrite, finds its jobs one by one, aborts and deletes', async () => {
  const base = at(alchemy);
  const made = [await create(alchemy, { source, target, overwrite: true }), await create(alchemy, { source, target, overwrite: false })];
  const found = [];
  for (let offset = 0; ; offset += 1) {
    const page = await alchemy.ok('GET', `${base}/jobs?limit=1&offset=${offset}`);
    if (page.length === 0) break;
    assert.equal(page.length, 1);
    found.push(page[0].id);
  }
  assert.deepEqual([...found].sort(), [...made].sort());
  for (const id of made) {
    await alchemy.ok('PUT', `${base}/jobs/${id}/abort`);
    for (let i = 0; ; i += 1) {
      const { status } = await alchemy.ok('GET', `${base}/jobs/${id}`);
      if (status === 'aborted' || status === 'completed') break;
      assert.ok(i < 300, `job ${id} is still ${status}`);
      await pause(100);
    }
    assert.equal(await alchemy.ok('DELETE', `${base}/jobs/${id}`), id);
    await alchemy.refused('GET', `${base}/jobs/${id}`, undefined, 404, 19114);
  }
});
await check('cf: a member of another vendor is refused, every jurisdiction is known', async () => {
  const base = at(alchemy);
  const secret = { accessKeyId: 'a', secretAccessKey: 'b' };
  const mixed = await alchemy.refused('PUT', `${base}/source/connectivity-precheck`, { vendor: 'r2', bucket: 'b', secret, endpoint: 'https://example.com' }, 400, 19111);
  assert.equal(mixed.json.errors[0].source.pointer, '/endpoint');
  const moon = await alchemy.refused('PUT', `${base}/target/connectivity-precheck`, { vendor: 'r2', bucket: 'b', secret, jurisdiction: 'moon' }, 400, 19111);
  for (const name of ['default', 'eu', 'fedramp', 'us']) assert.ok(moon.json.errors[0].message.includes(`'${name}'`));
});
await check('hand-written clients: what they get wrong is named', async () => {
  const base = at(alchemy);
  const { json } = await alchemy.refused('POST', `${base}/jobs`, { source: { provider: 's3', access_key_id: 'a' }, destination: {} }, 400, 19111);
  const told = json.errors.map(({ message }) => message).join('\n');
  for (const right of ["write 'vendor'", "as 'accessKeyId'", "write 'target'"]) assert.ok(told.includes(right), told);
  await alchemy.refused('POST', `${base}/jobs/abortAll`, undefined, 405, 7001);
  assert.deepEqual(await alchemy.ok('GET', `${base}/jobs?limit=100`), []);
});
python.close();
alchemy.close();
end();
