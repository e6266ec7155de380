// The vendor's own description of every answer, in the form of today and in that of August 2024, as checks to run an answer through.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const either = (...required) => ({ type: 'object', oneOf: required.map((name) => ({ required: [name] })) });
const kinds = ['ip', 'hostname', 'redirect', 'asn'];
const moment = { type: 'string', format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' };
const id = { type: 'string', pattern: '^[0-9a-f]{32}$' };

// Where the contract's text and a vendor's file differ the text wins. This is the whole list of it.
const departures = [
  // The rate limit has the one code below 1000: 971 (text 2.3).
  ['both', 'lists_messages', (s) => { s.items.properties.code = { type: 'integer', anyOf: [{ const: 971 }, { minimum: 1000 }] }; }],
  // Every failure has at least one error (text 2.3); the older file says so with a keyword that is for strings.
  ['both', 'lists_api-response-common-failure', (s) => { s.properties.errors = { allOf: s.properties.errors.allOf, minItems: 1 }; }],
  // The older file says of each result that it is an array as well: it is always one object where it is one thing (text 3, note 2).
  ['2024-08', 'lists_api-response-collection', (s) => { s.allOf[1].properties.result = {}; }],
  // The older file takes an item for its own value (a string, a number): it is an object with one member of a kind (text 5.1).
  ['2024-08', 'lists_item', (s) => { Object.assign(s, either(...kinds)); }],
  // Tighter than the files: times in whole seconds (text 2.2), counts as integers (text 4), operation ids of 32 digits (text 2.2).
  ['both', 'lists_created_on', (s) => { Object.assign(s, moment); }],
  ['both', 'lists_modified_on', (s) => { Object.assign(s, moment); }],
  ['2026-07', 'lists_completed', (s) => { Object.assign(s, moment); }],
  ['2024-08', 'lists_operation', (s) => { s.properties.completed = moment; }],
  ['both', 'lists_num_items', (s) => { s.type = 'integer'; }],
  ['both', 'lists_num_referencing_filters', (s) => { s.type = 'integer'; }],
  ['both', 'lists_operation_id', (s) => { Object.assign(s, id); }],
  ['both', 'lists_list_id', (s) => { Object.assign(s, id); }],
  ['both', 'lists_item_id', (s) => { Object.assign(s, id); }],
  // The failed answer of the older file must be a success too, which nothing can be: it is a failure (see `answerOf`).
];

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);

// OpenAPI 3.0 to JSON Schema: `nullable`, and references into a document of another shape.
const converted = (node, name) => {
  if (Array.isArray(node)) return node.map((each) => converted(each, name));
  if (node === null || typeof node !== 'object') return node;
  const { nullable, example, ...rest } = node;
  if (typeof rest.$ref === 'string') return { $ref: rest.$ref.replace('#/components/schemas/', `${name}#/definitions/`) };
  if (nullable === true && typeof rest.type === 'string') rest.type = [rest.type, 'null'];
  for (const key of Object.keys(rest)) rest[key] = key === 'enum' ? rest[key] : converted(rest[key], name);
  return rest;
};

