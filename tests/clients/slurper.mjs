// The vendor's own TypeScript client, unchanged, over the whole Super Slurper API; each answer it gets is judged on the way.
// SOURCE and TARGET are the JSON of a source and a target as a job takes them, with credentials; the source must hold enough for a job
// to be still running when it is paused at once. BAD_SOURCE is one that cannot be reached. With COMPLETES set jobs come to their end by
// themselves and are waited for.
import assert from 'node:assert/strict';
import Cloudflare from 'cloudflare';
import { judge } from './slurper-schemas.mjs';
import { check, end, newAccount, pause, token, unknownId } from './wire.mjs';

const account_id = newAccount('ts');
const [source, target] = [JSON.parse(process.env.SOURCE), JSON.parse(process.env.TARGET)];
const completes = Boolean(process.env.COMPLETES);
const requests = [];
const judged = async (url, init) => {
  const response = await globalThis.fetch(url, init);
  const text = await response.clone().text();
  const { pathname } = new URL(url);
  requests.push(`${init.method} ${pathname}`);
  judge(init.method.toUpperCase(), pathname.slice('/client/v4'.length), response.status, Object.fromEntries(response.headers), text);
  return response;
};
const options = { baseURL: `${process.env.BASE_URL}/client/v4`, fetch: judged };
const client = new Cloudflare({ ...options, apiToken: token });
const { jobs, connectivityPrecheck } = client.r2.superSlurper;

const refused = async (run, kind, code) => {
  const before = requests.length;
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
    assert.equal(error.errors[0].code, code, error.message);
    return true;
  });
  assert.equal(requests.length, before + 1, 'the client tried in vain again');
};

const becomes = async (id, status) => {
  const deadline = Date.now() + 120_000;
  for (let last; Date.now() < deadline; await pause(100)) {
    const now = await jobs.progress(id, { account_id });
    for (const name of ['objects', 'transferredObjects', 'skippedObjects', 'failedObjects']) assert.ok(!last || now[name] >= last[name], `${name} fell`);
    last = now;
    if (now.status === status) return now;
  }
  return assert.fail(`job ${id} has not become ${status}`);
};

const all = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
};

let first;
await check('both prechecks', async () => {
  assert.deepEqual(await connectivityPrecheck.source({ account_id, ...source }), { connectivityStatus: 'success' });
  assert.deepEqual(await connectivityPrecheck.target({ account_id, ...target }), { connectivityStatus: 'success' });
  if (process.env.BAD_SOURCE) assert.deepEqual(await connectivityPrecheck.source({ account_id, ...JSON.parse(process.env.BAD_SOURCE) }), { connectivityStatus: 'error' });
  await refused(() => connectivityPrecheck.source({ account_id, ...source, vendor: 'azure' }), Cloudflare.BadRequestError, 19111);
});
await check('create, pause at once, get, list', async () => {
  first = (await jobs.create({ account_id, source, target })).id;
  assert.match(first, /^[0-9a-f]{32}$/);
  assert.equal(await jobs.pause(first, { account_id }), first);
  const job = await jobs.get(first, { account_id });
  assert.deepEqual([job.id, job.status, job.overwrite, job.finishedAt], [first, 'paused', true, null]);
  assert.deepEqual([job.source.bucket, job.target.bucket], [source.bucket, target.bucket]);
  assert.deepEqual((await all(jobs.list({ account_id, limit: 10, offset: 0 }))).map(({ id }) => id), [first]);
  assert.deepEqual(await all(jobs.list({ account_id, offset: 1 })), []);
});
await check('what is not possible is told once', async () => {
  await refused(() => jobs.pause(first, { account_id }), Cloudflare.ConflictError, 19116);
  await refused(() => jobs.get(unknownId, { account_id }), Cloudflare.NotFoundError, 19114);
  await refused(() => jobs.progress('job_id', { account_id }), Cloudflare.NotFoundError, 19114);
  await refused(() => jobs.create({ account_id, source }), Cloudflare.BadRequestError, 19111);
  await refused(() => jobs.list({ account_id, limit: 0 }), Cloudflare.BadRequestError, 19111);
  if (process.env.BAD_SOURCE) await refused(() => jobs.create({ account_id, source: JSON.parse(process.env.BAD_SOURCE), target }), Cloudflare.BadRequestError, 19112);
});
await check('resume, progress, logs', async () => {
  assert.equal(await jobs.resume(first, { account_id }), first);
  if (completes) {
    const done = await becomes(first, 'completed');
    assert.equal(done.objects, done.transferredObjects + done.skippedObjects + done.failedObjects);
    const types = (await all(jobs.logs.list(first, { account_id, limit: 50, offset: 0 }))).map(({ logType }) => logType);
    assert.deepEqual([types[0], types.at(-1)], ['migrationStart', 'migrationComplete']);
    assert.ok(types.includes('migrationPause') && types.includes('migrationResume'), types.join());
    await refused(() => jobs.resume(first, { account_id }), Cloudflare.ConflictError, 19116);
    assert.equal(await jobs.abort(first, { account_id }), first);
    assert.equal((await jobs.get(first, { account_id })).status, 'completed');
  } else {
    assert.equal((await jobs.progress(first, { account_id })).status, 'running');
    assert.equal((await all(jobs.logs.list(first, { account_id, limit: 5, offset: 0 })))[0].logType, 'migrationStart');
  }
});
await check('abort', async () => {
  const { id } = await jobs.create({ account_id, source, target, overwrite: false });
  assert.equal(await jobs.abort(id, { account_id }), id);
  await becomes(id, 'aborted');
  const job = await jobs.get(id, { account_id });
  assert.equal(job.overwrite, false);
  assert.notEqual(job.finishedAt, null);
});
await check('abort all', async () => {
  const held = (await jobs.create({ account_id, source, target })).id;
  await jobs.pause(held, { account_id });
  assert.match(await jobs.abortAll({ account_id }), /^aborted [1-9]\d* jobs$/);
  await becomes(held, 'aborted');
  if (!completes) await becomes(first, 'aborted');
  assert.equal(await jobs.abortAll({ account_id }), 'aborted 0 jobs');
});
await check('the other forms of the credential', async () => {
  const byKey = new Cloudflare({ ...options, apiToken: null, apiKey: token, apiEmail: 'root@localhost' });
  assert.equal((await byKey.r2.superSlurper.jobs.get(first, { account_id })).id, first);
  const stranger = new Cloudflare({ ...options, apiToken: 'wrong' });
  await refused(() => stranger.r2.superSlurper.jobs.get(first, { account_id }), Cloudflare.PermissionDeniedError, 10000);
});
end();
