import test from 'ava';
import { linesOf } from './log-lines.ts';

test('a line names the person, the payment, the job, the message and the server by their ids', t => {
  const line = linesOf({ step: 'x', userId: 7, paymentId: 'p', jobId: 'j', outboxId: 'o', server: 'http://gpu' });
  t.deepEqual(JSON.parse(line), [
    [{ step: 'x', user_id: 7, payment_id: 'p', job_id: 'j', outbox_id: 'o', server: 'http://gpu' }, 'x'],
  ]);
});

test('no line holds a token or the login of a server', t => {
  const server = 'https://bot:hunter2@gpu.example.com';
  const error = new Error(`request to https://api.telegram.org/bot123456:AAE_secret-token/getMe by ${server}/queue failed`);
  const line = linesOf({ step: 'gpu:ready', server, jobId: 'job', error });
  t.regex(line, /gpu\.example\.com/);
  t.notRegex(line, /hunter2|secret-token/);
});
