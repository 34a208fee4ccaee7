/**
 * pm2 start ecosystem.config.js, after `npm run build`. One process owns the database, so it is one fork instance and never a
 * cluster. The process says when it takes updates (`wait_ready`), and may take its time to end short work (`kill_timeout`).
 */
export const apps = [
  {
    name: 'photo-studio',
    script: 'dist/src/main.js',
    exec_mode: 'fork',
    instances: 1,
    wait_ready: true,
    listen_timeout: 60_000,
    kill_timeout: 12_000,
    exp_backoff_restart_delay: 200,
    time: false,
    // Nothing is played: without a real Telegram, ComfyUI and shop (or PAYMENTS_ENABLED=false) it does not start.
    env: { NODE_ENV: 'production' },
  },
];
