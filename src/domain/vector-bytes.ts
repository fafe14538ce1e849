/** Little-endian float32 bytes, as stored, to a vector that owns its memory. */
export function vectorOfBytes(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** The stored form of a vector. Every platform that Node runs on is little-endian. */
export function bytesOfVector(vector: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(vector.slice().buffer);
}
