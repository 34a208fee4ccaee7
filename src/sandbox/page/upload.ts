import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { Refusal } from './refusal.ts';

export type UploadedFile = { readonly bytes: Buffer; readonly fileName: string; readonly mimeType: string };
export type Upload = { readonly files: readonly UploadedFile[]; readonly fields: ReadonlyMap<string, string> };

const filesMax = 10;
const fileBytesMax = 20 << 20;

/** The files called `photo` and the fields of a multipart body. Reads it to its end, also when it is then refused. */
export async function readUpload(request: IncomingMessage): Promise<Upload> {
  const parser = parserOf(request);
  return new Promise((resolve, reject) => {
    const files: UploadedFile[] = [];
    const fields = new Map<string, string>();
    let tooMuch = false;
    parser.on('field', (name, value) => fields.set(name, value));
    parser.on('file', (field, stream, { filename = '', mimeType }) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => {
        tooMuch = true;
        chunks.length = 0;
      });
      stream.on('end', () => field === 'photo' && files.push({ bytes: Buffer.concat(chunks), fileName: filename, mimeType }));
    });
    parser.on('filesLimit', () => {
      tooMuch = true;
    });
    parser.on('close', () =>
      tooMuch
        ? reject(new Refusal(413, 'Не больше 10 файлов, каждый до 20 МБ.', 'Up to 10 files, each of up to 20 MB.'))
        : resolve({ files, fields }),
    );
    parser.on('error', () => reject(new Refusal(400, 'Файлы не читаются.', 'The files cannot be read.')));
    request.on('aborted', () => reject(new Refusal(400, 'Загрузка оборвалась.', 'The upload broke off.')));
    request.pipe(parser);
  });
}

/** One byte over the limit tells what is too long from what just fits. */
function parserOf({ headers }: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers,
      defParamCharset: 'utf8',
      limits: { files: filesMax, fileSize: fileBytesMax + 1, fields: 10, fieldSize: 16 << 10 },
    });
  } catch {
    throw new Refusal(415, 'Нужен multipart/form-data.', 'This has to be multipart/form-data.');
  }
}
