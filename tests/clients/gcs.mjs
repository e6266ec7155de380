// Google's own Node client against the fake of its service: what it accepts, ours may rely on.
import assert from 'node:assert/strict';
import { Storage } from '@google-cloud/storage';
import { JWT } from 'google-auth-library';

const base = process.env.BASE_URL;
const account = JSON.parse(process.env.SERVICE_ACCOUNT);
let checks = 0;
async function check(what, run) {
  try {
    await run();
    checks += 1;
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`FAILED ${what}: ${error.stack}`);
    process.exitCode = 1;
  }
}

const client = (key) => {
  const auth = new JWT({ email: account.client_email, key, scopes: ['https://www.googleapis.com/auth/devstorage.full_control'] });
  // The client names its token endpoint in its code; the address is all that is changed.
  const real = auth.transporter;
  auth.transporter = { request: (options) => real.request({ ...options, url: String(options.url).replace('https://www.googleapis.com/oauth2/v4/token', `${base}/token`) }) };
  return new Storage({ apiEndpoint: base, useAuthWithCustomEndpoint: true, projectId: account.project_id, authClient: auth, retryOptions: { autoRetry: false } });
};

const storage = client(account.private_key);
const bucket = storage.bucket('google');
const bytes = Buffer.from('one two three');

await check('storage.buckets.get answers', async () => {
  const [metadata] = await bucket.getMetadata();
  assert.equal(metadata.name, 'google');
});
await check('a missing bucket is 404', async () => {
  assert.deepEqual(await storage.bucket('missing').exists(), [false]);
});
await check('a simple upload with metadata, validated by MD5', async () => {
  await bucket.file('dir/a b+c%.txt').save(bytes, { resumable: false, validation: 'md5', metadata: { contentType: 'text/plain', cacheControl: 'no-store', metadata: { owner: 'me' } } });
  const [metadata] = await bucket.file('dir/a b+c%.txt').getMetadata();
  assert.equal(metadata.contentType, 'text/plain');
  assert.equal(metadata.cacheControl, 'no-store');
  assert.equal(metadata.size, String(bytes.length));
  assert.deepEqual(metadata.metadata, { owner: 'me' });
});
await check('a resumable upload, validated by CRC32C', async () => {
  // At an address that is not Google's the client opens sessions with its token only when asked in so many words.
  const [uri] = await bucket.file('resumed').createResumableUpload();
  await bucket.file('resumed').save(Buffer.alloc(700_000, 7), { resumable: true, uri, validation: 'crc32c' });
  const [metadata] = await bucket.file('resumed').getMetadata();
  assert.equal(metadata.size, '700000');
});
await check('a download, validated on the way', async () => {
  const [got] = await bucket.file('dir/a b+c%.txt').download({ validation: 'crc32c' });
  assert.deepEqual(got, bytes);
});
await check('a listing in pages', async () => {
  for (const name of ['p/1', 'p/2', 'p/3']) await bucket.file(name).save('x', { resumable: false });
  const [first, next] = await bucket.getFiles({ prefix: 'p/', maxResults: 2, autoPaginate: false });
  const [second] = await bucket.getFiles(next);
  assert.deepEqual([...first, ...second].map((f) => f.name), ['p/1', 'p/2', 'p/3']);
  const [all] = await bucket.getFiles();
  assert.equal(all.length, 5);
  const [, , answer] = await bucket.getFiles({ delimiter: '/', autoPaginate: false });
  assert.deepEqual(answer.prefixes, ['dir/', 'p/']);
});
await check('a deletion', async () => {
  await bucket.file('p/3').delete();
  assert.deepEqual(await bucket.file('p/3').exists(), [false]);
});
await check('a key of somebody else is refused', async () => {
  await assert.rejects(() => client(process.env.OTHER_KEY).bucket('google').getMetadata(), /invalid_grant|Invalid JWT Signature/);
});

if (!process.exitCode) console.log(`${checks} checks passed`);
