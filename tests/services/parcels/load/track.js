// k6 run -e BASE_URL=... -e TOKEN=... load/track.js: twice the busiest hour of last December, before each release.
import http from 'k6/http';
import { check } from 'k6';

export const options = {
  scenarios: {
    track: { executor: 'constant-arrival-rate', rate: 120, timeUnit: '1s', duration: '3m', preAllocatedVUs: 60, exec: 'track' },
    register: { executor: 'constant-arrival-rate', rate: 15, timeUnit: '1s', duration: '3m', preAllocatedVUs: 20, exec: 'register' },
  },
  thresholds: { http_req_failed: ['rate<0.001'], 'http_req_duration{scenario:track}': ['p(95)<300', 'p(99)<800'] },
};

const headers = { authorization: `Bearer ${__ENV.TOKEN}`, 'content-type': 'application/json' };
const url = `${__ENV.BASE_URL}/v1/parcels`;

function post(number) {
  const body = JSON.stringify({ carrier: 'baypost', tracking_number: number });
  return http.post(url, body, { headers: Object.assign({ 'idempotency-key': number }, headers) });
}

export function setup() {
  return [...Array(50).keys()].map((i) => post(`LOAD${Date.now()}${i}`).json('id'));
}

export function track(ids) {
  check(http.get(`${url}/${ids[Math.floor(Math.random() * ids.length)]}`, { headers }), { ok: (r) => r.status === 200 });
}

export function register() {
  check(post(`LOAD${Date.now()}${__VU}${__ITER}`), { created: (r) => r.status === 201 });
}
