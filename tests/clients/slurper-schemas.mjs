// The vendor's own description of the Super Slurper's answers as checks to run an answer through, and the contract's exact members.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const document = JSON.parse(readFileSync(new URL('schemas/slurper.json', import.meta.url), 'utf8'));
const schemas = document.components.schemas;

// Where the contract's text and the vendor's file differ the text wins. This is the whole list of it.
schemas['r2-slurper_Jurisdiction'].enum.push('us');
schemas['r2-slurper_api-v4-error'].items.properties.code.minimum = 971;
schemas['r2-slurper_JobResponse'].properties.target = {
  oneOf: [
    schemas['r2-slurper_JobResponse'].properties.target,
    { type: 'object', required: ['bucket', 'endpoint', 'vendor'], properties: { bucket: { type: 'string' }, endpoint: { type: 'string', nullable: true }, vendor: { type: 'string', enum: ['s3'] } } },
  ],
};

const converted = (node) => {
  if (Array.isArray(node)) return node.map(converted);
  if (node === null || typeof node !== 'object') return node;
  const { nullable, example, ...rest } = node;
  if (typeof rest.$ref === 'string') return { $ref: rest.$ref.replace('#/components/schemas/', 'slurper#/definitions/') };
  if (nullable === true && typeof rest.type === 'string') rest.type = [rest.type, 'null'];
  for (const key of Object.keys(rest)) rest[key] = key === 'enum' ? rest[key] : converted(rest[key]);
  return rest;
};

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'slurper', definitions: converted(schemas) });
const failure = ajv.compile({ $ref: 'slurper#/definitions/r2-slurper_api-v4-failure' });
const compiled = new Map();

const routes = Object.entries(document.paths)
  .map(([path, methods]) => ({ parts: path.split('/').slice(1), path, methods }))
  .sort((a, b) => a.parts.filter((p) => p.startsWith('{')).length - b.parts.filter((p) => p.startsWith('{')).length);

const checkOf = (method, path, status) => {
  const parts = path.split('/').slice(1);
  const route = routes.find((r) => r.methods[method.toLowerCase()] && r.parts.length === parts.length && r.parts.every((p, i) => p.startsWith('{') || p === parts[i]));
  const responses = route?.methods[method.toLowerCase()].responses;
  const response = responses?.[status] ?? (status >= 400 ? responses?.[`${Math.floor(status / 100)}XX`] : undefined);
  if (!response) {
    assert.ok(status >= 400, `the vendor knows no ${status} of ${method} ${path}`);
    return failure;
  }
  const key = `${method} ${route.path} ${status}`;
  if (!compiled.has(key)) compiled.set(key, ajv.compile(converted(response.content['application/json'].schema)));
  return compiled.get(key);
};

const sides = {
  s3: ['bucket', 'endpoint', 'keys', 'pathPrefix', 'vendor'],
  gcs: ['bucket', 'keys', 'pathPrefix', 'vendor'],
  r2: ['bucket', 'jurisdiction', 'keys', 'pathPrefix', 'vendor'],
};
const members = (what, value, names) => assert.deepEqual(Object.keys(value).sort(), [...names].sort(), `members of ${what}`);
const moment = (text) => assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const job = (one) => {
  members('a job', one, ['id', 'createdAt', 'finishedAt', 'overwrite', 'status', 'source', 'target']);
  members('a source', one.source, sides[one.source.vendor]);
  members('a target', one.target, sides[one.target.vendor].filter((name) => name !== 'keys' && name !== 'pathPrefix'));
  moment(one.createdAt);
  assert.equal(one.finishedAt === null, one.status === 'running' || one.status === 'paused');
  if (one.finishedAt !== null) moment(one.finishedAt);
};

const exact = (method, path, json) => {
  members('the envelope', json, ['result', 'success', 'errors', 'messages']);
  assert.deepEqual(json.messages, []);
  if (!json.success) {
    assert.ok(json.errors.length > 0 && json.result === null);
    return;
  }
  assert.deepEqual(json.errors, []);
  if (method !== 'GET') return;
  if (path.endsWith('/jobs')) json.result.forEach(job);
  else if (path.endsWith('/progress')) {
    const p = json.result;
    members('progress', p, ['id', 'createdAt', 'status', 'objects', 'transferredObjects', 'skippedObjects', 'failedObjects']);
    const counts = [p.objects, p.transferredObjects, p.skippedObjects, p.failedObjects];
    assert.ok(counts.every((n) => Number.isInteger(n) && n >= 0), `counts ${counts}`);
    assert.ok(counts[1] + counts[2] + counts[3] <= counts[0], `counts ${counts}`);
  } else if (path.endsWith('/logs')) {
    for (const line of json.result) {
      members('a log line', line, ['createdAt', 'job', 'logType', 'message', 'objectKey']);
      moment(line.createdAt);
    }
  } else job(json.result);
};

// Secrets that the test knows: none of them may come back.
const secrets = ['SOURCE', 'TARGET'].flatMap((name) => Object.values(JSON.parse(process.env[name] ?? '{}').secret ?? {}));

export const judge = (method, path, status, headers, text) => {
  const shown = `${method} ${path} -> ${status} ${text.slice(0, 2000)}`;
  assert.equal(headers['content-type'], 'application/json; charset=UTF-8', shown);
  assert.ok(headers['cf-ray'] && headers['x-request-id'], `no request id: ${shown}`);
  const json = JSON.parse(text);
  assert.equal(json.success, status < 400, shown);
  if (status === 409) assert.equal(headers['x-should-retry'], 'false', shown);
  for (const secret of secrets) assert.ok(!text.includes(secret), `a secret came back: ${method} ${path}`);
  const check = status >= 500 ? failure : checkOf(method, path, status);
  assert.ok(check(json), `not as the vendor's file has it: ${ajv.errorsText(check.errors)}: ${shown}`);
  try {
    exact(method, path, json);
  } catch (error) {
    error.message = `${error.message}: ${shown}`;
    throw error;
  }
  return json;
};
