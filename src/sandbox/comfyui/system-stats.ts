import type { Version } from './object-info.ts';

const gibibyte = 1024 ** 3;

const device = {
  name: 'cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync',
  type: 'cuda',
  index: 0,
  vram_total: 24 * gibibyte,
  vram_free: 20 * gibibyte,
  torch_vram_total: 4 * gibibyte,
  torch_vram_free: 2 * gibibyte,
};

/** What `GET /system_stats` says of a server with one GPU. */
export const systemStats = (version: Version): Record<string, unknown> => ({
  system: {
    os: version === '0.3.64' ? 'posix' : 'linux',
    ram_total: 64 * gibibyte,
    ram_free: 48 * gibibyte,
    comfyui_version: version,
    required_frontend_version: version === '0.3.64' ? '1.27.10' : '1.49.6',
    python_version: '3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]',
    pytorch_version: '2.8.0+cu128',
    embedded_python: false,
    argv: ['main.py', '--listen', '127.0.0.1'],
  },
  devices: [device],
});
