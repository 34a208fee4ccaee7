import type { NodeSketch } from './node-sketch.ts';

/** Nodes that load, make, change and save pictures, as ComfyUI 0.33.0 describes them. */
export const imageNodes = {
  LoadImage: {
    title: 'Load Image',
    category: 'image',
    required: { image: [[], { image_upload: true }] },
    output: ['IMAGE', 'MASK'],
  },
  SaveImage: {
    title: 'Save Image',
    category: 'image',
    required: {
      images: ['IMAGE', { tooltip: 'The images to save.' }],
      filename_prefix: [
        'STRING',
        {
          default: 'ComfyUI',
          tooltip:
            'The prefix for the file to save. This may include formatting information such as %date:yyyy-MM-dd% or %Empty Latent Image.width% to include values from nodes.',
        },
      ],
    },
    output: ['IMAGE'],
    outputNames: ['images'],
    saves: true,
  },
  PreviewImage: {
    title: 'Preview Image',
    category: 'image',
    required: { images: ['IMAGE'] },
    output: ['IMAGE'],
    outputNames: ['images'],
    saves: true,
  },
  EmptyImage: {
    title: 'Empty Image',
    category: 'image',
    required: {
      width: ['INT', { default: 512, min: 1, max: 16384, step: 1 }],
      height: ['INT', { default: 512, min: 1, max: 16384, step: 1 }],
      batch_size: ['INT', { default: 1, min: 1, max: 4096 }],
      color: ['INT', { default: 0, min: 0, max: 16777215, step: 1, display: 'color' }],
    },
    output: ['IMAGE'],
  },
  ImageInvert: { title: 'Invert Image Colors', category: 'image/color', required: { image: ['IMAGE'] }, output: ['IMAGE'] },
  ImageScale: {
    title: 'Upscale Image',
    category: 'image/upscaling',
    required: {
      image: ['IMAGE'],
      upscale_method: [['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos']],
      width: ['INT', { default: 512, min: 0, max: 16384, step: 1 }],
      height: ['INT', { default: 512, min: 0, max: 16384, step: 1 }],
      crop: [['disabled', 'center']],
    },
    output: ['IMAGE'],
  },
  ImageScaleToTotalPixels: {
    title: 'Scale Image to Total Pixels',
    category: 'image/upscaling',
    module: 'comfy_extras.nodes_post_processing',
    required: {
      image: ['IMAGE', {}],
      upscale_method: ['COMBO', { multiselect: false, options: ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'] }],
      megapixels: ['FLOAT', { default: 1, min: 0.01, max: 16, step: 0.01 }],
      resolution_steps: ['INT', { advanced: true, default: 1, min: 1, max: 256 }],
    },
    output: ['IMAGE'],
  },
  FluxKontextImageScale: {
    category: 'model/conditioning/flux',
    module: 'comfy_extras.nodes_flux',
    required: { image: ['IMAGE', {}] },
    output: ['IMAGE'],
  },
  VAEEncode: { title: 'VAE Encode', category: 'model/latent', required: { pixels: ['IMAGE'], vae: ['VAE'] }, output: ['LATENT'] },
  VAEDecode: {
    title: 'VAE Decode',
    category: 'model/latent',
    required: {
      samples: ['LATENT', { tooltip: 'The latent to be decoded.' }],
      vae: ['VAE', { tooltip: 'The VAE model used for decoding the latent.' }],
    },
    output: ['IMAGE'],
  },
  EmptySD3LatentImage: {
    category: 'model/latent/stable diffusion',
    module: 'comfy_extras.nodes_sd3',
    required: {
      width: ['INT', { default: 1024, min: 16, max: 16384, step: 16 }],
      height: ['INT', { default: 1024, min: 16, max: 16384, step: 16 }],
      batch_size: ['INT', { default: 1, min: 1, max: 4096 }],
    },
    output: ['LATENT'],
  },
} satisfies Record<string, NodeSketch>;