const load = (name, file) => {
  const document = JSON.parse(readFileSync(new URL(`schemas/${file}`, import.meta.url), 'utf8'));
  for (const [which, at, change] of departures) {
    if (which === 'both' || which === name) {
      assert.ok(document.components.schemas[at], `${file} has no ${at} to depart from`);
      change(document.components.schemas[at]);
    }
  }
  ajv.addSchema({ $id: name, definitions: converted(document.components.schemas, name) });
  const answerOf = (operation, status) => {
    const response = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`];
    const schema = response?.content['application/json'].schema ?? { $ref: '#/components/schemas/lists_api-response-common-failure' };
    return converted(status < 400 ? schema : schema.allOf?.[1] ?? schema, name);
  };
  const routes = Object.entries(document.paths)
    .map(([path, methods]) => ({ parts: path.split('/').slice(1), path, methods }))
    // A word goes before a parameter: `bulk_operations` stands where a list id could.
    .sort((a, b) => a.parts.filter((p) => p.startsWith('{')).length - b.parts.filter((p) => p.startsWith('{')).length);
  const compiled = new Map();
  const failure = ajv.compile({ $ref: `${name}#/definitions/lists_api-response-common-failure` });
  return (method, path, status) => {
    const parts = path.split('/').slice(1);
    const route = routes.find((r) => r.parts.length === parts.length && r.parts.every((p, i) => p.startsWith('{') || p === parts[i]));
    const operation = route?.methods[method.toLowerCase()];
    if (!operation) {
      assert.ok(status >= 400, `${name} knows no ${method} ${path}, and the answer is ${status}`);
      return failure;
    }
    const key = `${method} ${route.path} ${status}`;
    if (!compiled.has(key)) compiled.set(key, ajv.compile(answerOf(operation, status)));
    return compiled.get(key);
  };
};

const documents = [['2026-07', load('2026-07', 'lists.json')], ['2024-08', load('2024-08', 'lists-legacy-2024-08.json')]];

const members = (what, value, always, sometimes = []) => {
  for (const name of always) assert.ok(name in value, `${what} has no ${name}`);
  for (const name of Object.keys(value)) assert.ok(always.includes(name) || sometimes.includes(name), `${what} has ${name}`);
};

// What the files leave open and the text does not: which members there are, and no others.
const exact = (method, path, json, text) => {
  const isItems = method === 'GET' && /\/rules\/lists\/[^/]+\/items$/.test(path);
  members('the envelope', json, ['result', 'success', 'errors', 'messages'], isItems ? ['result_info'] : []);
  assert.ok(!/"num_(items|referencing_filters)":\s*\d+[^\d,}\s]/.test(text), 'a count is not an integer literal');
  if (!json.success) return;
  assert.deepEqual([json.errors, json.messages], [[], []]);
  const isItem = /\/items\/[^/]+$/.test(path);
  for (const item of isItems ? json.result : isItem ? [json.result] : []) {
    const kind = kinds.filter((k) => k in item);
    assert.equal(kind.length, 1, `an item has the members ${kind}`);
    members('an item', item, ['id', 'created_on', 'modified_on', kind[0]], ['comment']);
    if (kind[0] === 'hostname') members('a hostname', item.hostname, ['url_hostname'], ['exclude_exact_hostname']);
    if (kind[0] === 'redirect') {
      members('a redirect', item.redirect, ['source_url', 'target_url'],
        ['status_code', 'include_subdomains', 'subpath_matching', 'preserve_query_string', 'preserve_path_suffix']);
    }
  }
  if (json.result_info) {
    members('result_info', json.result_info, ['cursors']);
    members('cursors', json.result_info.cursors, [], ['after', 'before']);
    assert.ok(Object.keys(json.result_info.cursors).length > 0, 'result_info without a cursor');
  }
  if (/\/rules\/lists(\/[^/]+)?$/.test(path) && method !== 'DELETE') {
    for (const list of Array.isArray(json.result) ? json.result : [json.result]) {
      members('a list', list, ['id', 'name', 'kind', 'num_items', 'num_referencing_filters', 'created_on', 'modified_on'], ['description']);
      assert.notEqual(list.description, '', 'an empty description');
    }
  }
  if (/\/bulk_operations\/[^/]+$/.test(path)) {
    const more = { completed: ['completed'], failed: ['completed', 'error'] }[json.result.status] ?? [];
    members('an operation', json.result, ['id', 'status', ...more]);
  }
};

// Judges one answer by both files and by the text; path as after /client/v4, without the query.
export const judge = (method, path, status, headers, text) => {
  const shown = `${method} ${path} -> ${status} ${text.slice(0, 2000)}`;
  assert.equal(headers['content-type'], 'application/json; charset=UTF-8', shown);
  assert.ok(headers['cf-ray'] && headers['x-request-id'], `no request id: ${shown}`);
  assert.ok(status === 200 || status >= 400, shown);
  const json = JSON.parse(text);
  assert.equal(json.success, status === 200, shown);
  for (const [name, find] of documents) {
    const check = find(method, path, status);
    assert.ok(check(json), `not as the vendor's file of ${name} has it: ${ajv.errorsText(check.errors)}: ${shown}`);
  }
  try {
    exact(method, path, json, text);
  } catch (error) {
    error.message = `${error.message}: ${shown}`;
    throw error;
  }
  return json;
};
