import type { NodeSketch } from './node-sketch.ts';

/** Model files on disk, by folder: what `GET /models/<folder>` lists and the loaders accept. */
export const models = {
  diffusion_models: [
    'qwen_image_edit_2509_fp8_e4m3fn.safetensors',
    'qwen_image_edit_2511_bf16.safetensors',
    'qwen_image_edit_2511_fp8mixed.safetensors',
  ],
  loras: [
    'Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors',
    'Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors',
  ],
  text_encoders: ['qwen_2.5_vl_7b_fp8_scaled.safetensors'],
  vae: ['qwen_image_vae.safetensors'],
} satisfies Record<string, readonly string[]>;

const samplers =
  'euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 exp_heun_2_x0 exp_heun_2_x0_sde dpm_2 dpm_2_ancestral lms dpm_fast dpm_adaptive dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_cfg_pp dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm ipndm ipndm_v deis res_multistep res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp gradient_estimation gradient_estimation_cfg_pp er_sde seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc uni_pc_bh2'.split(
    ' ',
  );

const encoderTypes =
  'stable_diffusion stable_cascade sd3 stable_audio mochi ltxv pixart cosmos lumina2 wan hidream chroma ace omnigen2 qwen_image hunyuan_image flux2 ovis longcat_image cogvideox lens pixeldit ideogram4 boogu krea2 joyimage mage minimax'.split(
    ' ',
  );

/** Nodes that load models, encode text, and sample, as ComfyUI 0.33.0 describes them. */
export const modelNodes = {
  UNETLoader: {
    title: 'Load Diffusion Model',
    category: 'model/loaders',
    required: {
      unet_name: [models.diffusion_models],
      weight_dtype: [['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'], { advanced: true }],
    },
    output: ['MODEL'],
  },
  CLIPLoader: {
    title: 'Load CLIP',
    category: 'model/loaders',
    required: { clip_name: [models.text_encoders], type: [encoderTypes] },
    optional: { device: [['default', 'cpu'], { advanced: true }] },
    output: ['CLIP'],
  },
  VAELoader: {
    title: 'Load VAE',
    category: 'model/loaders',
    required: { vae_name: [[...models.vae, 'pixel_space']] },
    output: ['VAE'],
  },
  LoraLoaderModelOnly: {
    title: 'Load LoRA',
    category: 'model/loaders',
    required: {
      model: ['MODEL'],
      lora_name: [models.loras],
      strength_model: ['FLOAT', { default: 1, min: -100, max: 100, step: 0.01 }],
    },
    output: ['MODEL'],
  },
  ModelSamplingAuraFlow: {
    title: 'ModelSamplingAuraFlow',
    category: 'model/patch',
    module: 'comfy_extras.nodes_model_advanced',
    required: { model: ['MODEL'], shift: ['FLOAT', { default: 1.73, min: 0, max: 100, step: 0.01 }] },
    output: ['MODEL'],
  },
  CFGNorm: {
    category: 'advanced/guidance',
    module: 'comfy_extras.nodes_cfg',
    required: { model: ['MODEL', {}], strength: ['FLOAT', { default: 1, min: 0, max: 100, step: 0.01 }] },
    optional: {
      pre_cfg: [
        'BOOLEAN',
        {
          tooltip:
            "If true, rescale the combined noise BEFORE the sampler's CFG combine, without clamping (can amplify). Matches the norm-scaled CFG used by models like Lens. Default false keeps the original post-CFG x0-space attenuate-only behavior.",
          default: false,
        },
      ],
    },
    output: ['MODEL'],
    outputNames: ['patched_model'],
  },
  TextEncodeQwenImageEditPlus: {
    category: 'model/conditioning/qwen image',
    module: 'comfy_extras.nodes_qwen',
    required: { clip: ['CLIP', {}], prompt: ['STRING', { multiline: true, dynamicPrompts: true }] },
    optional: { vae: ['VAE', {}], image1: ['IMAGE', {}], image2: ['IMAGE', {}], image3: ['IMAGE', {}] },
    output: ['CONDITIONING'],
  },
  ConditioningZeroOut: {
    title: 'Conditioning Zero Out',
    category: 'model/conditioning/transform',
    required: { conditioning: ['CONDITIONING'] },
    output: ['CONDITIONING'],
  },
  ReferenceLatent: {
    title: 'Set Reference Latent',
    category: 'model/conditioning',
    module: 'comfy_extras.nodes_edit_model',
    required: { conditioning: ['CONDITIONING', {}] },
    optional: { latent: ['LATENT', {}] },
    output: ['CONDITIONING'],
  },
  FluxKontextMultiReferenceLatentMethod: {
    title: 'Edit Model Reference Method',
    category: 'model/conditioning/flux',
    module: 'comfy_extras.nodes_flux',
    required: {
      conditioning: ['CONDITIONING', {}],
      reference_latents_method: [
        'COMBO',
        { advanced: true, multiselect: false, options: ['offset', 'index', 'uxo/uno', 'index_timestep_zero'] },
      ],
    },
    output: ['CONDITIONING'],
  },
  KSampler: {
    title: 'KSampler',
    category: 'model/sampling',
    required: {
      model: ['MODEL', { tooltip: 'The model used for denoising the input latent.' }],
      seed: [
        'INT',
        {
          default: 0,
          min: 0,
          max: 2 ** 64,
          control_after_generate: true,
          tooltip: 'The random seed used for creating the noise.',
        },
      ],
      steps: ['INT', { default: 20, min: 1, max: 10000, tooltip: 'The number of steps used in the denoising process.' }],
      cfg: [
        'FLOAT',
        {
          default: 8,
          min: 0,
          max: 100,
          step: 0.1,
          round: 0.01,
          tooltip:
            'The Classifier-Free Guidance scale balances creativity and adherence to the prompt. Higher values result in images more closely matching the prompt however too high values will negatively impact quality.',
        },
      ],
      sampler_name: [
        samplers,
        { tooltip: 'The algorithm used when sampling, this can affect the quality, speed, and style of the generated output.' },
      ],
      scheduler: [
        ['simple', 'sgm_uniform', 'karras', 'exponential', 'ddim_uniform', 'beta', 'normal', 'linear_quadratic', 'kl_optimal'],
        { tooltip: 'The scheduler controls how noise is gradually removed to form the image.' },
      ],
      positive: ['CONDITIONING', { tooltip: 'The conditioning describing the attributes you want to include in the image.' }],
      negative: ['CONDITIONING', { tooltip: 'The conditioning describing the attributes you want to exclude from the image.' }],
      latent_image: ['LATENT', { tooltip: 'The latent image to denoise.' }],
      denoise: [
        'FLOAT',
        {
          default: 1,
          min: 0,
          max: 1,
          step: 0.01,
          tooltip:
            'The amount of denoising applied, lower values will maintain the structure of the initial image allowing for image to image sampling.',
        },
      ],
    },
    output: ['LATENT'],
  },
} satisfies Record<string, NodeSketch>;
