// The judge judged: right answers pass, and each answer with one thing wrong is refused. Needs no server.
import assert from 'node:assert/strict';
import { judge } from './schemas.mjs';
import { check, end, unknownId as id } from './wire.mjs';

const lists = '/accounts/a/rules/lists';
const headers = { 'content-type': 'application/json; charset=UTF-8', 'cf-ray': 'r', 'x-request-id': 'r' };
const time = '2024-01-01T00:00:00Z';
const list = { id, name: 'l', kind: 'ip', num_items: 0, num_referencing_filters: 0, created_on: time, modified_on: time };
const item = { id, ip: '192.0.2.1', created_on: time, modified_on: time };
const redirect = { id, redirect: { source_url: 'a.com/', target_url: 'https://b.com' }, created_on: time, modified_on: time };
const success = (result, more = {}) => JSON.stringify({ result, success: true, errors: [], messages: [], ...more });
const failure = (errors, more = {}) => JSON.stringify({ result: null, success: false, errors, messages: [], ...more });

const passes = (method, path, status, text, sent = headers) => judge(method, lists + path, status, sent, text);
const refuses = (...answer) => assert.throws(() => passes(...answer), undefined, answer.join(' '));

await check('right answers pass', () => {
  passes('GET', '', 200, success([list, { ...list, description: 'x' }]));
  passes('GET', `/${id}`, 200, success(list));
  passes('DELETE', `/${id}`, 200, success({ id }));
  passes('GET', `/${id}/items`, 200, success([item, { ...redirect, comment: '' }]));
  passes('GET', `/${id}/items`, 200, success([item], { result_info: { cursors: { after: 'x' } } }));
  passes('GET', `/${id}/items/${id}`, 200, success(item));
  passes('POST', `/${id}/items`, 200, success({ operation_id: id }));
  passes('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'pending' }));
  passes('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'failed', completed: time, error: 'x' }));
  passes('GET', `/${id}`, 429, failure([{ code: 971, message: 'x' }]));
  passes('PATCH', `/${id}`, 405, failure([{ code: 7001, message: 'x' }]));
});
await check('the envelope has its members, its status and its headers', () => {
  refuses('POST', '', 201, success(list));
  refuses('GET', `/${id}`, 200, success(list, { result_info: {} }));
  refuses('GET', `/${id}`, 200, JSON.stringify({ result: list, success: true, errors: [] }));
  refuses('GET', `/${id}`, 200, failure([{ code: 1000, message: 'x' }]));
  refuses('GET', `/${id}`, 404, failure([]));
  refuses('GET', `/${id}`, 404, failure([{ code: 999, message: 'x' }]));
  refuses('GET', `/${id}`, 404, failure([{ code: '7003', message: 'x' }]));
  refuses('GET', `/${id}`, 404, failure([{ code: 7003, message: 'x' }], { result: {} }));
  refuses('GET', `/${id}`, 404, '<html>');
  refuses('GET', `/${id}`, 200, success(list), { ...headers, 'content-type': 'application/json' });
  refuses('GET', `/${id}`, 200, success(list), { 'content-type': headers['content-type'] });
});
await check('a list', () => {
  refuses('GET', `/${id}`, 200, success(list).replace('"num_items":0', '"num_items":0.0'));
  refuses('GET', `/${id}`, 200, success({ ...list, description: '' }));
  refuses('GET', `/${id}`, 200, success({ ...list, created_on: '2024-01-01T00:00:00.000Z' }));
  refuses('GET', `/${id}`, 200, success({ ...list, modified_on: '' }));
  refuses('GET', `/${id}`, 200, success({ ...list, items: [] }));
  refuses('GET', '', 200, success([{ ...list, kind: 'cidr' }]));
});
await check('items and cursors', () => {
  refuses('GET', `/${id}/items`, 200, success([{ ...item, hostname: {} }]));
  refuses('GET', `/${id}/items`, 200, success([{ ...item, asn: 5 }]));
  refuses('GET', `/${id}/items`, 200, success([{ ...item, kind: 'ip' }]));
  refuses('GET', `/${id}/items`, 200, success([{ ...item, comment: null }]));
  refuses('GET', `/${id}/items`, 200, success([{ ...redirect, redirect: { ...redirect.redirect, status_code: 0 } }]));
  refuses('GET', `/${id}/items`, 200, success([{ ...redirect, redirect: { ...redirect.redirect, status: 301 } }]));
  refuses('GET', `/${id}/items`, 200, success([item], { result_info: { cursors: {} } }));
  refuses('GET', `/${id}/items`, 200, success([item], { result_info: { cursors: { after: 5 } } }));
  refuses('GET', `/${id}/items`, 200, success([item], { result_info: { cursors: { after: 'x' }, count: 1 } }));
  refuses('GET', `/${id}/items/${id}`, 200, success([item]));
});
await check('operations', () => {
  refuses('POST', `/${id}/items`, 200, success({ operation_id: 'x' }));
  refuses('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'aborted', completed: time }));
  refuses('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'running', completed: '' }));
  refuses('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'completed' }));
  refuses('GET', `/bulk_operations/${id}`, 200, success({ id, status: 'failed', completed: time }));
});
end();
