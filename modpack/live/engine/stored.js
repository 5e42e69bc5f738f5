/** Networks in files; as modpack.stored, whose `read` takes them. */

/** The bytes of a safetensors file: tensors in single precision and, as text, a record of how they came to be. */
export function written(tensors, record) {
  const header = { __metadata__: { record: JSON.stringify(record) } };
  let size = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [size, size + 4 * data.length] };
    size += 4 * data.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 * Math.ceil(text.length / 8) + 8;
  const bytes = new Uint8Array(start + size).fill(" ".charCodeAt(0), 8, start);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, start - 8, true);
  bytes.set(text, 8);
  for (const [name, { data }] of Object.entries(tensors))
    data.forEach((value, k) =>
      view.setFloat32(start + header[name].data_offsets[0] + 4 * k, value, true),
    );
  return bytes;
}
